from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.store import recent, standing

if TYPE_CHECKING:
    from stena.store.database import Database

# How often messages are looked for that have stood a day: as exact as the time of the last visit of
# the team. While there are many, that takes a share of the time.
LOOK_SECONDS = 600
SHARE = 1 / 20


class Trust:
    """Lets browsers be known whose messages stand while the team looks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Look for such browsers, until cancelled."""
        while True:
            pause = float(LOOK_SECONDS)
            # The database layer logs a failure, and the next try may succeed.
            with suppress(Refusal):
                start = time.monotonic()
                if await self._look():
                    pause = (time.monotonic() - start) / SHARE
            await asyncio.sleep(pause)

    async def _look(self) -> bool:
        async with self._database.connection() as connection:
            await standing.watch(connection)
            has_more = await standing.trust(connection)
            has_more |= await recent.forget(connection)
            return await standing.forget(connection) or has_more
