"""Processes announce their number of readers to each other and to clients that ask."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.audience import EXPIRY_SECONDS, Audience
from tests.conftest import Front
from tests.web.events import PATIENCE, listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.events import Events


@pytest.fixture
async def two(
    settings: Settings, address: Address, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[Client, Client]]:
    """What looks like two processes on one database, which announce often."""
    monkeypatch.setattr("stena.web.api.stream.COUNT_SECONDS", 0.02)
    monkeypatch.setattr("stena.web.api.stream.HEARTBEAT_SECONDS", 0.2)
    async with (
        TestClient(Front(create_app(settings, address))) as one,
        TestClient(Front(create_app(settings, address))) as other,
    ):
        yield one, other


async def test_whoever_looks_hears_how_many_do_in_all_processes(two: tuple[Client, Client]) -> None:
    async with AsyncExitStack() as open_streams:

        async def look(client: Client) -> Events:
            return await open_streams.enter_async_context(listening(client, query="?audience=1"))

        first = await look(two[0])
        assert (await first.next()).data == 1
        await look(two[0])
        await until_count(first, 2)
        third = await look(two[1])
        await until_count(first, 3)
        await until_count(third, 3)
    async with listening(two[1], query="?audience=1") as last:
        await until_count(last, 1)


async def test_the_number_comes_again_as_a_sign_of_life(two: tuple[Client, Client]) -> None:
    async with listening(two[0], query="?audience=1") as page:
        assert [(await page.next()).data for _ in range(3)] == [1, 1, 1]


async def test_a_reader_who_has_gone_is_not_counted_any_more(
    client_of_one: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is not a heartbeat that notices.
    monkeypatch.setattr("stena.web.api.stream.HEARTBEAT_SECONDS", 3600)
    async with listening(client_of_one), asyncio.timeout(PATIENCE):
        async with listening(client_of_one, query="?audience=1") as gone:
            assert (await gone.next()).data == 2
        counted = 3
        while counted > 2:
            async with listening(client_of_one, query="?audience=1") as events:
                counted = (await events.next()).data
            # Streams are counted for the rate limit.
            await asyncio.sleep(0.05)


async def test_a_program_that_does_not_ask_is_told_nothing_of_it(
    two: tuple[Client, Client],
) -> None:
    async with listening(two[0]) as program, listening(two[0], query="?audience=1") as page:
        await until_count(page, 2)
        answer = await two[0].post("/api/messages.create", json={"text": "first of all"})
        assert answer.status == 201
        assert (await program.next()).kind == "message"


def test_a_process_that_says_nothing_any_more_is_not_counted() -> None:
    now = 0.0
    audience = Audience(clock=lambda: now)
    audience.here = 2
    audience.update("other", 3)
    audience.update(audience.name, 7)
    assert audience.total == 5
    now = EXPIRY_SECONDS + 1
    assert audience.total == 2


async def until_count(stream: Events, number: int) -> None:
    """Wait until this number is sent; other numbers may come before it."""
    while (event := await stream.next()).data != number:
        assert event.kind == "audience"
