"""Pinned messages and locked conversations, as visitors and programs see them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.owner import device, make_code, rows, sign_in
from tests.web.calls import KEY, call, create, got, listed, page, refused, rendered, submit, write
from tests.web.events import listening
from tests.web.highlighting import failed, lock, order, pin, pinned
from tests.web.moderating import make_token, moderate, remove, undo

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


# -- pins


async def test_a_pinned_message_stands_above_the_others_and_an_undo_puts_it_back(
    client_of_one: Client,
) -> None:
    client = client_of_one
    first, second, third = [(await create(client, text))["id"] for text in ("one", "two", "three")]
    reply = (await create(client, "below", reply_to=first))["id"]
    elsewhere = (await create(client, "elsewhere", thread="news"))["id"]
    decision = await pin(client, first)
    await pin(client, elsewhere)
    assert await pinned(client) == [first]
    assert [one["id"] for one in await listed(client)] == [third, second, first]
    assert (await got(client, first) or {})["pinned"]
    for path in ("/", "/embed", "/?lang=ru"):
        assert order(await page(client, path)) == [first, reply, third, second]
    assert "Pinned" in rendered(await page(client, "/?lang=en"))
    # Earlier pages leave it in its place.
    assert order(await page(client, f"/?before={third}")) == [second, first, reply]
    assert await pinned(client, thread="news") == [elsewhere]
    await pin(client, second)
    assert await pinned(client) == [second, first]
    await undo(client, decision)
    assert await pinned(client) == [second]
    assert order(await page(client)) == [second, third, first, reply]


async def test_a_fourth_pin_is_refused_with_the_list_of_the_others(
    client: Client, address: Address
) -> None:
    ids = [(await create(client, f"number {number}"))["id"] for number in range(4)]
    for number in ids[:3]:
        await pin(client, number)
    assert await failed(client, "pin", id=ids[3]) == (409, "too_many_pins")
    assert await failed(client, "pin", id=ids[0]) == (409, "decided")
    await sign_in(client, await make_code(address))
    fields = {"oldest": str(ids[3]), "newest": str(ids[3]), "action": "pin"}
    status, shown = await submit(client, "/owner/wall/decide", **fields)
    assert (status, "3 messages of this wall are pinned already" in shown) == (409, True)
    assert [f"number {number}" in shown for number in range(4)] == [True, True, True, False]
    # The place is free again, and no undo takes it twice.
    last = await pin(client, ids[0], on=False)
    await pin(client, ids[3])
    assert await failed(client, "undo", decision=last) == (409, "too_many_pins")
    assert await pinned(client) == [ids[3], ids[2], ids[1]]


async def test_no_undo_pins_what_its_author_has_deleted(client: Client, address: Address) -> None:
    number = (await create(client, "hello", key=KEY))["id"]
    await pin(client, number)
    unpinned = await pin(client, number, on=False)
    await call(client, "delete", id=number, key=KEY)
    assert await failed(client, "undo", decision=unpinned) == (409, "decided")
    assert await rows(address, "SELECT FROM pin") == []


async def test_what_is_not_shown_is_not_pinned_and_comes_back_pinned(client: Client) -> None:
    number = (await create(client, "hello", key=KEY))["id"]
    above = (await create(client, "a question"))["id"]
    reply = (await create(client, "an answer", reply_to=above))["id"]
    await pin(client, number)
    await pin(client, above)
    decisions = [await remove(client, number), await remove(client, above)]
    assert await pinned(client) == []
    assert (await got(client, above) or {})["pinned"] is False
    for one in (number, above, reply):
        assert await failed(client, "pin", id=one) == (404, "not_found")
    for decision in decisions:
        await undo(client, decision)
    assert await pinned(client) == [above, number]
    await call(client, "delete", id=number, key=KEY)
    assert await pinned(client) == [above]


async def test_readers_learn_of_pins_and_locks_as_of_edits(client: Client) -> None:
    number = (await create(client, "hello"))["id"]
    async with listening(client) as events:
        for switch, name in ((pin, "pinned"), (lock, "locked")):
            for on in (True, False):
                decision = await switch(client, number, on=on)
                event = await events.next()
                assert (event.kind, event.data["id"], event.data[name]) == ("edited", number, on)
                assert event.data["edited"] is None
            await undo(client, decision)
            assert (await events.next()).data[name]


# -- locks


async def test_a_locked_conversation_takes_no_replies_but_the_team_s(
    client: Client, address: Address
) -> None:
    above = (await create(client, "a question", key=KEY))["id"]
    reply = (await create(client, "an answer", reply_to=above, key=KEY))["id"]
    # Of a reply, its conversation is locked.
    decision = await lock(client, reply)
    assert (await got(client, above) or {})["locked"]
    for number in (above, reply):
        assert await refused(client, "create", text="me too", reply_to=number) == (403, "locked")
    for path in ("/", f"/m/{above}"):
        shown = rendered(await page(client, path))
        assert ("ocked" in shown, 'name="reply_to"' in shown) == (True, False)
    status, shown = await submit(client, "/messages", text="my long reply", reply_to=str(above))
    assert (status, "takes no more replies" in shown) == (403, True)
    assert "my long reply</textarea>" in shown
    await call(client, "edit", id=reply, key=KEY, text="a better answer")
    await create(client, "beside it")
    async with device(client) as phone:
        await sign_in(phone, await make_code(address))
        assert 'name="reply_to"' in rendered(await page(phone, f"/m/{above}"))
        await write(phone, "that is the end", reply_to=str(above))
    await call(client, "delete", id=reply, key=KEY)
    await undo(client, decision)
    await create(client, "me too", reply_to=above)
    assert (await got(client, above) or {})["replies"] == 2


async def test_a_reply_and_a_lock_at_once_are_one_after_the_other(
    client: Client, other: Client
) -> None:
    above = (await create(client, "a question"))["id"]

    async def reply(number: int) -> int:
        wall = (client, other)[number % 2]
        fields = {"text": f"answer {number}", "reply_to": above}
        return (await wall.post("/api/messages.create", json=fields)).status

    statuses, _ = await asyncio.gather(
        asyncio.gather(*(reply(number) for number in range(20))), lock(other, above)
    )
    assert set(statuses) <= {201, 403}
    assert (await got(client, above) or {})["replies"] == statuses.count(201)
    assert await reply(20) == 403


# -- the desk


async def test_the_desk_offers_to_answer_to_pin_and_to_lock(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address, "Anna", "moderator"))
    await moderate(client, "rule", mode="all")
    answer = await client.post("/api/messages.create", json={"text": "hello"})
    number = str((await answer.json())["message"]["id"])
    assert "as=team" not in await page(client, "/owner")
    fields = {"oldest": number, "newest": number}
    status, target = await submit(client, "/owner/waiting/decide", **fields, action="approve")
    assert f'href="/m/{number}?as=team#answer"' in await page(client, target)
    for action, deed in (
        ("pin", "Pinned a message"),
        ("unpin", "Unpinned a message"),
        ("lock", "Locked a conversation"),
        ("unlock", "Unlocked a conversation"),
    ):
        assert f'value="{action}"' in await page(client, "/owner/wall")
        status, target = await submit(client, "/owner/wall/decide", **fields, action=action)
        assert status == 303
        shown = await page(client, target)
        assert (deed in shown, ">Undo</button>" in shown) == (True, True)
    assert await pinned(client) == []
