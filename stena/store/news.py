from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import asyncpg
import structlog

from stena.store.database import PATIENCE, plainly
from stena.store.message import CHANNEL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.store.database import Address

log = structlog.get_logger(__name__)

# Between tries after a lost connection, doubling; each made up to twice as long by chance, so
# that processes do not come back all at once.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
# A connection that was silent for so long is asked whether it is still there.
SILENCE = 15.0
POLL = 1.0


async def heard(address: Address) -> AsyncGenerator[int | None]:
    """The numbers of committed changes, as PostgreSQL announces them (LISTEN).

    Several may be told as one, the newest. None means that something may have been missed:
    at the start, after each gap in the connection, and now and then.
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
                connection.add_termination_listener(ear.lose)
                pause = FIRST_PAUSE
                yield None
                while not connection.is_closed():
                    if await ear.wait(SILENCE):
                        yield ear.newest
                    else:
                        await connection.fetchval("SELECT 1", timeout=PATIENCE)
                        # A release that does not announce its changes may be at work too.
                        yield None
            finally:
                connection.terminate()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("listening_lost", reason=plainly(error))
        await asyncio.sleep(pause * random.uniform(1, 2))  # noqa: S311 -- nothing to guess
        pause = min(pause * 2, LONGEST_PAUSE)


async def polled() -> AsyncGenerator[None]:
    """A reminder to look, for where a pooler between us and PostgreSQL forbids LISTEN."""
    while True:
        yield None
        await asyncio.sleep(POLL)


class _Ear:
    """What a connection said since it was last asked."""

    def __init__(self) -> None:
        self.newest: int | None = None
        self._said = asyncio.Event()

    def hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self.newest = max(self.newest or 0, int(str(payload)))
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
