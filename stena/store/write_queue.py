from __future__ import annotations

import asyncio
from collections import deque
from contextvars import Context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from stena.deadline import deadline
from stena.refusal import Refusal
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from stena.change import Change
    from stena.store.database import Connection

    Publish = Callable[[Sequence[Change]], bool]
    Committed = Callable[[Sequence[Change]], Awaitable[None]]

# What is asked for, and what came of it.
Asked = TypeVar("Asked")
Done = TypeVar("Done")

# More would not be committed in time on the slowest disk, so they are refused.
MOST_QUEUED = 2000
# A statement of this many messages takes milliseconds, and its arrays fit in a few packets.
LARGEST_BATCH = 200
# One commit for everything that waits would leave the process idle during it. Taking half, but at
# least so many, keeps both busy: 1.4 times the throughput at 64 clients.
SMALL_BATCH = 32
# How long one connection is reused for the next batches: others need it too, and the whole use
# of a connection is limited.
HOLD_SECONDS = 0.1
# The share of time that a queue takes while the one that it yields to is busy.
SHARE = 1 / 5
LONGEST_PAUSE = 0.5


class WriteQueue(Generic[Asked, Done]):
    """Group commit: requests that wait at the same time share statements and a commit.

    A request that arrives while nothing is in flight is written at once; under load the batch size
    follows from the duration of a commit.
    """

    def __init__(
        self,
        connection: Callable[[], AbstractAsyncContextManager[Connection]],
        write: Callable[
            [Connection, Sequence[Asked]], Awaitable[tuple[list[Change], list[Done | Refusal]]]
        ],
        publish: Publish,
        committed: Committed,
        *,
        yields_to: WriteQueue[Any, Any] | None = None,
    ) -> None:
        """Create an empty queue.

        Args:
            connection: opens a connection, as Database.connection.
            write: writes a batch in one transaction; returns the changes that were made, and a
                result for each request.
            publish: called with the changes of each commit, before the requests get their results.
            committed: awaited if `publish` returns False, while no connection is held. Neither
                raises anything.
            yields_to: a queue that is to be slowed down little. While it is busy, this one commits
                more seldom, and larger batches.
        """
        # Looked up once: in Python 3.11 each time costs a system call.
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._write_batch = write
        self._publish = publish
        self._committed = committed
        self._yields_to = yields_to
        self._queued: deque[tuple[Asked, asyncio.Future[Done]]] = deque()
        # The requests that are being written.
        self._batch: list[tuple[Asked, asyncio.Future[Done]]] = []
        # How many requests have to be written one by one.
        self._suspects = 0
        self._writing: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._settled.set()
        self._deadlines = Deadlines()

    async def put(self, asked: Asked) -> Done:
        """Return once it is committed and published.

        Raises:
            Refusal: busy if the queue is full; what `write` refuses; unavailable.
        """
        if len(self._queued) >= MOST_QUEUED:
            raise Refusal("busy")
        result: asyncio.Future[Done] = self._loop.create_future()
        self._queued.append((asked, result))
        self._deadlines.add(result)
        if self._writing is None:
            # It writes for others too, who have other deadlines.
            self._writing = asyncio.create_task(self._write(), context=Context())
        return await result

    def is_busy(self) -> bool:
        """Whether requests are queued or being written."""
        return self._writing is not None

    async def settle(self) -> None:
        """Return when the current batch, if any, is committed and published."""
        await self._settled.wait()

    async def _write(self) -> None:
        clock = self._loop.time
        try:
            while self._queued:
                start = clock()
                # Requests that have arrived by now join the batch: one iteration of the event loop.
                await asyncio.sleep(0)
                self._batch = self._take()
                try:
                    await self._write_batches()
                except Refusal as refusal:
                    self._fail(refusal)
                except Exception as error:  # noqa: BLE001 -- goes to the views, which log it
                    self._suspect(error)
                yields = self._yields_to is not None and self._yields_to.is_busy()
                if yields and not self._suspects:
                    await asyncio.sleep(min((clock() - start) * (1 / SHARE - 1), LONGEST_PAUSE))
        finally:
            self._settled.set()
            self._writing = None

    @again_if_outdated
    async def _write_batches(self) -> None:
        """Commit the batch, and on the same connection the requests that arrive meanwhile."""
        if not self._batch:
            return
        clock = self._loop.time
        async with self._connection() as connection:
            until = clock() + (HOLD_SECONDS if self._yields_to is None else 0)
            while self._batch:
                self._settled.clear()
                made, results = await self._write_batch(
                    connection, [asked for asked, _ in self._batch]
                )
                if not self._publish(made):
                    break
                # The views resume at the next await, when the next batch has been sent.
                self._resolve(results)
                self._batch = self._take() if clock() < until else []
        if self._batch:
            # Changes of other processes have to be read first, and the connection that was held
            # here may be the only one.
            await self._committed(made)
            self._resolve(results)

    def _take(self) -> list[tuple[Asked, asyncio.Future[Done]]]:
        """Take half of the queue, so that the other half is answered meanwhile."""
        most = min(max(len(self._queued) // 2, SMALL_BATCH), LARGEST_BATCH)
        if self._suspects:
            self._suspects -= 1
            most = 1
        batch: list[tuple[Asked, asyncio.Future[Done]]] = []
        while self._queued and len(batch) < most:
            asked, result = self._queued.popleft()
            # What timed out was refused, so it must not be written.
            if not result.done():
                batch.append((asked, result))
        return batch

    def _resolve(self, results: Sequence[Done | Refusal]) -> None:
        for (_, result), done in zip(self._batch, results, strict=True):
            if result.done():
                continue
            if isinstance(done, Refusal):
                result.set_exception(done)
            else:
                result.set_result(done)
        self._settle()

    def _fail(self, error: Exception) -> None:
        for _, result in self._batch:
            if not result.done():
                result.set_exception(error)
        self._settle()

    def _settle(self) -> None:
        self._batch = []
        self._settled.set()

    def _suspect(self, error: Exception) -> None:
        """Put the batch back, to be written one by one: one must not fail the others."""
        if len(self._batch) == 1:
            self._fail(error)
        else:
            self._suspects = len(self._batch)
            self._queued.extendleft(reversed(self._batch))
            self._batch = []


class Deadlines:
    """Refuses requests that waited too long; one timer for all, since deadlines are in order."""

    def __init__(self) -> None:
        self._pending: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, result: asyncio.Future[Any]) -> None:
        while self._pending and self._pending[0][1].done():
            self._pending.popleft()
        until = deadline()
        self._pending.append((until, result))
        if self._timer is None:
            self._timer = result.get_loop().call_at(until, self._expire)

    def _expire(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        while self._pending and (self._pending[0][1].done() or self._pending[0][0] <= loop.time()):
            _, result = self._pending.popleft()
            if not result.done():
                result.set_exception(Refusal("unavailable"))
        if self._pending:
            self._timer = loop.call_at(self._pending[0][0], self._expire)
