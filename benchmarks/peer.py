"""The wall against the same two endpoints in FastAPI, SQLAlchemy and asyncpg."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import asyncpg

from benchmarks.figures import ratio
from benchmarks.load import CREATE, rate
from benchmarks.programs import database, fill, filled, peer, wall

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from benchmarks.figures import Figure, Scale

SIZE = 1000
LIST, CREATE_PATH = "/api/messages.list", "/api/messages.create"


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    own = database(url, "peer")
    with (
        wall(folder, filled(url, "ours", SIZE)) as ours,
        peer(folder, DATABASE_URL=own) as other,
    ):
        asyncio.run(fill_peer(own))
        yield ratio(
            "peer list",
            partial(rate, ours.url + LIST),
            partial(rate, other + LIST),
            scale,
        )
        yield ratio(
            "peer create",
            partial(rate, ours.url + CREATE_PATH, script=CREATE),
            partial(rate, other + CREATE_PATH, script=CREATE),
            scale,
        )


async def fill_peer(url: str) -> None:
    """Insert the same messages as on the wall, in number and length."""
    connection = await asyncpg.connect(url)
    await fill(connection, SIZE)
    await connection.close()
