"""The total order of changes: one lock that assigns numbers, one channel that announces them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from stena.deadline import held

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from stena.change import Change
    from stena.store.database import Connection, Database

# Ids and change numbers are assigned under this advisory lock, one transaction at a time, so
# their order is the order of commits: a reader that saw 7 never meets a 6 committed later. The
# value only identifies the lock.
ORDER_LOCK = 7_836_201

# How long a transaction may hold the lock without a statement. All posts of all processes wait for
# a process that is frozen in between; the server ends its transaction.
IDLE_LIMIT = "2s"

# The channel on which committed changes are announced; the payload is the newest number.
CHANNEL = "stena"

# SQL: a statement that makes changes selects this from them. PostgreSQL delivers the
# notification after the commit, or never.
ANNOUNCE = f"pg_notify('{CHANNEL}', max(change)::text)"
# The same where messages may be written that are not shown. If all are, the payload is the first
# and the newest number: other processes need not read them, nor drop what they have cached.
ANNOUNCE_SHOWN = f"""
    pg_notify('{CHANNEL}', CASE WHEN bool_or(state = 'visible') THEN max(change)::text
        ELSE min(change) || '-' || max(change) END)
"""


async def announce(connection: Connection, made: Sequence[Change]) -> None:
    """Announce changes that were made by several statements, when their transaction commits."""
    if made:
        first, last = made[0].number, made[-1].number
        is_shown = any(change.kind(first - 1) for change in made)
        payload = f"{last}" if is_shown else f"{first}-{last}"
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)


@asynccontextmanager
async def ordered(connection: Connection) -> AsyncGenerator[None]:
    """A transaction that holds the order lock, so no other change commits in between.

    A statement sees what was committed when it began. The lock is taken by a statement of its
    own, so that the next one sees every earlier change: in one statement, a reply could answer a
    message that was deleted while it waited.
    """
    async with connection.transaction():
        # The limit is set for this transaction and not for the session, since behind a pooler the
        # server's session is another client's next.
        await connection.execute(
            """
            SELECT set_config('idle_in_transaction_session_timeout', $2, true),
                pg_advisory_xact_lock($1)
            """,
            ORDER_LOCK,
            IDLE_LIMIT,
        )
        yield


class Turns:
    """Gives one connection at a time to what will wait for the order lock.

    What waits for the lock on connections of its own leaves none to those who only read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """As Database.connection; waiting for the turn counts too."""
        async with held(self._turn), self._database.connection() as connection:
            yield connection
