"""Counts what all processes of one wall do, for a monitoring system that asks any of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from stena.refusal import Refusal
from stena.store import metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stena.store.database import Database
    from stena.store.metric import Figure, Key

# How often a process writes what it has counted: a kill loses so many seconds of it.
WRITE_SECONDS = 5.0
# The upper limits of the histogram of response times, in seconds: from a page out of memory to what
# visitors do not wait for.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics(NamedTuple):
    """All that is counted and measured.

    Attributes:
        requests: how many were answered, by the route and the status.
        seconds: how many took at most so long, by the upper limit; all of them by infinity.
        total_seconds: how long they took together.
        figures: what the wall has now.
        defense: what each layer of the defense did in the last 24 hours.
    """

    requests: Mapping[tuple[str, str], float]
    seconds: Mapping[float, float]
    total_seconds: float
    figures: Figure
    defense: Mapping[tuple[str, str], int]


class Counting:
    """Counts requests in memory, and adds them to the sums of all processes every few seconds.

    Each process writes into the same rows, so whichever answers has the sums of all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Counter[Key] = Counter()

    def request(self, route: str, status: int, seconds: float | None) -> None:
        """Count a request that was answered.

        Args:
            route: the pattern of the path.
            status: of the answer.
            seconds: how long it took; None for a stream, which is as long as its reader stays.
        """
        counts = self._counts
        counts["requests", route, str(status)] += 1
        if seconds is not None:
            limit = next((limit for limit in BUCKETS if seconds <= limit), float("inf"))
            counts["seconds", str(limit), ""] += 1
            # A Counter adds up fractions, too, though its type says otherwise.
            counts["total_seconds", "", ""] += seconds  # type: ignore[assignment]

    async def run(self) -> None:
        """Write what was counted, until cancelled."""
        while True:
            # The database layer logs a failure, and the next try may succeed.
            with suppress(Refusal):
                await self.write()
            await asyncio.sleep(WRITE_SECONDS)

    async def write(self) -> None:
        """Add what was counted since the last time."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            async with self._database.connection() as connection:
                await metric.add(connection, counts)
        except BaseException:
            self._counts.update(counts)
            raise

    async def read(self) -> Metrics:
        """The sums of all processes, those of this one up to now."""
        await self.write()
        async with self._database.connection() as connection:
            sums = await metric.sums(connection)
            figures = await metric.figures(connection)
            defense = await metric.defense(connection)
        return Metrics(
            {
                (route, status): count
                for (name, route, status), count in sums.items()
                if name == "requests"
            },
            _cumulative(sums),
            sums.get(("total_seconds", "", ""), 0.0),
            figures,
            defense,
        )


def _cumulative(sums: Mapping[Key, float]) -> dict[float, float]:
    """How many requests took at most so long: each bucket with those below it."""
    found: dict[float, float] = {}
    count = 0.0
    for limit in (*BUCKETS, float("inf")):
        count += sums.get(("seconds", str(limit), ""), 0.0)
        found[limit] = count
    return found
