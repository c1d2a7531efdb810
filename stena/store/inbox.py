from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.store.database import PATIENCE
from stena.store.draft import insert

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from stena.change import Change, Posted
    from stena.message import Draft
    from stena.store.database import Database

    Tell = Callable[[Sequence[Change]], bool]
    Committed = Callable[[Sequence[Change]], Awaitable[None]]
    Answer = asyncio.Future[Posted]
    Waiting = tuple[Draft, Answer]

# Beyond these nobody waits: at the pace of the slowest disk they would not be in time.
MOST_WAITING = 2000
# A statement of this many messages takes milliseconds, and its arrays fit in a few packets.
MOST_TOGETHER = 200
# Of more than these half go first. All together they would come back together, and we would do
# nothing while the database works and the database nothing while we do.
FEW = 32
# A connection is kept for the next ones for so long: others want one too, and it has PATIENCE.
HOLD_SECONDS = 0.1


class Inbox:
    """Drafts on their way to the table: those that wait at the same time share a commit.

    Nothing waits when nothing is in flight; under load the commits set the pace.
    """

    def __init__(self, database: Database, tell: Tell, committed: Committed) -> None:
        """Take what is called with what was committed, before anybody gets an answer.

        Where `tell` says that it was not enough, `committed` is awaited, without a connection
        being held. Neither raises anything.
        """
        self._database = database
        self._tell = tell
        self._committed = committed
        self._waiting: deque[Waiting] = deque()
        # Those that are on their way to the database.
        self._taken: list[Waiting] = []
        # How many have to go one by one.
        self._suspects = 0
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
                self._taken = self._take()
                try:
                    await self._write_on()
                except Refusal as refusal:
                    self._fail(refusal)
                except Exception as error:  # noqa: BLE001 -- goes to the views, which log it
                    self._suspect(error)
        finally:
            self._settled.set()
            self._writing = None

    async def _write_on(self) -> None:
        """Commit what was taken, and on the same connection what arrives meanwhile."""
        if not self._taken:
            return
        clock = asyncio.get_running_loop().time
        async with self._database.connection() as connection:
            until = clock() + HOLD_SECONDS
            while self._taken:
                self._settled.clear()
                made, found = await insert(connection, [draft for draft, _ in self._taken])
                if not self._tell(made):
                    break
                # The views go on at the next await: when the next ones have left for the database.
                self._answer(found)
                self._taken = self._take() if clock() < until else []
        if self._taken:
            # What others have written before has to be read, and the connection that we held may
            # be the only one.
            await self._committed(made)
            self._answer(found)

    def _take(self) -> list[Waiting]:
        """Half of many: while the database writes these, the others are answered and heard."""
        most = min(max(len(self._waiting) // 2, FEW), MOST_TOGETHER)
        if self._suspects:
            self._suspects -= 1
            most = 1
        taken: list[Waiting] = []
        while self._waiting and len(taken) < most:
            draft, future = self._waiting.popleft()
            # Whoever lost patience has been told so; what was not begun is not done.
            if not future.done():
                taken.append((draft, future))
        return taken

    def _answer(self, found: Sequence[Posted | None]) -> None:
        for (_, future), posted in zip(self._taken, found, strict=True):
            if future.done():
                continue
            if posted is None:
                future.set_exception(Refusal("not_found", "reply_to"))
            else:
                future.set_result(posted)
        self._settle()

    def _fail(self, error: Exception) -> None:
        for _, future in self._taken:
            if not future.done():
                future.set_exception(error)
        self._settle()

    def _settle(self) -> None:
        self._taken = []
        self._settled.set()

    def _suspect(self, error: Exception) -> None:
        """One of them is at fault, and its neighbours are not: each goes again for itself."""
        if len(self._taken) == 1:
            self._fail(error)
        else:
            self._suspects = len(self._taken)
            self._waiting.extendleft(reversed(self._taken))
            self._taken = []


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
