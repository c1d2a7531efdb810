from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.store import desk_search, indexing, search
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from stena.decision import Groups
    from stena.search import Found, Query
    from stena.store.database import Database

# Concurrent searches in one process; more of them wait, which leaves connections to posts.
CONCURRENT = 2
WAIT_SECONDS = 1
# How often to look for messages that are not indexed yet.
LOOK_SECONDS = 5
# The share of time that indexing takes while it is behind: little while posts are being
# written, so that their latency does not rise.
SHARE = 1 / 5
BUSY_SHARE = 1 / 50


class SearchIndex:
    """Full-text search: kept up to date with the wall, and queried."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._slots = asyncio.Semaphore(CONCURRENT)

    async def find(self, query: Query, limit: int) -> Found:
        """At most `limit` messages that match, including those just committed.

        Raises:
            Refusal: query_common, search_too_broad, too_many_searches; unavailable.
        """
        async with self._slot():
            found = await self._find(query, limit)
        if found is None:
            raise Refusal("query_common", "q")
        return found

    async def find_in_all_states(self, query: Query, limit: int) -> Groups:
        """The same for the team: also messages that wait or were removed."""
        async with self._slot():
            found = await self._find_in_all_states(query, limit)
        if found is None:
            raise Refusal("query_common", "q")
        return found

    @asynccontextmanager
    async def _slot(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            raise Refusal("too_many_searches") from None
        try:
            yield
        except search.TooBroad:
            raise Refusal("search_too_broad", "q") from None
        finally:
            self._slots.release()

    @again_if_outdated
    async def _find(self, query: Query, limit: int) -> Found | None:
        async with self._database.connection() as connection:
            await indexing.update(connection)
            return await search.find(connection, query, limit)

    @again_if_outdated
    async def _find_in_all_states(self, query: Query, limit: int) -> Groups | None:
        async with self._database.connection() as connection:
            await indexing.update(connection)
            return await desk_search.find(connection, query, limit)

    @again_if_outdated
    async def _update(self) -> bool:
        async with self._database.connection() as connection:
            return await indexing.update(connection) or await indexing.renew(connection)

    async def keep_up(self, is_busy: Callable[[], bool]) -> None:
        """Index messages as they are written, until cancelled; slowly while the wall `is_busy`."""
        while True:
            pause = float(LOOK_SECONDS)
            # The database layer logs the failure, and the next try may succeed.
            with suppress(Refusal):
                start = time.monotonic()
                if await self._update():
                    share = BUSY_SHARE if is_busy() else SHARE
                    pause = (time.monotonic() - start) / share
            await asyncio.sleep(pause)
