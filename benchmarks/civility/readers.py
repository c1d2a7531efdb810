"""Readers look at the newest page each second, and some report the spam that they see."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.civility.payments import PHONE, Payments
from benchmarks.civility.plan import OTHERS
from torture.clients import background

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from benchmarks.civility.clients import Clients
    from benchmarks.civility.judge import Judge
    from benchmarks.civility.walls import Wall

# From which they look; they report from addresses of their own.
ADDRESS = "198.19.0.2"
NOT_MODIFIED, STEP_NEEDED = 304, 428
# So many readers have the page open. Each has so much chance a second to report a spam message that
# it has seen; at the earliest so many seconds after it was posted, and at the latest so many.
READERS, REPORTING = 20, 0.05
NOTICED, FORGOTTEN = 20, 120
# One reader in so many has a browser that the owner knows.
KNOWN = 4


@dataclass(frozen=True, slots=True)
class Look:
    """What the newest page had.

    Attributes:
        at: when, by the clock of the wall.
        spam: how many messages of it are spam.
        share: the same as a share of all.
    """

    at: float
    spam: int
    share: float


class Readers:
    """All readers of one wall: they see the same page."""

    def __init__(
        self, wall: Wall, clients: Clients, judge: Judge, known: Sequence[str], seed: int
    ) -> None:
        self._wall = wall
        self._clients = clients
        self._judge = judge
        self._known = known
        self._payments = Payments(wall)
        self._dice = random.Random(seed)  # noqa: S311 -- has to be repeatable
        self._etag = ""
        self._page: list[int] = []
        self._met: set[int] = set()
        self.looks: list[Look] = []
        self.reports = 0

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[None]:
        """Look each second meanwhile."""
        async with background(self._run()):
            yield

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.gather(self._report(), asyncio.sleep(1))

    async def look(self) -> None:
        headers = {"If-None-Match": self._etag} if self._etag else {}
        answer = await self._clients.get(ADDRESS, "/api/messages.list", **headers)
        if answer.status != NOT_MODIFIED:
            self._etag = answer.headers["ETag"]
            self._page = [message["id"] for message in json.loads(answer.text)["messages"]]
        spam = sum(map(self._judge.is_spam, self._page))
        # A page that stays open keeps what it has shown.
        self._met.update(filter(self._judge.is_spam, self._page))
        self.looks.append(Look(self._wall.now(), spam, self._judge.spam_share(self._page)))

    async def _report(self) -> None:
        now = self._wall.now()
        noticed = [
            message
            for message in sorted(self._met)
            if NOTICED <= self._judge.age(message, now) < FORGOTTEN
        ]
        await asyncio.gather(
            *(
                self._send_report(reader, self._dice.choice(noticed))
                for reader in range(READERS)
                if noticed and self._dice.random() < REPORTING
            )
        )

    async def _send_report(self, reader: int, message: int) -> None:
        """Report a message, and pay for it if asked to; it may be removed meanwhile."""
        key = self._known[reader] if reader % KNOWN == 0 else f"reader-of-the-wall-{reader}"
        report = {"id": message, "reason": "spam", "key": key}
        path = "/api/messages.report"
        answer = await self._clients.post(OTHERS[reader], path, json=report)
        if answer.status == STEP_NEEDED:
            step = await self._payments.by_work(answer, PHONE)
            await self._clients.post(OTHERS[reader], path, json={**report, "step": step})
        self.reports += 1
