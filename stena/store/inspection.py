"""Facts of a database that the doctor checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stena.store import revision

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg import Record

    from stena.store.database import Connection, Database
    from stena.store.revision import SchemaState


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts, as the database user of the wall sees them.

    Attributes:
        version: in PostgreSQL's numbering: 180006 is 18.6.
        encrypted: whether this connection is encrypted.
        local: the connection is over a Unix socket or the loopback interface, where nobody can
            listen in.
        private: the server's address is a private one (RFC 1918, RFC 4193).
        writable: False on a standby.
        may_create: whether the user may create tables, which a migration does.
        may_use: whether the user may read and write messages; None if the table does not exist.
        connections: how many connections this user may have open at once.
        now: the time of the server's clock.
        schema_state: the revision, compared with this release's migrations.
        shares_sessions: a pooler gives each transaction another session.
        unfit: why the database cannot hold all words; None if it can.
    """

    version: int
    encrypted: bool
    local: bool
    private: bool
    writable: bool
    may_create: bool
    may_use: bool | None
    connections: int
    now: datetime
    schema_state: SchemaState
    shares_sessions: bool
    unfit: str | None


async def inspect(database: Database) -> Facts:
    """The facts of a database; `database` is one that expects a pooler."""
    async with database.connection() as connection:
        facts, schema_state = await _facts(connection), await revision.schema_state(connection)
        why = await unfit(connection)
    shared = await shares_sessions(database)
    return Facts(**facts, schema_state=schema_state, shares_sessions=shared, unfit=why)


async def unfit(connection: Connection) -> str | None:
    """Why the database cannot hold all words, by how it was created; None if it can."""
    encoding = await connection.fetchval("SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        return f"its encoding is {encoding}, which does not have all letters"
    return None


async def shares_sessions(database: Database) -> bool:
    """Whether a pooler gives each transaction another session; in PgBouncer, `transaction`."""
    async with database.connection() as first:
        session = await _session(first)
        if session == first.get_server_pid():
            # No pooler is in between, or it says which session it gave.
            return False
        async with database.connection() as second:
            other = await _session(second)
            # In this order no connection keeps its session if two sessions take turns.
            again = [await _session(one) for one in (second, first, first, second)]
        return session == other or again != [other, session, session, other]


async def _session(connection: Connection) -> int:
    async with connection.transaction():
        number: int = await connection.fetchval("SELECT pg_backend_pid()")
    return number


async def _facts(connection: Connection) -> Record:
    row = await connection.fetchrow(
        """
        SELECT
            current_setting('server_version_num')::int AS version,
            coalesce(
                (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false
            ) AS encrypted,
            coalesce(inet_server_addr() << inet '127.0.0.0/8'
                OR inet_server_addr() = inet '::1', true) AS local,
            coalesce(inet_server_addr() << inet '10.0.0.0/8'
                OR inet_server_addr() << inet '172.16.0.0/12'
                OR inet_server_addr() << inet '192.168.0.0/16'
                OR inet_server_addr() << inet 'fc00::/7', false) AS private,
            NOT pg_is_in_recovery() AS writable,
            coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
            has_table_privilege(to_regclass('message'), 'SELECT')
                AND has_table_privilege(to_regclass('message'), 'INSERT') AS may_use,
            least(
                current_setting('max_connections')::int
                    - current_setting('superuser_reserved_connections')::int,
                (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
                (SELECT nullif(datconnlimit, -1) FROM pg_database
                    WHERE datname = current_database())
            ) AS connections,
            clock_timestamp() AS now
        """
    )
    assert row is not None  # noqa: S101 -- for mypy: a SELECT without FROM has one row
    return row
