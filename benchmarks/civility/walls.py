"""The program on a database of its own, and the time that passes there."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg

from tests.program import PATIENCE, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

COMMAND = (sys.executable, "-m", "stena")
HOUR = 60 * 60
BRAKE = "STENA_WALL__BRAKE"
READ = "SELECT change >= (SELECT coalesce(max(change), 0) FROM message) FROM detected"
# Longer than anything is kept.
FAR = "36500 days"
# All times that the wall stores, in whatever tables it has.
TIMES = """
    SELECT table_name, array_agg(column_name::text) AS columns FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
        AND data_type = 'timestamp with time zone'
    GROUP BY table_name
"""


class Wall:
    """A running wall, and its clock: seconds since it was first started, with those skipped."""

    def __init__(self, folder: Path, database: str, settings: Mapping[str, str]) -> None:
        self.url = ""
        self.database = database
        self._settings = settings
        self._log = folder / f"{urlsplit(database).path.strip('/')}.log"
        self._stack = ExitStack()
        self._start = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self._start

    async def start(self) -> None:
        variables: dict[str, Any] = {
            "STENA_COMMON__PROXIES": "1",
            BRAKE: "true",
            **self._settings,
        }
        program = running(*COMMAND, errors=self._log, DATABASE_URL=self.database, **variables)
        self.url = (await asyncio.to_thread(self._stack.enter_context, program)).url

    async def stop(self) -> None:
        await asyncio.to_thread(self._stack.close)

    async def skip(self, hours: int) -> None:
        """Let hours pass, in which nobody was there.

        The wall asks the database for the time, so what it stored becomes older instead. It does
        not run meanwhile: the program remembers nothing of the time before, and its jobs look at
        the database when it starts. What was posted before the hours is read before them, too.
        """
        if self._settings.get(BRAKE) != "false":
            await _until_read(self.database)
        await self.stop()
        await _make_older(self.database, hours)
        self._start -= hours * HOUR
        await self.start()


@asynccontextmanager
async def wall(folder: Path, database: str, **settings: str) -> AsyncGenerator[Wall]:
    ours = Wall(folder, database, settings)
    await ours.start()
    try:
        yield ours
    finally:
        await ours.stop()


async def _until_read(database: str) -> None:
    """Wait until detection has read all changes."""
    connection = await asyncpg.connect(database)
    try:
        async with asyncio.timeout(PATIENCE):
            while not await connection.fetchval(READ):  # noqa: ASYNC110 -- a database sets no event
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def _make_older(database: str, hours: int) -> None:
    """Move all times in the database back by whole hours, since some of them are whole hours."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            # In two steps, of which the first is long: else a row would meet the next older one,
            # which has not moved yet, where times are unique.
            for by in (f"- interval '{hours} hours {FAR}'", f"+ interval '{FAR}'"):
                for table, columns in await connection.fetch(TIMES):
                    moved = ", ".join(f"{name} = {name} {by}" for name in columns)
                    await connection.execute(f"UPDATE {table} SET {moved}")  # noqa: S608 -- ours
    finally:
        await connection.close()
