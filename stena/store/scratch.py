"""A database for a while, beside that of the wall, to try a restore in."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.store.database import Address, Connection

# One at a time for each database; the number is arbitrary.
SCRATCH_LOCK = 7_836_203


@asynccontextmanager
async def database(connection: Connection, address: Address) -> AsyncGenerator[Address]:
    """An empty database on the same server; it is dropped at the end.

    Args:
        connection: one to the wall's database, in no transaction.
        address: where that is.
    """
    # The lock ends with the connection, also if this process is killed; what that leaves is
    # dropped by the next one.
    await connection.execute(f"SELECT pg_advisory_lock({SCRATCH_LOCK})")
    oid = await connection.fetchval(
        "SELECT oid FROM pg_database WHERE datname = current_database()"
    )
    name = f"stena_check_{oid}"
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    # Not of template1, which may have something in it.
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield _beside(address, name)
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.execute(f"SELECT pg_advisory_unlock({SCRATCH_LOCK})")


def _beside(address: Address, name: str) -> Address:
    parts = urlsplit(address.url)
    parameters = dict(parse_qsl(parts.query))
    for also in ("dbname", "database"):
        parameters.pop(also, None)
    url = parts._replace(path=f"/{name}", query=urlencode(parameters)).geturl()
    return replace(address, url=url)
