"""Limits of readers: how many, how slow, and how they are disconnected."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvloop
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.settings import Common, Settings, Wall
from tests.calm import calm
from tests.conftest import Front
from tests.holding import held, until_waiting
from tests.owner import make_code, sign_in
from tests.web.events import PATIENCE, Events, leave, listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aiohttp import web

    from stena.store.database import Address
    from tests.conftest import Client


class TestFew:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(readers=1, posts_per_minute=0))

    @pytest.fixture
    def client(self, other: Client) -> Client:
        """One process, because each has its own limit."""
        return other

    async def test_one_more_than_there_is_room_for_is_refused(self, client: Client) -> None:
        async with listening(client):
            answer = await client.get("/api/messages.stream")
            assert answer.status == 503
            assert "Retry-After" in answer.headers
            assert (await answer.json())["error"]["code"] == "too_many_readers"
        async with asyncio.timeout(PATIENCE):
            while (answer := await client.get("/api/messages.stream")).status != 200:  # noqa: ASYNC110 -- the other side of HTTP sets no event
                await asyncio.sleep(0.01)
        answer.close()

    async def test_a_reader_who_does_not_read_is_hung_up_on_and_misses_nothing(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("stena.web.internals.reader.MOST_UNREAD", 1000)
        url = client.make_url("/")
        with socket.socket() as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.connect((url.host, url.port))
            lazy.sendall(b"GET /api/messages.stream?after=0 HTTP/1.1\r\nHost: x\r\n\r\n")
            loop = asyncio.get_running_loop()
            lazy.setblocking(False)  # noqa: FBT003 -- as the socket module has it
            assert (await loop.sock_recv(lazy, 1024)).startswith(b"HTTP/1.1 200")
            posted: list[dict[str, Any]] = []
            async with asyncio.timeout(PATIENCE):
                # There is room for one: the next gets it when the slow one is disconnected.
                while (answer := await client.get("/api/messages.stream")).status != 200:
                    posted += await asyncio.gather(*(leave(client, "x" * 4000) for _ in range(20)))
            answer.close()
        posted.sort(key=lambda message: int(message["id"]))
        assert posted
        last = posted[-20:]
        async with (
            asyncio.timeout(PATIENCE),
            eager(client, f"?after={last[0]['id'] - 1}") as events,
        ):
            for message in last:
                # A page shows the beginning of so long a text.
                assert (await events.next()).data == {**message, "long": "always"}


class TestShares:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1), wall=Wall(readers=8))

    async def test_one_address_does_not_get_all_places(self, client_of_one: Client) -> None:
        many, other = {"X-Forwarded-For": "2001:db8::1"}, {"X-Forwarded-For": "192.0.2.1"}
        async with listening(client_of_one, **many), listening(client_of_one, **many):
            refused = await client_of_one.get("/api/messages.stream", headers=many)
            assert (await refused.json())["error"]["code"] == "too_many_readers"
            neighbour = {"X-Forwarded-For": "2001:db8::2"}
            assert (
                await client_of_one.get("/api/messages.stream", headers=neighbour)
            ).status == 503
            async with listening(client_of_one, **other), listening(client_of_one, **other):
                pass
        async with asyncio.timeout(PATIENCE), eager(client_of_one, "", **many):
            pass


@asynccontextmanager
async def eager(client: Client, query: str, **headers: str) -> AsyncGenerator[Events]:
    """A client that tries until there is room."""
    path = f"/api/messages.stream{query}"
    while (answer := await client.get(path, headers=headers)).status != 200:  # noqa: ASYNC110 -- as above
        await asyncio.sleep(0.01)
    yield Events(answer)
    answer.close()


def test_who_asks_much_and_reads_nothing_has_to_wait(settings: Settings, address: Address) -> None:
    many = 3000
    # On the program's own loop: Python's, before 3.13.2, never pauses a writer (CVE-2024-12254).
    answered = uvloop.run(answered_unread(settings, address, many))
    assert answered < many - many // 2


async def answered_unread(settings: Settings, address: Address, many: int) -> int:
    """How many of so many requests are answered to a client that reads nothing."""
    front = Front(create_app(calm(settings), address))
    async with TestClient(front) as client:
        await leave(client, "x" * 4000)
        with socket.socket() as lazy:
            lazy.connect((front.host, front.port))
            lazy.setblocking(False)  # noqa: FBT003 -- as the socket module has it
            request = b"GET /api/messages.list HTTP/1.1\r\nHost: x\r\n\r\n"
            asking = asyncio.create_task(
                asyncio.get_running_loop().sock_sendall(lazy, request * many)
            )
            # As many turns of the loop as it would take to answer them all.
            before = front.handler.requests_count
            for _ in range(many):
                await (await client.get("/healthz")).read()
            asking.cancel()
            return front.handler.requests_count - before - many


async def test_a_silent_stream_beats(
    settings: Settings, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.web.api.stream.HEARTBEAT_SECONDS", 0.01)
    async with (
        TestClient(Front(create_app(calm(settings), address))) as client,
        listening(client) as events,
    ):
        assert await events.block() == {"": ""}
        assert await events.block() == {"": ""}


async def test_a_stopping_program_sends_its_readers_away_to_come_back(
    settings: Settings, address: Address
) -> None:
    async with (
        TestClient(Front(create_app(calm(settings), address))) as client,
        listening(client) as events,
    ):
        stopping = asyncio.create_task(client.server.close())
        assert int((await events.block())["retry"]) >= 1000
        with pytest.raises(EOFError):
            await events.block()
        await stopping


@pytest.mark.parametrize(
    ("path", "table"), [("/api/messages.stream", "message"), ("/owner/stream", "session")]
)
async def test_a_reader_that_arrives_as_the_program_stops_is_sent_away_too(
    settings: Settings, address: Address, path: str, table: str
) -> None:
    stopped, front = asyncio.Event(), Front(app := create_app(calm(settings), address))

    async def stop(_: web.Application) -> None:
        stopped.set()

    app.on_shutdown.append(stop)
    async with TestClient(front) as client:
        await sign_in(client, await make_code(address))
        async with held(address, f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"):
            before = front.handler.requests_count
            asked = asyncio.create_task(client.get(path))
            while front.handler.requests_count == before:  # noqa: ASYNC110 -- the server sets no event
                await asyncio.sleep(0.01)
            await until_waiting(address, 1)
            stopping = asyncio.create_task(client.server.close())
            await stopped.wait()
        assert b"retry:" in await (await asked).content.read()
        await stopping
