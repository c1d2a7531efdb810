"""Messages with a word of the owner's list wait or are refused, however the word is disguised."""
# ruff: noqa: RUF001 -- look-alikes are what it is about

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.store.judge import MOST_TRIES
from stena.word import MOST_WORDS
from tests.calm import calm
from tests.conftest import Front
from tests.owner import device, execute, make_code, rows, sign_in
from tests.web.calls import KEY, call, create, got, page, refused, submit
from tests.web.moderating import SIGNED, approve, held, make_token, moderate, undo

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client

# Entries, each with texts that have it and texts that have it not.
DISGUISED = {
    "spam": (
        [
            "SPAM!",
            "s p a m",
            "buy s.p.a.m now",
            "s\u200bp\u2060am",
            "\uff53\uff50\uff41\uff4d",
            "sp4m $pam",
        ],
        ["spammer", "antispam", "sp am", "s p a m s"],
    ),
    "казино": (
        ["КАЗИНО", "кaзинo", "к4зин0", "к а з и н о", "кази\u0301но"],
        ["казиношка"],
    ),
    "каз*": (["казиношка"], ["показ"]),
    "ёлка": (["елка"], ["ёлки"]),
    "мой": ([], ["мои"]),
    "v1agra": (["V1AGRA"], []),
    "buy now": (["Please BUY,  n0w!"], ["buy it now", "now buy"]),
    "buy pill*": (["buy pills"], ["buy a pill"]),
    "example.com": (
        ["https://shop.EXAMPLE.com/path", "me@example.com", "see ехаmple.com."],
        ["myexample.com", "example.com.evil.example", "example com"],
    ),
    "пример.рф": (["http://xn--e1afmkfd.xn--p1ai/"], []),
    "is": ([], ["15"]),
}


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def add(client: Client, word: str, **fields: object) -> dict[str, Any]:
    return await moderate(client, "add_word", word=word, **fields)


async def post(client: Client, text: str, **fields: object) -> tuple[int, dict[str, Any]]:
    answer = await client.post("/api/messages.create", json={"text": text, **fields})
    return answer.status, dict(await answer.json())


async def words(client: Client) -> list[dict[str, Any]]:
    answer = await client.get("/api/moderation.words", headers=SIGNED)
    return list((await answer.json())["words"])


@pytest.mark.parametrize("word", DISGUISED)
async def test_a_word_is_found_in_any_disguise_and_nowhere_else(client: Client, word: str) -> None:
    await add(client, word)
    has_it, has_it_not = DISGUISED[word]
    waits = [text for text in has_it + has_it_not if (await post(client, text))[0] == 202]
    assert waits == has_it


async def test_a_message_with_a_word_waits_and_the_desk_says_for_which(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    above = (await create(client, "a question"))["id"]
    await moderate(client, "rule", mode="first")
    await approve(client, (await post(client, "hello", key=KEY))[1]["message"]["id"])
    await moderate(client, "rule", mode="open")
    await add(client, "cas*")
    assert (await post(client, "a casino", key=KEY))[0] == 202
    assert (await post(client, "reply", name="Cassandra", reply_to=above))[0] == 202
    assert "It has “cas*”, a word of your list." in await page(client, "/owner")
    status, target = await submit(client, "/messages", text="our own casino")
    assert (status, "#m" in target) == (303, True)
    waiting = [one["id"] for one in await held(client)]
    await undo(client, await approve(client, *waiting))
    assert (await page(client, "/owner")).count("It has “cas*”") == 2


async def test_a_refused_word_is_named_and_the_text_stays(client: Client) -> None:
    nonce = {"nonce": "nonce-of-this-one"}
    first = await post(client, "hello, casino", **nonce)
    await add(client, "casino", refuses=True)
    await add(client, "hello")
    assert await post(client, "hello, casino", **nonce) == first
    status, body = await post(client, "hello, c a s i n o")
    assert (status, body["error"]["code"], body["error"]["field"]) == (422, "word_refused", "text")
    assert "“casino”" in body["error"]["message"]
    assert (await post(client, "good day", name="Casino"))[1]["error"]["field"] == "name"
    status, shown = await submit(client, "/messages", text="my long casino text")
    assert (status, "my long casino text" in shown, "“casino”" in shown) == (422, True, True)


async def test_an_edit_that_brings_a_word_is_refused_or_waits(client: Client) -> None:
    await add(client, "casino", refuses=True)
    await add(client, "pill*")
    message = await create(client, "harmless", key=KEY)
    change = {"id": message["id"], "key": KEY}
    assert await refused(client, "edit", text="casino", **change) == (422, "word_refused")
    assert (await got(client, message["id"]) or {})["text"] == "harmless"
    assert (await call(client, "edit", text="pills", **change))["state"] == "waiting"
    assert await got(client, message["id"]) is None
    assert (await call(client, "edit", text="p i l l s", **change))["state"] == "waiting"
    assert [one["text"] for one in await held(client)] == ["p i l l s"]


async def test_every_process_judges_by_the_newest_list(
    client: Client, settings: Settings, address: Address
) -> None:
    async with TestClient(Front(create_app(calm(settings), address))) as other:
        assert (await post(other, "casino"))[0] == 201
        await add(client, "casino")
        message = await create(other, "harmless", key=KEY)
        assert (await post(other, "casino"))[0] == 202
        await add(client, "pills", refuses=True)
        edit = {"id": message["id"], "key": KEY, "text": "pills"}
        assert await refused(other, "edit", **edit) == (422, "word_refused")
        await moderate(client, "remove_word", word="casino")
        assert (await post(other, "casino"))[0] == 201


async def test_posts_during_a_change_of_the_list_are_all_taken(client: Client) -> None:
    async def change() -> None:
        # As often as a text may find the list changed.
        for number in range(MOST_TRIES - 1):
            await add(client, f"word{number}")

    posts = [post(client, f"message {number}") for number in range(40)]
    answers = await asyncio.gather(change(), *posts)
    assert {answer[0] for answer in answers if answer} == {201}
    assert (await post(client, f"word{MOST_TRIES - 2}"))[0] == 202


async def test_an_entry_is_tried_out_before_it_is_added(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    for number in range(4):
        await create(client, f"casino number {number}")
    last = await create(client, "https://shop.example.com/ is <b>not</b> a casinó")
    assert (await add(client, "casino", dry_run=True))["dry_run"] == {
        "stopped": 5,
        "of": 5,
        "newest": [
            {"id": last["id"], "text": last["text"]},
            *({"id": last["id"] - back, "text": f"casino number {4 - back}"} for back in (1, 2)),
        ],
    }
    assert await words(client) == []
    shown = await page(client, f"/owner/words?message={last['id']}")
    for offered in ("shop.example.com", "not", "casinó"):
        assert f'value="{offered}"' in shown
    status, tried = await submit(client, "/owner/words/try", word="Casino")
    assert (status, "would have stopped 5" in tried) == (200, True)
    assert "&lt;b&gt;" in tried
    assert (await submit(client, "/owner/words", word="Casino", refuses="1"))[0] == 303
    assert await words(client) == [{"word": "casino", "refuses": True}]
    assert (await submit(client, "/owner/words/remove", word="casino"))[0] == 303
    assert await words(client) == []


async def test_changes_of_the_list_are_undone_exactly_and_hold_at_once(
    client: Client, address: Address
) -> None:
    await add(client, "casino")
    await add(client, "casino", refuses=True)
    await moderate(client, "remove_word", word="casino")
    statuses = [(await post(client, "casino"))[0]]
    for decision in await rows(address, "SELECT id FROM decision ORDER BY id DESC"):
        await undo(client, decision["id"])
        statuses.append((await post(client, "casino"))[0])
    assert statuses == [201, 422, 202, 201]
    await sign_in(client, await make_code(address))
    shown = await page(client, "/owner/log")
    for deed in ("“casino” wait", "“casino” are refused", "Removed “casino”"):
        assert deed in shown


async def test_the_list_has_limits_and_only_owners_see_it(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    for word, code in (("…*", "Write a word."), ("a" * 101, "1 character too many (101 of 100)")):
        for path in ("/owner/words", "/owner/words/try"):
            status, shown = await submit(client, path, word=word)
            assert (status, code in shown) == (422, True)
    await add(client, "first")
    await execute(
        address,
        "INSERT INTO word SELECT 'w' || n, false FROM generate_series(2, 500) AS n",
    )
    status, shown = await submit(client, "/owner/words", word="another")
    assert (status, f"has {MOST_WORDS} words" in shown) == (409, True)
    await add(client, "first", refuses=True)
    # The place that is free is taken again, and no undo takes it twice.
    await submit(client, "/owner/words/remove", word="first")
    removed = (await rows(address, "SELECT max(id) AS id FROM decision"))[0]["id"]
    await add(client, "another")
    assert (await submit(client, "/owner/log/undo", decision=f"{removed}"))[0] == 409
    assert len(await rows(address, "SELECT FROM word")) == MOST_WORDS
    await submit(client, "/owner/words/remove", word="another")
    await add(client, "first")
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        assert "/owner/words" not in await page(phone, "/owner")
        assert "first" not in await page(phone, "/owner/words", status=403)
        for path in ("", "/try", "/remove"):
            assert (await submit(phone, f"/owner/words{path}", word="first"))[0] == 403
