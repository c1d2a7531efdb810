"""The desk of the team: what waits, what is on the wall, what was removed."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.owner import device, execute, make_code, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, got, listed, page, submit
from tests.web.desk import RANGE, cards, decide, decision, let_wait, wait
from tests.web.events import PATIENCE, listening

if TYPE_CHECKING:
    from collections.abc import Callable

    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def member(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))


async def test_messages_of_one_browser_are_one_card(client: Client) -> None:
    await let_wait(client)
    for number in range(5):
        await wait(client, f"spam {number}", key=KEY)
    await wait(client, "hello", key=OTHERS_KEY)
    await wait(client, "spam 5", key=KEY)
    for number in range(2):
        await wait(client, f"without a key {number}")
    without, also_without, spam, hello = await cards(client)
    assert "without a key 1" in without
    assert "without a key 0" in also_without
    assert "hello" in hello
    assert "6 messages of one browser" in spam
    assert [n for n in range(6) if f"spam {n}</p>" in spam] == [3, 4, 5]
    assert '<span class="number">9</span>' in await page(client, "/owner")
    # Its ids are on both sides of another browser's message.
    await decide(client, "remove", spam)
    left = [RANGE.search(card) for card in await cards(client)]
    before = [RANGE.search(card) for card in (without, also_without, hello)]
    assert [one and one.groups() for one in left] == [one and one.groups() for one in before]


async def test_a_card_says_who_wrote_where_and_why_it_waits(client: Client) -> None:
    talk = await create(client, "talk", thread="news/1")
    assert (await submit(client, "/owner/rules/threads", thread="news/1", mode="first"))[0] == 303
    await wait(client, "*hello* https://spam.example/", name="Ann", reply_to=talk["id"])
    (card,) = await cards(client)
    assert '<bdi class="name">Ann</bdi>' in card
    assert "news/1</a>" in card
    assert f'<a href="/m/{talk["id"]}">a reply</a>' in card
    assert "<em>hello</em>" in card
    assert "Nothing of this browser was approved yet" in card
    assert "https://spam.example/" in card
    assert 'href="https://spam.example/' not in card


async def test_one_tap_decides_about_a_thousand_messages_and_readers_see_it(
    client: Client, address: Address
) -> None:
    kept = await create(client, "of somebody else", key=OTHERS_KEY)
    await create(client, "spam", key=KEY)
    await execute(
        address,
        """
        INSERT INTO message (text, author)
        SELECT 'spam ' || n, author FROM message, generate_series(1, 999) AS n WHERE text = 'spam'
        """,
    )
    spam, _ = await cards(client, "/owner/wall")
    assert "1000 messages of one browser" in spam
    async with listening(client) as events:
        target = await decide(client, "remove", spam, "wall")
        assert (await events.next()).kind in {"removed", "reset"}
    assert [one["id"] for one in await listed(client, limit=100)] == [kept["id"]]
    assert "Removed 1000 messages" in await page(client, target)
    status, target = await submit(client, "/owner/wall/undo", decision=decision(target))
    assert status == 303
    assert "Undone" in await page(client, target)
    assert len(await listed(client, limit=100)) == 100


async def test_a_wave_of_one_browser_is_one_card_that_is_removed_in_parts_and_comes_back(
    client_of_one: Client, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.store.desk.MOST_READ", 10)
    monkeypatch.setattr("stena.store.desk.LARGE", 5)
    # All parts but the first are left to the background.
    monkeypatch.setattr("stena.bulk.SECONDS", 0)
    client = client_of_one
    await sign_in(client, await make_code(address))
    await let_wait(client)
    await wait(client, "of somebody else", key=OTHERS_KEY)
    for number in range(35):
        await wait(client, f"spam {number}", key=KEY)
    (card,) = await cards(client)
    assert "35 messages of one browser" in card
    target = await decide(client, "remove", card)
    await waiting_for(client, lambda found: "of somebody else" in found[0])
    shown = await page(client, "/owner/log")
    assert re.findall(r"Removed \d+ messages", shown) == ["Removed 35 messages"]
    assert (await submit(client, "/owner/log/undo", decision=decision(target)))[0] == 303
    await waiting_for(client, lambda found: "35 messages of one browser" in found[0])
    assert await cards(client, "/owner/removed") == []
    shown = await page(client, "/owner/log")
    assert re.findall(r"Removed \d+ messages <em>undone", shown) == [
        "Removed 35 messages <em>undone"
    ]


async def waiting_for(client: Client, is_so: Callable[[list[str]], bool]) -> list[str]:
    """The cards of what waits when they are so."""
    async with asyncio.timeout(PATIENCE):
        while not is_so(found := await cards(client)):  # noqa: ASYNC110 -- no event says so
            await asyncio.sleep(0.05)
    return found


async def test_what_arrives_while_the_owner_looks_is_not_decided_about(client: Client) -> None:
    await let_wait(client)
    await wait(client, "seen", key=KEY)
    (card,) = await cards(client)
    later = await wait(client, "posted meanwhile", key=KEY)
    await decide(client, "approve", card)
    assert [one["text"] for one in await listed(client)] == ["seen"]
    assert await got(client, later) is None
    assert "posted meanwhile" in (await cards(client))[0]


async def test_a_wave_is_removed_and_banned_though_its_author_deletes_the_newest_message(
    client: Client,
) -> None:
    for number in range(3):
        newest = await create(client, f"spam {number}", key=KEY)
    kept = await create(client, "of somebody else", key=OTHERS_KEY)
    _, card = await cards(client, "/owner/wall")
    await call(client, "delete", id=newest["id"], key=KEY)
    found = RANGE.search(card)
    assert found
    group = {"oldest": found[1], "newest": found[2]}
    opened = await page(client, f"/owner/wall?oldest={found[1]}&newest={found[2]}")
    assert [f"spam {number}" in opened for number in range(3)] == [True, True, False]
    assert (await submit(client, "/owner/wall/ban", **group, days="7"))[0] == 303
    assert "spam 0" in await page(client, "/owner/bans")
    await decide(client, "remove", card, "wall")
    assert [one["id"] for one in await listed(client)] == [kept["id"]]


async def test_a_decision_about_what_waits_leaves_what_readers_see(client: Client) -> None:
    await let_wait(client)
    await wait(client, "first", key=KEY)
    second = str(await wait(client, "second", key=KEY))
    one = {"action": "approve", "oldest": second, "newest": second}
    assert (await submit(client, "/owner/waiting/decide", **one))[0] == 303
    await wait(client, "third", key=KEY)
    (card,) = await cards(client)
    assert "2 messages of one browser" in card
    await decide(client, "remove", card)
    assert await cards(client) == []
    assert [one["text"] for one in await listed(client)] == ["second"]


async def test_what_was_approved_is_shown_and_waits_again_after_undo(client: Client) -> None:
    await let_wait(client)
    await wait(client, "let me in", key=KEY)
    target = await decide(client, "approve", (await cards(client))[0])
    shown = await page(client, target)
    assert "Approved 1 message" in shown
    assert "Nothing waits for you." in shown
    assert [one["text"] for one in await listed(client)] == ["let me in"]
    # Twice: a second tap finds it done.
    for _ in range(2):
        status, target = await submit(client, "/owner/waiting/undo", decision=decision(target))
        assert status == 303
        assert "Undone" in await page(client, target)
    assert await listed(client) == []
    assert "let me in" in (await cards(client))[0]


async def test_what_was_removed_is_put_back_from_its_list(client: Client) -> None:
    message = await create(client, "rude words", key=KEY)
    await decide(client, "remove", (await cards(client, "/owner/wall"))[0], "wall")
    assert await cards(client, "/owner/wall") == []
    (card,) = await cards(client, "/owner/removed")
    assert "rude words" in card
    target = await decide(client, "restore", card, "removed")
    assert "Put 1 message back" in await page(client, target)
    assert await got(client, message["id"]) == message
    assert await cards(client, "/owner/removed") == []


async def test_what_waited_and_was_removed_is_in_the_list_of_the_removed(client: Client) -> None:
    await let_wait(client)
    await wait(client, "rude words", key=KEY)
    target = await decide(client, "remove", (await cards(client))[0])
    assert await cards(client) == []
    assert "rude words" in (await cards(client, "/owner/removed"))[0]
    await submit(client, "/owner/waiting/undo", decision=decision(target))
    assert "rude words" in (await cards(client))[0]
    assert await cards(client, "/owner/removed") == []


async def test_a_removed_message_with_replies_is_in_its_list(client: Client) -> None:
    above = await create(client, "rude words", key=KEY)
    await create(client, "an answer", reply_to=above["id"], key=OTHERS_KEY)
    _, card = await cards(client, "/owner/wall")
    await decide(client, "remove", card, "wall")
    assert "rude words" in (await cards(client, "/owner/removed"))[0]
    assert "rude words" not in await page(client, "/owner/wall")


async def test_a_whole_conversation_is_removed_and_comes_back(client: Client) -> None:
    above = await create(client, "above", key=KEY)
    await create(client, "other", key=OTHERS_KEY)
    for number in range(3):
        await create(client, f"below {number}", reply_to=above["id"])
    *_, card = await cards(client, "/owner/wall")
    assert "Remove it with 3 replies" in card
    target = await decide(client, "conversation", card, "wall")
    assert "Removed 4 messages" in await page(client, target)
    assert [one["text"] for one in await listed(client)] == ["other"]
    await submit(client, "/owner/wall/undo", decision=decision(target))
    assert (await got(client, above["id"]) or {})["replies"] == 3


async def test_a_browser_whose_message_is_spam_is_known_no_longer(client: Client) -> None:
    await let_wait(client, "first")
    await wait(client, "first", key=KEY)
    await decide(client, "approve", (await cards(client))[0])
    await create(client, "second", key=KEY)
    card, *_ = await cards(client, "/owner/wall")
    await decide(client, "reject", card, "wall")
    await wait(client, "third", key=KEY)


async def test_a_group_is_opened_and_decided_about_one_by_one(client: Client) -> None:
    await let_wait(client)
    for number in range(5):
        await wait(client, f"words {number}", key=KEY)
    await wait(client, "of another one", key=OTHERS_KEY)
    _, card = await cards(client)
    link = re.search(r'href="(/owner\?oldest=\d+&amp;newest=\d+)">All of them', card)
    assert link
    opened = link[1].replace("&amp;", "&")
    found = await cards(client, opened)
    assert [one for n in range(5) for one in found if f"words {n}" in one] == found[::-1]
    status, target = await submit(
        client,
        f"/owner/waiting/decide?{opened.partition('?')[2]}",
        action="approve",
        **dict(zip(("oldest", "newest"), RANGE.findall(found[1])[0], strict=True)),
    )
    assert status == 303
    assert target.startswith(opened)
    assert [one["text"] for one in await listed(client)] == ["words 3"]
    assert len(await cards(client, target)) == 4


async def test_of_two_members_who_decide_the_second_learns_of_the_first(
    client: Client, address: Address
) -> None:
    await let_wait(client)
    await wait(client, "let me in")
    (card,) = await cards(client)
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        await decide(phone, "approve", card)
    found = RANGE.search(card)
    assert found
    status, shown = await submit(
        client, "/owner/waiting/decide", action="remove", oldest=found[1], newest=found[2]
    )
    assert status == 409
    assert "That has been decided already" in shown
    assert re.search(r"<bdi>Anna</bdi>: Approved 1 message", shown)
    assert 'id="desk"' in shown
    assert [one["text"] for one in await listed(client)] == ["let me in"]
