from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.store import index, search

if TYPE_CHECKING:
    from collections.abc import Callable

    from stena.search import Found, Query
    from stena.store.database import Database

# So many search at once; whoever else wants to waits, and leaves connections to those who write.
AT_ONCE = 2
WAIT_SECONDS = 1
# How often to look for what has not been read.
LOOK_SECONDS = 5
# Where there is much, reading takes this part of the time: little while others write all that,
# so that they do not notice.
SHARE = 1 / 5
BUSY_SHARE = 1 / 50


class Library:
    """What can be searched: kept up with the wall, and looked through."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def find(self, query: Query, limit: int) -> Found:
        """At most `limit` messages that match, those just committed too.

        Raises:
            Refusal: query_common, search_too_broad, too_many_searches; unavailable.
        """
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise Refusal("too_many_searches") from None
        try:
            async with self._database.connection() as connection:
                await index.read(connection)
                found = await search.find(connection, query, limit)
        except search.TooBroad:
            raise Refusal("search_too_broad", "q") from None
        finally:
            self._turns.release()
        if found is None:
            raise Refusal("query_common", "q")
        return found

    async def keep_up(self, is_busy: Callable[[], bool]) -> None:
        """Read what is written, as long as this process runs; slowly while it `is_busy`."""
        while True:
            pause = float(LOOK_SECONDS)
            # It is said in the log, and the next time may go better.
            with suppress(Refusal):
                begun = time.monotonic()
                async with self._database.connection() as connection:
                    more = await index.read(connection)
                if more:
                    share = BUSY_SHARE if is_busy() else SHARE
                    pause = (time.monotonic() - begun) / share
            await asyncio.sleep(pause)
