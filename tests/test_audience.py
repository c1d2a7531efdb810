"""Processes announce their number of readers to each other and to clients that ask."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import asyncpg
import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.audience import DIGEST_BYTES, EXPIRY_SECONDS, MOST_NAMED, Audience
from stena.settings import Settings, Wall
from stena.store.audience import announce, receive
from tests.calm import calm
from tests.conftest import Front
from tests.web.events import PATIENCE, listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.events import Events


# The places for readers in one process.
PLACES = 40


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(readers=PLACES, reads_per_minute=0))


@pytest.fixture
async def two(
    settings: Settings, address: Address, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[Client, Client]]:
    """What looks like two processes on one database, which announce often."""
    monkeypatch.setattr("stena.web.api.stream.COUNT_SECONDS", 0.02)
    monkeypatch.setattr("stena.web.api.stream.HEARTBEAT_SECONDS", 0.2)
    async with (
        TestClient(Front(create_app(calm(settings), address))) as one,
        TestClient(Front(create_app(calm(settings), address))) as other,
    ):
        yield one, other


async def test_whoever_looks_hears_how_many_do_in_all_processes(two: tuple[Client, Client]) -> None:
    async with AsyncExitStack() as open_streams:

        async def look(client: Client) -> Events:
            return await open_streams.enter_async_context(listening(client, query="?audience=1"))

        first = await look(two[0])
        assert await count(first) == 1
        await look(two[0])
        await until_count(first, 2)
        third = await look(two[1])
        await until_count(first, 3)
        await until_count(third, 3)
    async with listening(two[1], query="?audience=1") as last:
        await until_count(last, 1)


async def test_the_number_comes_again_as_a_sign_of_life(two: tuple[Client, Client]) -> None:
    async with listening(two[0], query="?audience=1") as page:
        assert [await count(page) for _ in range(3)] == [1, 1, 1]


async def test_a_reader_who_has_gone_is_not_counted_any_more(
    client_of_one: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is not a heartbeat that notices.
    monkeypatch.setattr("stena.web.api.stream.HEARTBEAT_SECONDS", 3600)
    async with listening(client_of_one, query="?audience=1"), asyncio.timeout(PATIENCE):
        async with listening(client_of_one, query="?audience=1") as gone:
            assert await count(gone) == 2
        counted: object = None
        while counted != 2:
            async with listening(client_of_one, query="?audience=1") as events:
                counted = await count(events)
            # Streams are counted for the rate limit.
            await asyncio.sleep(0.05)


async def test_a_browser_is_one_reader_whatever_streams_it_has(two: tuple[Client, Client]) -> None:
    queries = ("?audience=1&reader=one", "?audience=1&reader=one&thread=blog")
    async with AsyncExitStack() as streams:
        for client in two:
            for query in queries:
                await streams.enter_async_context(listening(client, query=query))
        async with listening(two[0], query="?audience=1&reader=other") as other:
            await until_count(other, 2)
        async with (
            listening(two[1], query="?audience=1&reader=other") as other,
            listening(two[0], query="?audience=1&reader=a-third") as third,
        ):
            await until_count(third, 3)
            await streams.aclose()
            # Nothing is counted anew meanwhile: the number is sent because it is another one.
            await until_count(third, 2)
            await until_count(other, 2)


async def test_a_name_that_is_none_counts_as_one_reader(two: tuple[Client, Client]) -> None:
    async with AsyncExitStack() as streams:
        for name in ("", "x" * 65, "%00", "я"):
            query = f"?audience=1&reader={name}"
            last = await streams.enter_async_context(listening(two[0], query=query))
        await until_count(last, 4)


async def test_streams_with_made_up_names_count_as_many_as_their_address_may_have(
    client_of_one: Client,
) -> None:
    async with AsyncExitStack() as streams:
        for name in range(PLACES // 4):
            query = f"?audience=1&reader=made-up-{name}"
            last = await streams.enter_async_context(listening(client_of_one, query=query))
        await until_count(last, PLACES // 4)
        refused = await client_of_one.get("/api/messages.stream?audience=1&reader=one-more")
        assert refused.status == 503


async def test_a_program_that_does_not_ask_is_told_nothing_of_it_and_is_no_reader(
    two: tuple[Client, Client],
) -> None:
    async with listening(two[0]) as program, listening(two[0], query="?audience=1") as page:
        assert await count(page) == 1
        answer = await two[0].post("/api/messages.create", json={"text": "first of all"})
        assert answer.status == 201
        while (event := await program.next()).kind == "notice":
            pass
        assert event.kind == "message"


def test_a_process_that_says_nothing_any_more_is_not_counted() -> None:
    now = 0.0
    audience = Audience(clock=lambda: now)
    for _ in range(2):
        audience.enter(None)
    audience.update("other", 3)
    audience.update(audience.name, 7)
    assert audience.total == 5
    now = EXPIRY_SECONDS + 1
    assert audience.total == 2


def test_a_process_with_many_readers_announces_their_number_alone() -> None:
    busy, quiet = Audience(), Audience()
    left = [busy.enter(f"browser {number}") for number in range(MOST_NAMED + 1)]
    assert (busy.here, busy.named) == (MOST_NAMED + 1, b"")
    quiet.enter("browser 1")
    quiet.update(busy.name, busy.here, busy.named)
    assert quiet.total == MOST_NAMED + 2
    for browser in left[2:]:
        busy.leave(browser)
    quiet.update(busy.name, busy.here, busy.named)
    assert quiet.total == 2


async def test_as_many_readers_as_are_named_fit_into_an_announcement(address: Address) -> None:
    connection = await asyncpg.connect(address.url)
    await announce(connection, "01234567", 9_999_999, b"\xff" * DIGEST_BYTES * MOST_NAMED)
    await connection.close()


@pytest.mark.parametrize(
    "payload", ["", "x", "01234567 1 ====", "01234567 1 A", "0123456 1", "01234567 1 AAAA\n"]
)
def test_what_other_programs_announce_is_ignored(payload: str) -> None:
    receive(payload, lambda *_: pytest.fail(payload))


async def until_count(stream: Events, number: int) -> None:
    """Wait until this number is sent; other numbers may come before it."""
    while await count(stream) != number:
        pass


async def count(stream: Events) -> object:
    """The next number that is sent; the notice of the wall comes once before it, or after it."""
    while (event := await stream.next()).kind == "notice":
        pass
    assert event.kind == "audience"
    return event.data
