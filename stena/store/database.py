from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg
import structlog

from stena.deadline import PATIENCE, deadline
from stena.refusal import Refusal
from stena.store.connecting import connect
from stena.store.remedies import is_hopeless, plainly, remedy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from asyncpg import Record
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[Record] | PoolConnectionProxy[Record]

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5
# The same limit on the server, so that abandoned statements are cancelled.
LIMITS = {"statement_timeout": PATIENCE, "idle_in_transaction_session_timeout": PATIENCE}


@dataclass(frozen=True, slots=True)
class Address:
    """The address of the database.

    Attributes:
        url: postgres:// or postgresql://, including the password.
        require_ssl: fail if the connection is not encrypted. The certificate is not checked,
            since hosts sign those of small plans themselves; `sslmode=verify-full` in the URL
            checks it.
        pooled: a pooler stands before it, which gives each transaction another session.
    """

    url: str
    require_ssl: bool = False
    pooled: bool = False

    def __repr__(self) -> str:
        return f"Address({urlsplit(self.url).hostname})"

    def arguments(self, url: str) -> dict[str, Any]:
        """The arguments for asyncpg's `connect`; `url` has one of the hosts."""
        ssl_mode = parse_qs(urlsplit(url).query).get("sslmode", [""])[-1]
        if self.require_ssl and ssl_mode not in {"verify-ca", "verify-full"}:
            return {"dsn": url, "ssl": "require"}
        return {"dsn": url}


class Database:
    """A pool of connections that limits how long a visitor waits."""

    def __init__(self, address: Address, pool_size: int) -> None:
        self._address = address
        self._pool = asyncpg.create_pool(
            min_size=0, max_size=pool_size, connect=self._new, reset=_no_reset
        )
        # Of those who wait for a connection because the server refused another.
        self._line = asyncio.Lock()
        # A connection was released, or an attempt to make one has ended.
        self._changed = asyncio.Event()
        self._attempts = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, address: Address, *, pool_size: int) -> AsyncGenerator[Database]:
        """Open the pool without waiting: connections are made when they are first needed."""
        database = cls(address, pool_size)
        async with database._pool as pool:
            try:
                yield database
            finally:
                # Requests that still hold a connection had the time of the graceful shutdown.
                pool.terminate()

    async def _new(self, *_: object, **__: object) -> asyncpg.Connection[Record]:
        self._attempts += 1
        try:
            return await connect(self._address, "stena", seconds=PATIENCE, limits=LIMITS)
        finally:
            self._attempts -= 1
            self._changed.set()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """A connection for one transaction. Acquire to commit ends at the `deadline`.

        Raises:
            Refusal: unavailable if the database is down, frozen, starting or out of connections
                (a statement in flight may have been committed all the same); not_migrated.
        """
        try:
            async with self._connection() as connection:
                yield connection
        except Refusal as refusal:
            # Other refusals, such as not_found, are no failure of the database.
            if refusal.code in {"unavailable", "not_migrated"}:
                log.warning(
                    "database_failed",
                    code=refusal.code,
                    reason=_cause(refusal),
                    mend=remedy(refusal.__cause__ or refusal),
                )
            raise

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Connection]:
        until = deadline()
        try:
            connection = await self._acquired(until)
            with _ended_at(until, connection):
                try:
                    yield connection
                except asyncio.CancelledError:
                    # A release waits for an answer, which a frozen server never sends.
                    _end(connection)
                    raise
                finally:
                    await self._pool.release(connection)
                    self._changed.set()
        except asyncpg.DataError:
            raise
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
            raise Refusal("not_migrated") from error
        except _UNAVAILABLE as error:
            raise Refusal("unavailable") from error

    async def _acquired(self, until: float) -> PoolConnectionProxy[Record]:
        refused: asyncpg.TooManyConnectionsError | None = None
        try:
            async with asyncio.timeout_at(until):
                if not self._line.locked():
                    try:
                        return await self._pool.acquire()
                    except asyncpg.TooManyConnectionsError as error:
                        refused = error
                return await self._next_released()
        except (asyncpg.PostgresError, ValueError) as error:
            # An error before the connection is made is no bug in a statement.
            raise Refusal("unavailable") from error
        except TimeoutError as error:
            raise Refusal("unavailable") from refused or error

    async def _next_released(self) -> PoolConnectionProxy[Record]:
        """A connection that the pool has, as the server takes no more; first come, first served.

        Raises:
            asyncpg.TooManyConnectionsError: the pool has none, and is making none.
        """
        async with self._line:
            while True:
                try:
                    # Of one that is free and one that is not made yet it takes the first.
                    return await self._pool.acquire()
                except asyncpg.TooManyConnectionsError:
                    # The pool counts a connection once it is made.
                    if not self._pool.get_size() and not self._attempts:
                        raise
                # This attempt has set it too, so what changed meanwhile is asked of the pool.
                self._changed.clear()
                if not self._pool.get_idle_size():
                    await self._changed.wait()

    async def make_room(self) -> None:
        """Close a connection, so that the server takes one more from elsewhere.

        The last one is kept. Without this, connections that the pool does not need would be closed
        five minutes after they were last used.
        """
        if self._pool.get_size() > 1:
            with suppress(Refusal):
                async with self._connection() as connection:
                    await connection.close()

    async def wait(self, seconds: float) -> None:
        """Return when the database answers.

        Raises:
            Refusal: unavailable; its cause is the error of the last attempt.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds
        logged = ""
        while True:
            try:
                async with self._connection() as connection:
                    await connection.execute("SELECT 1")
            except Refusal as refusal:
                if clock() >= deadline or is_hopeless(refusal.__cause__):
                    raise
                if logged != (reason := _cause(refusal)):
                    log.info("waiting_for_database", seconds=seconds, reason=reason)
                    logged = reason
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return


@contextmanager
def _ended_at(until: float, connection: PoolConnectionProxy[Record]) -> Generator[None]:
    """Raise TimeoutError if the connection is still used at that time.

    It is ended, rather than the task cancelled: a task that is cancelled inside a transaction
    rolls it back first, and waits for an answer to that.
    """
    late = False

    def end() -> None:
        nonlocal late
        late = True
        _end(connection)

    timer = asyncio.get_running_loop().call_at(until, end)
    try:
        yield
    except Exception as error:
        if late:
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()


def _end(connection: PoolConnectionProxy[Record]) -> None:
    # It may have ended, and is the pool's again.
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


def _cause(refusal: Refusal) -> str:
    return plainly(refusal.__cause__ or refusal)


async def _no_reset(_: object) -> None:
    # asyncpg rolls back open transactions itself. Its reset also clears session settings, which
    # we never make, and that costs a round trip for each use of a connection.
    return


# The connection is broken, or the server reports that it cannot serve now. Errors in a statement
# are left out: they are bugs of ours and answered with 500. DataError, which is an
# InterfaceError, is such an error.
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.InterfaceError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.LockNotAvailableError,
    # By a pooler in transaction mode that postgres.listen does not know of.
    asyncpg.DuplicatePreparedStatementError,
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.PostgresSystemError,
)
