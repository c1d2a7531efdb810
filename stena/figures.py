from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from stena.figure import KEPT_DAYS, REFUSED, waited
from stena.refusal import Refusal
from stena.store import figure

if TYPE_CHECKING:
    from stena.change import Posted
    from stena.figure import Counts, Layer, Outcome
    from stena.message import Draft
    from stena.store.database import Database

# How often a process writes what it has counted: a kill loses so many seconds of it.
WRITE_SECONDS = 5.0
# How often old figures are looked for.
FORGET_SECONDS = 3600.0


class Figures:
    """Counts what the layers of the defense stop, without a further write for each post.

    This process counts posts in memory and writes the sums every few seconds. Decisions, reports
    and sweeps are counted in their own transactions.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Counter[tuple[Layer, Outcome]] = Counter()
        self._forgotten = -FORGET_SECONDS

    def refused(self, refusal: Refusal) -> None:
        """Count a draft or an edit that was refused."""
        if layer := REFUSED.get(refusal.code):
            self._counts[layer, "refused"] += 1

    def posted(self, draft: Draft, posted: Posted) -> None:
        """Count a draft that was written; one that repeats another does not count."""
        if not posted.is_new:
            return
        # “Let the owner look” may come with a message for which no step was asked.
        if draft.payment and (draft.payment != "look" or posted.why == "look"):
            self._counts["price", draft.payment] += 1
        if posted.why:
            self._counts.update(waited([posted.why]))

    def asked(self, *, for_address: bool, for_trap: bool) -> None:
        """Count that a newcomer was asked for a step, and what was suspect, if anything was."""
        self._counts["price", "asked"] += 1
        self._counts["suspicion", "address"] += for_address
        self._counts["suspicion", "trap"] += for_trap

    async def run(self) -> None:
        """Write what was counted, and forget what is old, until cancelled."""
        while True:
            # The database layer logs a failure, and the next try may succeed.
            with suppress(Refusal):
                await self.write()
                await self._forget()
            await asyncio.sleep(WRITE_SECONDS)

    async def write(self) -> None:
        """Write what was counted since the last time."""
        counts, self._counts = +self._counts, Counter()
        if not counts:
            return
        try:
            async with self._database.connection() as connection:
                await figure.add(connection, counts)
        except BaseException:
            self._counts.update(counts)
            raise

    async def _forget(self) -> None:
        if time.monotonic() - self._forgotten < FORGET_SECONDS:
            return
        async with self._database.connection() as connection:
            await figure.forget(connection, KEPT_DAYS)
        self._forgotten = time.monotonic()

    async def since(self, days: int) -> Counts:
        """What was counted in the last days, by all processes."""
        async with self._database.connection() as connection:
            return await figure.since(connection, days)
