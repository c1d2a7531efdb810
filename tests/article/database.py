"""Queries a database directly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from asyncpg import Record


async def rows(url: str, query: str) -> list[Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def revision(url: str) -> list[str]:
    return [row[0] for row in await rows(url, "SELECT version_num FROM alembic_version")]
