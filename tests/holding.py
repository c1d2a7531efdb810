"""A transaction of somebody else that holds rows or tables, so that others wait for it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.store.database import Address

WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@asynccontextmanager
async def held(
    address: Address, statement: str = "SELECT FROM member FOR UPDATE"
) -> AsyncGenerator[asyncpg.Connection[asyncpg.Record]]:
    """Hold what a statement locks in another transaction; by default the rows of the team."""
    connection = await asyncpg.connect(address.url)
    try:
        async with connection.transaction():
            await connection.execute(statement)
            yield connection
    finally:
        await connection.close()


async def until_waiting(address: Address, number: int) -> None:
    """Wait until so many connections wait for what is held."""
    connection = await asyncpg.connect(address.url)
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(WAITING) < number:  # noqa: ASYNC110 -- a database sets no event
            await asyncio.sleep(0.01)
    await connection.close()
