from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg
import structlog

from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from asyncpg import Record
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[Record] | PoolConnectionProxy[Record]

log = structlog.get_logger(__name__)

# A visitor is answered within 5 seconds, whatever the database does: 4 for it, 1 for us.
PATIENCE = 4.0
BETWEEN_TRIES = 0.5


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is.

    Attributes:
        url: postgres:// or postgresql://, with the password in it.
        require_ssl: encrypt or refuse; the certificate is not checked, for small plans of
            hosts sign theirs themselves. `sslmode=verify-full` in the URL does check it.
    """

    url: str
    require_ssl: bool = False

    def __repr__(self) -> str:
        return f"Address({urlsplit(self.url).hostname})"

    def arguments(self) -> dict[str, Any]:
        """What asyncpg's `connect` and `create_pool` take."""
        asked = parse_qs(urlsplit(self.url).query).get("sslmode", [""])[-1]
        if self.require_ssl and asked not in {"verify-ca", "verify-full"}:
            return {"dsn": self.url, "ssl": "require"}
        return {"dsn": self.url}


class Database:
    """A pool of connections that never makes a visitor wait for long."""

    def __init__(self, pool: asyncpg.Pool[Record]) -> None:
        self._pool = pool

    @classmethod
    @asynccontextmanager
    async def open(cls, address: Address, *, pool_size: int) -> AsyncGenerator[Database]:
        """Connections are made when they are first needed, so this does not wait for any."""
        pool = asyncpg.create_pool(
            **address.arguments(),
            min_size=0,
            max_size=pool_size,
            timeout=PATIENCE,
            reset=_keep_as_is,
            server_settings={
                "application_name": "stena",
                # What we stopped waiting for, the server stops doing.
                "statement_timeout": f"{PATIENCE:.0f}s",
                "idle_in_transaction_session_timeout": f"{PATIENCE:.0f}s",
            },
        )
        async with pool:
            try:
                yield cls(pool)
            finally:
                # Whoever still holds a connection had the time of the graceful stop.
                pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """A connection for one transaction, PATIENCE seconds at most from asking to commit.

        Raises:
            Refusal: unavailable, where the database is absent, frozen, starting or full: a
                statement in flight may have been committed all the same; not_migrated.
        """
        try:
            async with self._connection() as connection:
                yield connection
        except Refusal as refusal:
            # That a visitor asks for what is not there is no failure of the database.
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
        try:
            async with asyncio.timeout(PATIENCE):
                connection = await self._acquired()
                try:
                    yield connection
                except (asyncio.CancelledError, TimeoutError):
                    # A frozen server would never answer a polite release.
                    connection.terminate()
                    raise
                finally:
                    await self._pool.release(connection)
        except asyncpg.DataError:
            raise
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
            raise Refusal("not_migrated") from error
        except _UNAVAILABLE as error:
            raise Refusal("unavailable") from error

    async def _acquired(self) -> PoolConnectionProxy[Record]:
        try:
            return await self._pool.acquire()
        except (asyncpg.PostgresError, ValueError) as error:
            # Whatever it says before it lets us in, nothing of ours was at fault.
            raise Refusal("unavailable") from error

    async def wait(self, seconds: float) -> None:
        """Return when the database answers.

        Raises:
            Refusal: unavailable; its cause is what the last try ended with.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds
        told = ""
        while True:
            try:
                async with self._connection() as connection:
                    await connection.execute("SELECT 1")
            except Refusal as refusal:
                if clock() >= deadline or _is_hopeless(refusal.__cause__):
                    raise
                if told != (reason := _cause(refusal)):
                    log.info("waiting_for_database", seconds=seconds, reason=reason)
                    told = reason
                await asyncio.sleep(BETWEEN_TRIES)
            else:
                return


def plainly(error: BaseException) -> str:
    """One line for an operator; asyncpg puts no password in its messages."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def remedy(error: BaseException) -> str:
    """One sentence: what an operator may do."""
    if _has_no_tls(error):
        return (
            "It has no TLS, and postgres.require_ssl is true: set it to false only where nobody "
            "can listen between the two."
        )
    if "pg_hba.conf" in str(error):
        # Of the same class as a wrong user, but the user may be right.
        return (
            "Where it says “no encryption”, set STENA_POSTGRES__REQUIRE_SSL=true; else let this "
            "machine in, in pg_hba.conf there."
        )
    for kinds, sentence in _REMEDIES:
        if isinstance(error, kinds):
            return sentence
    return "Check postgres.database_url, and what PostgreSQL says in its log there."


MAY_NOT = (
    "Let the user of postgres.database_url do it, as the database's owner: GRANT ALL ON SCHEMA "
    "public TO name; GRANT ALL ON ALL TABLES IN SCHEMA public TO name;"
)
_REMEDIES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        (
            "The user or the password in postgres.database_url is wrong or was changed: take the "
            "present URL from where the database was made."
        ),
    ),
    (
        asyncpg.InvalidCatalogNameError,
        "Create that database, or correct the name at the end of postgres.database_url.",
    ),
    (asyncpg.InsufficientPrivilegeError, MAY_NOT),
    (
        asyncpg.UndefinedObjectError,
        "Take that parameter out of the end of postgres.database_url.",
    ),
    (
        (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError),
        "Bring it up to date: python -m stena migrate",
    ),
    (socket.gaierror, "Correct the host in postgres.database_url: nobody knows that name."),
    (
        ConnectionRefusedError,
        "Start PostgreSQL there, or correct host and port in postgres.database_url.",
    ),
    (
        asyncpg.TooManyConnectionsError,
        "All its connections are taken: set postgres.pool_size lower, or stop what else uses them.",
    ),
    (
        asyncpg.LockNotAvailableError,
        "Another program holds a table that has to change: try again when it is done.",
    ),
    (
        (asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError),
        (
            "Something of another program's has that name: rename it, or give the wall a database "
            "of its own in postgres.database_url."
        ),
    ),
    (
        ssl.SSLCertVerificationError,
        (
            "The certificate is not that of the host in postgres.database_url, or not signed by "
            "the authority in its sslrootcert: correct them."
        ),
    ),
    (
        TimeoutError,
        (
            "It is frozen, or a firewall is in between: check that PostgreSQL runs at the host in "
            "postgres.database_url and lets this machine in."
        ),
    ),
)


def _is_hopeless(error: BaseException | None) -> bool:
    """Waiting does not mend it."""
    return _has_no_tls(error) or isinstance(
        error,
        asyncpg.InvalidAuthorizationSpecificationError
        | asyncpg.InvalidCatalogNameError
        | asyncpg.UndefinedObjectError
        | asyncpg.ClientConfigurationError
        # What cannot be read in the URL; a certificate that fails the check is one too.
        | ValueError,
    )


def _has_no_tls(error: BaseException | None) -> bool:
    # asyncpg has no class of its own for it.
    return isinstance(error, ConnectionError) and "rejected SSL" in str(error)


def _cause(refusal: Refusal) -> str:
    return plainly(refusal.__cause__ or refusal)


async def _keep_as_is(_: object) -> None:
    # asyncpg rolls back what was left open; its own reset asks the server to forget session
    # settings that we never make, a round trip for each use of a connection.
    return


# The way to the server is broken, or the server says that it can't now. A mistake in a
# statement is not among them: that is a bug of ours, and answered as one. DataError, which
# is an InterfaceError, is such a mistake.
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
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.PostgresSystemError,
)
