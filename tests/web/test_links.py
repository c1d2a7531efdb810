"""What becomes of the links of newcomers: nothing can be pressed before the team approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.owner import make_code, sign_in
from tests.web.calls import (
    KEY,
    OTHERS_KEY,
    call,
    create,
    got,
    listed,
    page,
    submit,
    until_listed,
    write,
)
from tests.web.events import listening
from tests.web.moderating import approve, held, make_token, moderate, remove, undo

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from stena.store.database import Address
    from tests.conftest import Client

TEXT = "*see* https://a.example/ now"
LINK = 'href="https://a.example/"'


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def are_links(client: Client, number: int) -> bool:
    """Whether the links of a message can be pressed, on all pages that show it."""
    shown = [LINK in await page(client, path) for path in ("/", f"/m/{number}", "/embed")]
    # In a feed its quotes are escaped.
    shown.append(LINK.replace('"', "&#34;") in await page(client, "/feed.atom"))
    shown.append(LINK.replace('"', '\\"') in await page(client, "/feed.json"))
    assert len(set(shown)) == 1, shown
    return shown[0]


async def waits(client: Client, text: str = TEXT, **fields: object) -> int:
    answer = await client.post("/api/messages.create", json={"text": text, **fields})
    assert answer.status == 202, await answer.text()
    return int((await answer.json())["message"]["id"])


async def make_known(client: Client, key: str) -> int:
    """Let a browser be known. Returns the decision."""
    await moderate(client, "rule", mode="all")
    decision = await approve(client, await waits(client, "hello", key=key))
    await moderate(client, "rule", mode="open")
    return decision


async def test_they_are_text_wherever_the_message_is_shown(client: Client) -> None:
    async with listening(client) as events:
        message = await create(client, TEXT, key=KEY)
        event = await events.next()
        html = '<p dir="auto"><em>see</em> https://a.example/ now</p>'
        assert (event.data["text"], event.data["html"]) == (TEXT, html)
        await create(client, "https://a.example/")
        assert "html" not in (await events.next()).data
    assert not await are_links(client, message["id"])
    assert "<em>see</em> https://a.example/ now" in await page(client, "/live")


async def test_those_of_a_known_browser_the_team_and_an_open_wall_can_be_pressed(
    client: Client, address: Address, stranger: ClientSession
) -> None:
    await make_known(client, KEY)
    assert await are_links(client, (await create(client, TEXT, key=KEY))["id"])
    await moderate(client, "rule", mode="open", links="show")
    await call(client, "delete", id=(await listed(client))[0]["id"], key=KEY)
    shown = await create(client, TEXT, key=OTHERS_KEY)
    await moderate(client, "rule", mode="open", links=None)
    # It stays as it was judged, also when its author edits it.
    await call(client, "edit", id=shown["id"], key=OTHERS_KEY, text=f"{TEXT}!")
    assert await are_links(client, shown["id"])
    await call(client, "delete", id=shown["id"], key=OTHERS_KEY)
    await sign_in(stranger, await make_code(address))
    number = await write(stranger, TEXT)
    # Another process may have written it: the pages that this one keeps have it a moment later.
    await until_listed(client, number)
    assert await are_links(client, number)


async def test_an_approval_makes_them_links_and_its_undo_text(client: Client) -> None:
    await moderate(client, "rule", mode="open", links="wait")
    number = await waits(client, key=KEY)
    await create(client, "a text without one is shown at once", key=KEY)
    async with listening(client) as events:
        decision = await approve(client, number)
        assert LINK in (await events.next()).data["html"]
    assert await are_links(client, number)
    await undo(client, decision)
    assert [one["id"] for one in await held(client)] == [number]
    # Removed and put back, it is still of a newcomer.
    removed = await remove(client, number)
    await moderate(client, "rule", mode="open", links="show")
    await undo(client, removed)
    again = await approve(client, number)
    second = await remove(client, number)
    await undo(client, second)
    assert await are_links(client, number)
    await undo(client, again)
    assert await got(client, number) is None


async def test_the_desk_says_that_it_waits_for_its_link(client: Client, address: Address) -> None:
    await moderate(client, "rule", mode="open", links="wait")
    await waits(client, key=KEY)
    await sign_in(client, await make_code(address))
    assert "It has a link, and its browser is not known yet." in await page(client, "/owner")


async def test_an_edit_brings_no_link_past_the_rule(
    client: Client, stranger: ClientSession
) -> None:
    first = (await create(client, "no link", key=KEY))["id"]
    await call(client, "edit", id=first, key=KEY, text=TEXT)
    assert not await are_links(client, first)
    # One that is known by now does not change what was decided.
    await make_known(client, KEY)
    await call(client, "edit", id=first, key=KEY, text=f"{TEXT}!")
    assert not await are_links(client, first)
    await moderate(client, "rule", mode="open", links="wait")
    above = (await create(client, "no link", key=OTHERS_KEY))["id"]
    below = (await create(client, "a reply", reply_to=above))["id"]
    async with listening(client) as events:
        await call(client, "edit", id=above, key=OTHERS_KEY, text=TEXT)
        await create(client, "after it", key=KEY)
        seen = [await events.next() for _ in range(2)]
        assert not any("a.example" in f"{event.data}" for event in seen)
    assert ((await got(client, above) or {})["removed"], await got(client, below) is None) == (
        True,
        False,
    )
    assert [one["text"] for one in await held(client)] == [TEXT]
    await approve(client, above)
    assert (await got(client, above) or {})["text"] == TEXT
    # By the form, the author is told that it waits.
    number = await write(stranger, "no link")
    status, target = await submit(stranger, f"/m/{number}/edit", text=TEXT)
    assert (status, target) == (303, f"/m/{number}")
    assert "waits, since it has a link" in await page(stranger, target)


async def test_a_thread_has_the_rule_of_the_wall_or_its_own(client: Client) -> None:
    await moderate(client, "rule", mode="open", links="wait")
    await moderate(client, "rule", thread="news", mode="open", links="show")
    await waits(client, thread="x")
    await create(client, TEXT, thread="news")
    assert LINK in await page(client, "/?thread=news")


# -- what programs are told


async def test_a_message_whose_links_are_text_says_so_to_programs(client: Client) -> None:
    plain = await create(client, TEXT, key=KEY)
    assert plain["links"] == "plain"
    without = await create(client, "no link", key=KEY)
    below = await create(client, TEXT, key=KEY, reply_to=without["id"])
    assert ("links" in without, below["links"]) == (False, "plain")
    for shown in (await listed(client), [await got(client, plain["id"])]):
        assert [one["text"] for one in shown if one and "links" in one] == [TEXT]
    async with listening(client, query="?after=0") as events:
        assert [(await events.next()).data.get("links") for _ in range(3)] == [
            "plain",
            None,
            "plain",
        ]
    await make_known(client, OTHERS_KEY)
    assert "links" not in await create(client, TEXT, key=OTHERS_KEY)
    # Of a message that is not shown, not even this.
    await remove(client, below["id"])
    await create(client, "an answer", reply_to=plain["id"])
    await remove(client, plain["id"])
    place = await got(client, plain["id"]) or {}
    assert (place["removed"], "links" in place) == (True, False)


async def test_a_message_that_waits_for_its_link_says_so_to_its_author(
    client: Client, stranger: ClientSession
) -> None:
    await moderate(client, "rule", mode="open", links="wait")
    sent = {"text": TEXT, "key": KEY, "nonce": "5f0c7a2e9b14"}
    for _ in range(2):
        assert await why(client, "create", **sent) == "link"
    number = (await held(client))[0]["id"]
    assert await why(client, "edit", id=number, key=KEY, text=f"{TEXT}!") == "link"
    shown = (await create(client, "no link", key=KEY))["id"]
    assert await why(client, "edit", id=shown, key=KEY, text=TEXT) == "link"
    # By the form it is told in words, and a visitor without the key is told nothing.
    status, target = await submit(stranger, "/messages", text=TEXT)
    assert (status, "waits, since it has a link" in await page(stranger, target)) == (303, True)
    await page(client, target, status=404)
    # Of a wall where every message waits the link is not the reason.
    await moderate(client, "rule", mode="all", links="wait")
    assert await why(client, "create", text=TEXT) == "approval"
    # Nor does the answer name what only the team knows.
    await moderate(client, "rule", mode="open", links="wait")
    await moderate(client, "add_word", word="see")
    assert await why(client, "create", text=TEXT) == "approval"


async def why(client: Client, method: str, **fields: object) -> str:
    answer = await client.post(f"/api/messages.{method}", json=fields)
    assert answer.status == 202, await answer.text()
    return str((await answer.json())["why"])
