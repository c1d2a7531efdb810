"""The order lock: no process that is frozen keeps the others from writing for long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stena.store import order
from stena.store.order import IDLE_LIMIT
from tests.program import PATIENCE

if TYPE_CHECKING:
    from stena.store.database import Address, Connection


async def test_a_process_that_is_frozen_while_it_holds_the_lock_loses_it(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a pooler gives them: without the limits that the wall sets for a session of its own.
    frozen = await asyncpg.connect(address.url)
    other = await asyncpg.connect(address.url)
    try:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await hold(frozen, other, monkeypatch)
        async with order.ordered(other):
            pass
        assert await other.fetchval("SHOW idle_in_transaction_session_timeout") == "0"
    finally:
        frozen.terminate()
        await other.close()


async def hold(frozen: Connection, other: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the lock without a statement until the other connection has got it."""
    longer = order.IDLE_LIMIT
    # As visitors have it, for the one that is frozen alone.
    monkeypatch.setattr(order, "IDLE_LIMIT", IDLE_LIMIT)
    async with order.ordered(frozen):
        monkeypatch.setattr(order, "IDLE_LIMIT", longer)
        async with asyncio.timeout(PATIENCE), order.ordered(other):
            pass
        # The server has ended it meanwhile.
        await frozen.execute("SELECT 1")
