"""Everything of a browser is erased for ever: by its author, or by an owner."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.message import digest
from tests.calm import calm
from tests.conftest import Front
from tests.owner import device, execute, make_code, rows, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, got, listed, page, submit
from tests.web.events import PATIENCE, listening
from tests.web.moderating import SIGNED, approve, held, make_token, moderate, remove

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client

MINE = {"Cookie": f"key={KEY}"}
ERASED = re.compile(r"Everything is erased: (\d+) message")


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def write_everything(client: Client) -> dict[str, int]:
    """Let a browser leave what it can, in every state. Returns the ids that others need."""
    others = await create(client, "kept", key=OTHERS_KEY)
    above = await create(client, "secret above", name="Secret", key=KEY)
    below = await create(client, "an answer", reply_to=above["id"], key=OTHERS_KEY)
    reply = await create(client, "secret reply", reply_to=others["id"], key=KEY)
    await remove(client, (await create(client, "secret removed", key=KEY))["id"])
    await moderate(client, "rule", mode="first")
    waiting = [
        (await (await client.post("/api/messages.create", json=draft)).json())["message"]["id"]
        for draft in ({"text": "secret one", "key": KEY}, {"text": "secret two", "key": KEY})
    ]
    await approve(client, waiting[0])
    for number in (others["id"], above["id"]):
        await call(client, "react", id=number, key=KEY, kind="love")
    await call(client, "react", id=others["id"], key=OTHERS_KEY, kind="love")
    report = {"id": others["id"], "reason": "other", "words": "secret report", "key": KEY}
    assert (await client.post("/api/messages.report", json=report)).status == 200
    return {
        "others": others["id"],
        "above": above["id"],
        "below": below["id"],
        "reply": reply["id"],
    }


async def left(address: Address) -> list[str]:
    """Where in the database something of the browser is left."""
    tables = await rows(
        address,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind = 'r'",
    )
    every = " UNION ALL ".join(
        f"SELECT '{name}: ' || {name}::text AS row FROM {name}"  # noqa: S608 -- the name of a table
        for name in (table["relname"] for table in tables)
    )
    sought = re.compile(f"secret|{digest(KEY).hex()}", re.IGNORECASE)
    return [one["row"] for one in await rows(address, every) if sought.search(one["row"])]


async def test_an_author_erases_everything_of_the_browser_in_all_states(
    client: Client, address: Address
) -> None:
    ids = await write_everything(client)
    assert await left(address)
    async with device(client) as stranger:
        shown = await (await stranger.get("/mine", headers=MINE)).text()
        assert "5 were written in this browser" in shown
        async with listening(client) as events:
            answer = await stranger.post("/mine", data={"sure": "yes"}, headers=MINE)
            erased = ERASED.search(await answer.text())
            assert erased
            assert erased[1] == "5"
            kinds = {(event := await events.next()).kind for _ in range(3)}
            assert kinds <= {"edited", "deleted", "reacted"}, event
    assert await left(address) == []
    assert {one["text"] for one in await listed(client)} == {"", "kept"}
    place = await got(client, ids["above"])
    assert place
    assert (place["deleted"], place["replies"], place["reactions"]) == (True, 1, {})
    assert (await got(client, ids["others"]) or {})["reactions"] == {"love": 1}
    assert await held(client) == []
    assert await held(client, "removed") == []
    # The browser is known no longer.
    again = await client.post("/api/messages.create", json={"text": "again", "key": KEY})
    assert again.status == 202


async def test_an_owner_erases_a_browser_after_a_fresh_sign_in_and_a_confirmation(
    client: Client, address: Address
) -> None:
    ids = await write_everything(client)
    path = f"/owner/erase/{ids['reply']}"
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        assert (await phone.get(path)).status == 403
        assert (await submit(phone, path, sure="yes"))[0] == 403
    for days in (7, 1):
        await moderate(client, "ban", id=ids["reply"], days=days)
    await sign_in(client, await make_code(address))
    assert "5 are of this browser" in await page(client, path)
    status, shown = await submit(client, path)
    assert (status, "Tick the box first" in shown) == (422, True)
    await execute(address, "UPDATE session SET confirmed = NULL")
    assert (await submit(client, path, sure="yes"))[0] == 403
    assert await got(client, ids["reply"])
    await sign_in(client, await make_code(address), next=path)
    status, target = await submit(client, path, sure="yes")
    assert status == 303
    assert ERASED.search(await page(client, target))
    assert await left(address) == []
    assert "Erased everything of a browser: 5 messages" in await page(client, "/owner/log")
    log = await client.get("/api/moderation.log", params={"limit": 1}, headers=SIGNED)
    decision = (await log.json())["decisions"][0]
    assert decision["action"] == "erase"
    answer = await client.post(
        "/api/moderation.undo", json={"decision": decision["id"]}, headers=SIGNED
    )
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "for_ever")
    # Now it is of no browser that is known.
    assert (await client.get(path)).status == 404


async def test_an_erasure_goes_on_after_the_process_that_began_it_is_gone(
    settings: Settings, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.erasure.SECONDS", 0)
    monkeypatch.setattr("stena.erasure.LOOK_SECONDS", PATIENCE)
    monkeypatch.setattr("stena.store.erasure.MOST_ERASED", 2)
    with monkeypatch.context() as before:
        # Its first look may be late.
        before.setattr("stena.erasure.Erasure.run", nothing)
        async with TestClient(Front(create_app(calm(settings), address))) as first:
            for number in range(5):
                await create(first, f"secret {number}", key=KEY)
            answer = await first.post("/mine", data={"sure": "yes"}, headers=MINE)
            assert "Looked through: 0% of the wall" in await answer.text()
            later = await create(first, "written afterwards", key=KEY)
    assert len(await left(address)) > 5
    async with TestClient(Front(create_app(calm(settings), address))) as second:
        async with asyncio.timeout(PATIENCE):
            while len(await listed(second)) > 1:  # noqa: ASYNC110 -- no event says so
                await asyncio.sleep(0.05)
        assert [one["id"] for one in await listed(second)] == [later["id"]]


async def nothing(_: object) -> None:
    """What a wall does in the background that does nothing there."""
    await asyncio.Event().wait()


async def test_many_who_ask_are_served_together_and_keep_what_they_write_later(
    client: Client, address: Address
) -> None:
    for number in range(3):
        await create(client, f"secret {number}", key=f"key-of-browser-{number}")
    await execute(address, "INSERT INTO erasure (author, top) SELECT author, id FROM message")
    later = await create(client, "written afterwards", key="key-of-browser-0")
    # Whose request it is makes no difference.
    await client.post("/mine", data={"sure": "yes"}, headers=MINE)
    async with asyncio.timeout(PATIENCE):
        while len(found := await listed(client)) > 1:  # noqa: ASYNC110 -- no event says so
            await asyncio.sleep(0.05)
    assert [one["id"] for one in found] == [later["id"]]


async def test_an_owner_erases_although_strangers_ask_for_as_many_as_there_may_be(
    settings: Settings, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.erasure.SECONDS", 0)
    # Its first look may be late.
    monkeypatch.setattr("stena.erasure.Erasure.run", nothing)
    monkeypatch.setattr("stena.store.erasure.MOST_OPEN", 3)
    jar = CookieJar(unsafe=True)
    async with TestClient(Front(create_app(calm(settings), address)), cookie_jar=jar) as client:
        message = await create(client, "secret", key=KEY)
        answers = [
            await client.post("/mine", data={"sure": "yes"}, headers={"Cookie": f"key={key}"})
            for key in (f"key-of-the-stranger-{number}" for number in range(4))
        ]
        assert [answer.status for answer in answers] == [200, 200, 200, 503]
        await sign_in(client, await make_code(address))
        path = f"/owner/erase/{message['id']}"
        assert (await submit(client, path, sure="yes"))[0] == 303


async def test_without_a_key_there_is_nothing_to_erase(client: Client) -> None:
    async with device(client) as stranger:
        assert "Nothing was written in this browser" in await page(stranger, "/mine")
        assert (await submit(stranger, "/mine", sure="yes"))[0] == 200
        answer = await stranger.post("/mine", data={"sure": "no"}, headers=MINE)
        assert (answer.status, answer.headers["Cache-Control"]) == (422, "no-store")
