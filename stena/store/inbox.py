from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.store import message as messages
from stena.store.database import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from stena.message import Change, Draft
    from stena.store.database import Database

    Committed = Callable[[Sequence[Change]], Awaitable[None]]
    Waiting = tuple[Draft, asyncio.Future[Change]]

# Beyond these nobody waits: at the pace of the slowest disk they would not be in time.
MOST_WAITING = 2000
# A statement of this many messages takes milliseconds, and its arrays fit in a few packets.
MOST_TOGETHER = 200


class Inbox:
    """Drafts on their way to the table: those that wait at the same time share a commit.

    Nothing waits when nothing is in flight; under load the commits set the pace.
    """

    def __init__(self, database: Database, committed: Committed) -> None:
        """`committed` is awaited with what was committed before anybody gets an answer."""
        self._database = database
        self._committed = committed
        self._waiting: deque[Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def put(self, draft: Draft) -> Change:
        """Return once the message is committed.

        Raises:
            Refusal: busy where too many wait; unavailable.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Refusal("busy")
        future: asyncio.Future[Change] = asyncio.get_running_loop().create_future()
        self._waiting.append((draft, future))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        try:
            async with asyncio.timeout(PATIENCE):
                return await future
        except TimeoutError:
            raise Refusal("unavailable") from None

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._write_together(self._take())
        finally:
            self._writing = None

    def _take(self) -> list[Waiting]:
        taken: list[Waiting] = []
        while self._waiting and len(taken) < MOST_TOGETHER:
            draft, future = self._waiting.popleft()
            # Whoever lost patience has been told so; what was not begun is not done.
            if not future.done():
                taken.append((draft, future))
        return taken

    async def _write_together(self, taken: list[Waiting]) -> None:
        if not taken:
            return
        try:
            async with self._database.connection() as connection:
                made, found = await messages.insert(connection, [draft for draft, _ in taken])
        except Refusal as refusal:
            _fail(taken, refusal)
            return
        except Exception as error:  # noqa: BLE001 -- goes to the views, which log it
            if len(taken) == 1:
                _fail(taken, error)
            # One of them is at fault, and its neighbours are not: each for itself.
            for one in taken if len(taken) > 1 else ():
                await self._write_together([one])
            return
        if made:
            await self._committed(made)
        for (_, future), change in zip(taken, found, strict=True):
            if not future.done():
                future.set_result(change)


def _fail(taken: list[Waiting], error: Exception) -> None:
    for _, future in taken:
        if not future.done():
            future.set_exception(error)
