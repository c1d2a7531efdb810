from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.calls import KEY, OTHERS_KEY, call, create, got, page, refused, submit, write

if TYPE_CHECKING:
    from tests.conftest import Client

KINDS = ["love", "like", "laugh", "wow", "sad"]


async def react(client: Client, number: int, kind: str, key: str = KEY, **on: bool) -> Any:  # noqa: ANN401 -- JSON
    answer = await call(client, "react", id=number, kind=kind, key=key, **on)
    return answer["message"]["reactions"]


def buttons(page: str, number: int) -> dict[str, tuple[str, str]]:
    """The buttons below a message: for each kind the field that it sends, and its count."""
    form = re.search(rf'action="/m/{number}/reactions".*?</form>', page, re.DOTALL)
    assert form
    emoji = r"<i [^>]*>[^<]*</i>"
    found = re.findall(
        rf'<button name="(\w+)" value="(\w+)"[^>]*>{emoji}(?:<span>(\d+)</span>)?</button>', form[0]
    )
    return {kind: (name, count) for name, kind, count in found}


async def test_each_of_five_kinds_is_counted(client: Client) -> None:
    number = (await create(client, "Hello"))["id"]
    for place, kind in enumerate(KINDS, 1):
        assert await react(client, number, kind) == dict.fromkeys(KINDS[:place], 1)
    left = await got(client, number)
    assert left is not None
    assert left["reactions"] == dict.fromkeys(KINDS, 1)


async def test_one_of_each_kind_counts_for_each_key(client: Client) -> None:
    number = (await create(client, "Hello"))["id"]
    assert await react(client, number, "love") == {"love": 1}
    assert await react(client, number, "love") == {"love": 1}
    assert await react(client, number, "love", OTHERS_KEY) == {"love": 2}


async def test_twenty_presses_at_once_by_one_key_count_once_and_by_twenty_keys_twenty_times(
    client: Client,
) -> None:
    number = (await create(client, "Hello"))["id"]
    await asyncio.gather(*(react(client, number, "wow") for _ in range(20)))
    await asyncio.gather(*(react(client, number, "sad", f"{KEY}-{n}") for n in range(20)))
    left = await got(client, number)
    assert left is not None
    assert left["reactions"] == {"wow": 1, "sad": 20}


async def test_a_reaction_is_taken_back_by_whoever_gave_it(client: Client) -> None:
    number = (await create(client, "Hello"))["id"]
    await react(client, number, "love")
    await react(client, number, "like")
    assert await react(client, number, "love", OTHERS_KEY, on=False) == {"love": 1, "like": 1}
    assert await react(client, number, "love", on=False) == {"like": 1}
    assert await react(client, number, "love", on=False) == {"like": 1}
    taken = asyncio.gather(*(react(client, number, "like", on=False) for _ in range(20)))
    assert {} in await taken
    assert await react(client, number, "love") == {"love": 1}


async def test_what_is_not_there_has_no_reactions(client: Client) -> None:
    for kind in KINDS:
        answer = await refused(client, "react", id=999, kind=kind, key=KEY)
        assert answer == (404, "not_found")
    assert (await submit(client, "/m/999/reactions", kind="love"))[0] == 404
    assert (await submit(client, f"/m/{2**63}/reactions", kind="love"))[0] == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "hate"}, "bad_kind"),
        ({"kind": ""}, "bad_kind"),
        ({"kind": "LOVE"}, "bad_kind"),
        ({"kind": None}, "bad_kind"),
        ({"kind": 1}, "bad_kind"),
        ({"kind": "love", "on": 1}, "bad_switch"),
        ({"kind": "love", "on": "false"}, "bad_switch"),
        ({"kind": "love", "on": None}, "bad_switch"),
        ({"kind": "love", "id": "1"}, "bad_number"),
        ({"kind": "love", "id": 0}, "bad_number"),
        ({"kind": "love", "key": 1}, "bad_type"),
        ({}, "field_missing"),
    ],
)
async def test_what_is_no_reaction_is_refused(
    client: Client, fields: dict[str, object], code: str
) -> None:
    number = (await create(client, "Hello"))["id"]
    answer = await refused(client, "react", **{"id": number, "key": KEY, **fields})
    assert answer == (400, code)


async def test_a_form_without_a_kind_is_refused(client: Client) -> None:
    number = await write(client, "Hello")
    for fields in ({}, {"kind": "hate"}, {"off": "hate"}):
        status, shown = await submit(client, f"/m/{number}/reactions", **fields)
        assert status == 400
        assert "must be love, like, laugh, wow or sad" in shown


async def test_without_scripts_a_button_gives_and_on_the_messages_page_takes_back(
    client: Client,
) -> None:
    number = await write(client, "Hello")
    await create(client, "Nothing felt about this")
    own = f"/m/{number}"
    assert buttons(await page(client), number)["love"] == ("kind", "")
    assert await submit(client, f"{own}/reactions", kind="love") == (303, own)
    shown = buttons(await page(client, own), number)
    assert (shown["love"], shown["like"]) == (("off", "1"), ("kind", ""))
    # The wall is cached for all visitors, so its buttons can only add a reaction.
    assert buttons(await page(client), number)["love"] == ("kind", "1")
    assert await submit(client, f"{own}/reactions", kind="love") == (303, own)
    assert buttons(await page(client, own), number)["love"] == ("off", "1")
    assert await submit(client, f"{own}/reactions", off="love") == (303, own)
    assert buttons(await page(client, own), number)["love"] == ("kind", "")


async def test_whoever_only_reacts_is_known_again_by_their_browser(client: Client) -> None:
    number = (await create(client, "Hello"))["id"]
    for _ in range(2):
        await submit(client, f"/m/{number}/reactions", kind="love")
    assert buttons(await page(client, f"/m/{number}"), number)["love"] == ("off", "1")


async def test_replies_have_reactions_too(client: Client) -> None:
    number = (await create(client, "Question"))["id"]
    reply = (await create(client, "Answer", reply_to=number))["id"]
    assert await react(client, reply, "laugh") == {"laugh": 1}
    left = await got(client, number)
    assert left is not None
    assert left["reactions"] == {}
