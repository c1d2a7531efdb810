from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from stena.store import thread_count
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stena.store.database import Database

# For so long a number is as good as new: it stands beside the link to a page.
FRESH_SECONDS = 30.0
# The names of pages come from outside, so the memory is an LRU of so many.
MOST_KNOWN = 1000


class ThreadCounts:
    """The numbers of messages on the walls of pages, in memory for some seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        # By thread, the number and until when it holds; the one that was read first is the first.
        self._known: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def unknown(self, threads: Iterable[str]) -> list[str]:
        """Those of the walls that have to be counted."""
        now = self._clock()
        return [one for one in dict.fromkeys(threads) if self._known.get(one, (0, 0.0))[1] <= now]

    async def of(self, threads: Sequence[str]) -> dict[str, int]:
        """The number of messages on each wall, with replies; thread_count.MOST for more.

        Raises:
            Refusal: unavailable.
        """
        missing = self.unknown(threads)
        found = {one: self._known[one][0] for one in threads if one not in missing}
        if not missing:
            return found
        counted = await self._count(missing)
        until = self._clock() + FRESH_SECONDS
        for thread, number in counted.items():
            self._known[thread] = number, until
            self._known.move_to_end(thread)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return found | counted

    @again_if_outdated
    async def _count(self, threads: Sequence[str]) -> dict[str, int]:
        async with self._database.connection() as connection:
            return await thread_count.of(connection, threads)
