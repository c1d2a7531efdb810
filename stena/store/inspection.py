"""What a database says of itself to who has to look after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stena.store import revision

if TYPE_CHECKING:
    from datetime import datetime

    from stena.store.database import Connection
    from stena.store.revision import Standing


@dataclass(frozen=True, slots=True)
class Facts:
    """As seen by the user that the wall connects as.

    Attributes:
        version: as PostgreSQL numbers it: 180006 is 18.6.
        encrypted: whether this connection is.
        local: over a Unix socket or to this machine, where nobody else listens.
        private: within a network of addresses that are not the Internet's (RFC 1918, RFC 4193).
        writable: False on a standby.
        may_create: whether tables may be made, which a migration does.
        may_use: whether messages may be read and written; None where there is no table yet.
        connections: how many this user may have open at once.
        now: the server's clock.
        standing: among the migrations.
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
    standing: Standing


async def inspect(connection: Connection) -> Facts:
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
    return Facts(**row, standing=await revision.standing(connection))
