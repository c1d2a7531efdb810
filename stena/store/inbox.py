from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import structlog

from stena.refusal import Refusal
from stena.store import draft as drafts
from stena.store.database import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from stena.change import Change, Posted
    from stena.message import Draft
    from stena.store.database import Database

    Committed = Callable[[Sequence[Change]], Awaitable[None]]
    Answer = asyncio.Future[Posted]
    Waiting = tuple[Draft, Answer]

log = structlog.get_logger(__name__)

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
        self._settled = asyncio.Event()
        self._settled.set()
        self._patience = Patience()

    async def put(self, draft: Draft) -> Posted:
        """Return once the message is committed.

        Raises:
            Refusal: busy where too many wait; not_found for a reply to what is not there;
                unavailable.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Refusal("busy")
        answer: Answer = asyncio.get_running_loop().create_future()
        self._waiting.append((draft, answer))
        self._patience.begin(answer)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await answer

    def is_busy(self) -> bool:
        """Whether drafts are on their way."""
        return self._writing is not None

    async def settle(self) -> None:
        """Return when what is being written, if anything, is committed and told."""
        await self._settled.wait()

    async def _write(self) -> None:
        try:
            while self._waiting:
                # What has arrived by now joins in: a turn of the loop, not a time.
                await asyncio.sleep(0)
                self._settled.clear()
                await self._write_together(self._take())
                self._settled.set()
        finally:
            self._settled.set()
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
                made, found = await drafts.insert(connection, [draft for draft, _ in taken])
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
            await self._tell(made)
        for (_, future), posted in zip(taken, found, strict=True):
            if future.done():
                continue
            if posted is None:
                future.set_exception(Refusal("not_found", "reply_to"))
            else:
                future.set_result(posted)

    async def _tell(self, made: Sequence[Change]) -> None:
        try:
            await self._committed(made)
        except Exception:
            # It is committed all the same, and whoever wrote it is told so.
            log.exception("telling_failed")


class Patience:
    """Refuses whoever waited too long; one timer for all, because they come in order."""

    def __init__(self) -> None:
        self._begun: deque[tuple[float, Answer]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, answer: Answer) -> None:
        loop = asyncio.get_running_loop()
        while self._begun and self._begun[0][1].done():
            self._begun.popleft()
        self._begun.append((loop.time() + PATIENCE, answer))
        if self._timer is None:
            self._timer = loop.call_later(PATIENCE, self._look)

    def _look(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        while self._begun and (self._begun[0][1].done() or self._begun[0][0] <= loop.time()):
            _, answer = self._begun.popleft()
            if not answer.done():
                answer.set_exception(Refusal("unavailable"))
        if self._begun:
            self._timer = loop.call_at(self._begun[0][0], self._look)


def _fail(taken: list[Waiting], error: Exception) -> None:
    for _, future in taken:
        if not future.done():
            future.set_exception(error)
