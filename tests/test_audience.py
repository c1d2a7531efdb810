"""How many are looking is said by each process to the others, and to whoever wants to know."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.audience import GONE_SECONDS, Audience
from tests.conftest import Front
from tests.web.events import listening

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
    """Two processes on one database, as far as they can tell, that speak often."""
    monkeypatch.setattr("stena.web.stream.COUNT_SECONDS", 0.02)
    monkeypatch.setattr("stena.web.stream.HEARTBEAT_SECONDS", 0.2)
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
        await hears(first, 2)
        third = await look(two[1])
        await hears(first, 3)
        await hears(third, 3)
    async with listening(two[1], query="?audience=1") as last:
        await hears(last, 1)


async def test_a_program_that_does_not_ask_is_told_nothing_of_it(
    two: tuple[Client, Client],
) -> None:
    async with listening(two[0]) as program, listening(two[0], query="?audience=1") as page:
        await hears(page, 2)
        answer = await two[0].post("/api/messages.create", json={"text": "first of all"})
        assert answer.status == 201
        assert (await program.next()).kind == "message"


def test_a_process_that_says_nothing_any_more_is_not_counted() -> None:
    now = 0.0
    audience = Audience(clock=lambda: now)
    audience.here = 2
    audience.heard("other", 3)
    audience.heard(audience.name, 7)
    assert audience.total == 5
    now = GONE_SECONDS + 1
    assert audience.total == 2


async def hears(stream: Events, number: int) -> None:
    """Wait until it is said; before that, other numbers may be."""
    while (event := await stream.next()).data != number:
        assert event.kind == "audience"
