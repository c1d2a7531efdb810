"""The streams of the team: they say what has changed, in every process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from tests.calm import calm
from tests.conftest import Front
from tests.owner import device, execute, make_code, sign_in
from tests.web.calls import create
from tests.web.events import PATIENCE, Events
from tests.web.moderating import SIGNED, approve, make_token, moderate, remove, undo

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.calls import Asking


@pytest.fixture(autouse=True)
async def member(client: Client, address: Address) -> None:
    await make_token(address)
    await sign_in(client, await make_code(address))


@asynccontextmanager
async def following(
    asking: Asking, path: str = "/owner/stream", **headers: str
) -> AsyncGenerator[Events]:
    response = await asking.get(path, headers=headers)
    assert response.status == 200, await response.text()
    try:
        yield Events(response)
    finally:
        response.close()


async def ended(events: Events) -> None:
    """Read up to the end of a stream."""
    async with asyncio.timeout(PATIENCE):
        await events.response.content.read()


async def test_the_desk_learns_of_each_change_also_of_those_in_another_process(
    client: Client, other: Client
) -> None:
    async with following(client) as events:
        known = {(await events.next()).data}

        async def told() -> None:
            """Wait for a number that was not there before."""
            while (number := (await events.next()).data) in known:
                pass
            known.add(number)

        await moderate(other, "rule", mode="all")
        await told()
        answer = await other.post("/api/messages.create", json={"text": "let me in"})
        await told()
        number = (await answer.json())["message"]["id"]
        decision = await approve(other, number)
        await told()
        report = {"id": number, "reason": "spam"}
        assert (await other.post("/api/messages.report", json=report)).status == 200
        await told()
        # It changes no message, and neither does its undo.
        kept = (await moderate(other, "keep", ids=[number]))["decision"]["id"]
        await told()
        await undo(other, kept)
        await told()
        await undo(client, decision)
        await told()


async def test_a_stream_of_the_team_ends_with_the_session_and_with_another_role(
    client: Client, address: Address
) -> None:
    async with device(client) as phone:
        assert (await phone.get("/owner/stream")).status == 403
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        async with following(phone) as events:
            await events.next()
            await execute(address, "UPDATE member SET role = 'owner' WHERE name = 'Anna'")
            await ended(events)
        async with following(phone) as events:
            await events.next()
            await execute(
                address,
                "DELETE FROM session USING member WHERE member.id = member AND name = 'Anna'",
            )
            await ended(events)


async def test_a_member_has_so_many_streams_and_no_more(
    client_of_one: Client, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.web.wire.team_streams.MOST_OF_ONE", 1)
    await sign_in(client_of_one, await make_code(address))
    async with following(client_of_one) as events:
        await events.next()
        assert (await client_of_one.get("/owner/stream")).status == 503
        async with device(client_of_one) as phone:
            await sign_in(phone, await make_code(address, "Anna", "moderator"))
            async with following(phone) as others:
                await others.next()
    # Those that were left are no longer counted.
    async with asyncio.timeout(PATIENCE):
        while (answer := await client_of_one.get("/owner/stream")).status == 503:  # noqa: ASYNC110 -- no event says so
            await asyncio.sleep(0.05)
    answer.close()


async def test_the_streams_of_the_team_end_when_the_wall_stops(
    settings: Settings, address: Address
) -> None:
    async with TestClient(Front(create_app(calm(settings), address))) as wall:
        response = await wall.get("/api/moderation.stream", headers=SIGNED)
        events = Events(response)
        await events.next()
        await wall.server.close()
        await ended(events)


async def test_a_program_follows_the_decisions_and_resumes_where_it_stopped(
    client: Client, other: Client
) -> None:
    path = "/api/moderation.stream"
    first = await create(client, "rude words")
    async with following(client, path, **SIGNED) as events:
        assert (await events.next()).kind == "changed"
        decision = await remove(other, first["id"])
        while (event := await events.next()).kind == "changed":
            pass
        assert (event.kind, event.id) == ("decided", decision)
        assert (event.data["action"], event.data["messages"]) == ("remove", [first["id"]])
        assert (await events.next()).kind == "changed"
    missed = [await remove(other, (await create(client, f"{n}"))["id"]) for n in range(2)]
    async with following(client, path, **SIGNED, **{"Last-Event-ID": str(decision)}) as events:
        assert [(await events.next()).id for _ in range(2)] == missed
