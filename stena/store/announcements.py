"""What other processes announce: changes that they committed, and how many readers they have."""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import asyncpg
import structlog

from stena.deadline import PATIENCE
from stena.store import audience, desk_change
from stena.store.connecting import connect
from stena.store.order import CHANNEL
from stena.store.remedies import plainly

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from stena.store.database import Address


class Announced(NamedTuple):
    """Committed changes.

    Attributes:
        last: the number of the newest one.
        hidden_from: the changes from this number on are all of messages that were never shown;
            None if nothing is known of them.
    """

    last: int
    hidden_from: int | None = None


# Committed changes; "look" if some may have been missed; "lost" if none will be announced until the
# next "look".
Announcement: TypeAlias = Announced | Literal["look", "lost"]

log = structlog.get_logger(__name__)

# Between reconnects, doubling; each random up to twice as long, so that processes do not
# reconnect all at once.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
# A connection that was silent for so long is probed, and has as long to answer.
SILENCE = 2.0
POLL = 1.0
# As stena/store/order.py announces them. No change has a longer number.
ANNOUNCED = re.compile("(?:([0-9]{1,18})-)?([0-9]{1,18})", re.ASCII)


async def listen(
    address: Address,
    update_audience: Callable[[str, int, bytes], None],
    wake_desk: Callable[[], None],
    make_room: Callable[[], Awaitable[None]],
) -> AsyncGenerator[Announcement]:
    """Yield committed changes as PostgreSQL announces them (LISTEN).

    Several may be combined into one. `update_audience` is called with the name of a
    process and its number of readers whenever a process announces them; `wake_desk` whenever what
    the desk shows may have changed beside messages; `make_room` when the server has no connection
    left for this.
    """
    clock = asyncio.get_running_loop().time
    pause = FIRST_PAUSE
    while True:
        refused = False
        try:
            async with aclosing(_listen_once(address, update_audience, wake_desk)) as announced:
                async for announcement in announced:
                    pause = FIRST_PAUSE
                    yield announcement
        except (
            OSError,
            TimeoutError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        ) as error:
            log.warning("listening_lost", reason=plainly(error))
            refused = isinstance(error, asyncpg.TooManyConnectionsError)
        yield "lost"
        if refused:
            await make_room()
        until = clock() + pause * random.uniform(1, 2)  # noqa: S311 -- no secret
        pause = min(pause * 2, LONGEST_PAUSE)
        while (left := until - clock()) > 0:
            await asyncio.sleep(min(left, POLL))
            if left > POLL:
                # LISTEN can fail although the database answers: it has no connection left.
                yield "look"


async def _listen_once(
    address: Address,
    update_audience: Callable[[str, int, bytes], None],
    wake_desk: Callable[[], None],
) -> AsyncGenerator[Announcement]:
    """The same on one connection, until that is closed."""
    connection = await connect(address, "stena listen", seconds=PATIENCE)
    try:
        listener = _Listener()
        await connection.add_listener(CHANNEL, listener.receive)
        await connection.add_listener(
            audience.CHANNEL,
            lambda *received: audience.receive(str(received[-1]), update_audience),
        )
        await connection.add_listener(desk_change.CHANNEL, lambda *_: wake_desk())
        connection.add_termination_listener(listener.wake)
        yield "look"
        clock = asyncio.get_running_loop().time
        looked = clock()
        while not connection.is_closed():
            arrived = await listener.wait(SILENCE)
            if connection.is_closed():
                break
            if not arrived:
                await connection.fetchval("SELECT 1", timeout=SILENCE)
            # A release that announces nothing may be running too, and the database may have gone
            # back however much is announced.
            elif not listener.went_back and clock() - looked < SILENCE:
                yield listener.take()
                continue
            listener.take()
            yield "look"
            looked = clock()
    finally:
        connection.terminate()


async def poll() -> AsyncGenerator[Announcement]:
    """Yield "look" once a second, for a pooler in front of PostgreSQL that forbids LISTEN."""
    while True:
        yield "look"
        await asyncio.sleep(POLL)


class _Listener:
    """What arrived on a connection since the last `wait`."""

    def __init__(self) -> None:
        self._newest = 0
        # From which number on the changes that arrived are all of messages that were never shown.
        self._hidden_from: int | None = None
        self._is_first = True
        # Numbers are announced in their order, unless the database is another one by now.
        self.went_back = False
        self._arrived = asyncio.Event()

    def receive(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        # Anyone with a connection to the database can announce anything.
        if announced := ANNOUNCED.fullmatch(str(payload)):
            first, last = announced[1], int(announced[2])
            self.went_back = self.went_back or last <= self._newest
            if first is None:
                self._hidden_from = None
            elif self._is_first:
                self._hidden_from = int(first)
            elif self._hidden_from is not None and int(first) != self._newest + 1:
                self._hidden_from = None
            self._is_first = False
            self._newest = last
            self._arrived.set()

    def take(self) -> Announced:
        """What arrived since the last call."""
        self.went_back = False
        self._is_first = True
        return Announced(self._newest, self._hidden_from)

    def wake(self, _connection: object) -> None:
        self._arrived.set()

    async def wait(self, seconds: float) -> bool:
        """Whether something arrived within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        except TimeoutError:
            return False
        self._arrived.clear()
        return True
