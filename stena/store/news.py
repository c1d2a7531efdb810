from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Literal, TypeAlias

import asyncpg
import structlog

from stena.store import audience
from stena.store.database import PATIENCE, plainly
from stena.store.message import CHANNEL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from stena.store.database import Address

# The number of a committed change; "look" where something may have been missed; "lost" where
# nobody will say, until the next "look".
News: TypeAlias = int | Literal["look", "lost"]

log = structlog.get_logger(__name__)

# Between tries after a lost connection, doubling; each made up to twice as long by chance, so
# that processes do not come back all at once.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
# A connection that was silent for so long is asked whether it is still there, and has as long
# to answer.
SILENCE = 2.0
POLL = 1.0


async def heard(address: Address, count: Callable[[str, int], None]) -> AsyncGenerator[News]:
    """The numbers of committed changes, as PostgreSQL announces them (LISTEN).

    Several may be told as one, the newest. `count` is called with the name of a process and
    how many look at its pages, whenever one says so.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            connection = await asyncpg.connect(
                **address.arguments(),
                timeout=PATIENCE,
                server_settings={"application_name": "stena news"},
            )
            try:
                ear = _Ear()
                await connection.add_listener(CHANNEL, ear.hear)
                await connection.add_listener(
                    audience.CHANNEL, lambda *said: count(*audience.said(str(said[-1])))
                )
                connection.add_termination_listener(ear.lose)
                pause = FIRST_PAUSE
                yield "look"
                while not connection.is_closed():
                    if await ear.wait(SILENCE):
                        if connection.is_closed():
                            break
                        yield ear.newest
                    else:
                        await connection.fetchval("SELECT 1", timeout=SILENCE)
                        # A release that does not announce its changes may be at work too.
                        yield "look"
            finally:
                connection.terminate()
        except (
            OSError,
            TimeoutError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        ) as error:
            log.warning("listening_lost", reason=plainly(error))
        yield "lost"
        await asyncio.sleep(pause * random.uniform(1, 2))  # noqa: S311 -- nothing to guess
        pause = min(pause * 2, LONGEST_PAUSE)


async def polled() -> AsyncGenerator[News]:
    """A reminder to look, for where a pooler between us and PostgreSQL forbids LISTEN."""
    while True:
        yield "look"
        await asyncio.sleep(POLL)


class _Ear:
    """What a connection said since it was last asked."""

    def __init__(self) -> None:
        self.newest = 0
        self._said = asyncio.Event()

    def hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self.newest = max(self.newest, int(str(payload)))
        self._said.set()

    def lose(self, _connection: object) -> None:
        self._said.set()

    async def wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._said.wait()
        except TimeoutError:
            return False
        self._said.clear()
        return True
