"""How the wall connects to PostgreSQL: to serve, to listen, to migrate."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import asyncpg

from stena.store.pooled import PooledConnection, limits

if TYPE_CHECKING:
    from asyncpg import Record

    from stena.store.database import Address

# A host that hangs must leave time for the others: two of them may hang within PATIENCE.
HOST_SECONDS = 1.3


async def connect(
    address: Address, name: str, *, seconds: float, limit: float | None = None
) -> asyncpg.Connection[Record]:
    """A connection to the first host of the address that answers and is of the kind it asks for.

    Args:
        address: where the database is.
        name: what PostgreSQL calls the connection, in pg_stat_activity.
        seconds: how long to try, all hosts together.
        limit: how many seconds a statement, or a pause in a transaction, may take; None for the
            server's own limits.

    Raises:
        OSError, asyncpg.PostgresError, asyncpg.InternalClientError: as the driver, for the first
            host that failed.
        ValueError, asyncpg.ClientConfigurationError: the URL cannot be read.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    urls = one_by_one(address.url)
    failed: list[Exception] = []
    for place, url in enumerate(urls):
        share = (deadline - clock()) / (len(urls) - place)
        if url is not urls[-1]:
            share = min(share, HOST_SECONDS)
        try:
            async with asyncio.timeout(share):
                return await _connect(address, url, name, limit)
        except _TRY_NEXT as error:
            failed.append(error)
    # That no host is of the right kind is the consequence of an error before it.
    raise min(failed, key=lambda error: isinstance(error, asyncpg.TargetServerAttributeNotMatched))


def one_by_one(url: str) -> list[str]:
    """The URL with each of its hosts alone, in their order."""
    scheme, _, rest = url.partition("://")
    before, _, query = rest.partition("?")
    authority, slash, name = before.partition("/")
    user, at, hosts = authority.rpartition("@")
    parameters = dict(parse_qsl(query))
    if parameters.get("target_session_attrs") == "prefer-standby":
        # Which host is preferred is only known when all have been asked.
        return [url]
    if hosts:
        tail = f"{slash}{name}?{query}" if query else f"{slash}{name}"
        return [f"{scheme}://{user}{at}{host}{tail}" for host in hosts.split(",")]
    folders = parameters.get("host", "").split(",")
    ports = parameters.get("port", "").split(",")
    if len(ports) == 1:
        ports *= len(folders)
    if len(folders) == 1 or len(ports) != len(folders):
        return [url]
    return [
        f"{scheme}://{user}{at}{slash}{name}?{urlencode(parameters | {'host': host, 'port': port})}"
        for host, port in zip(folders, ports, strict=True)
    ]


async def _connect(
    address: Address, url: str, name: str, limit: float | None
) -> asyncpg.Connection[Record]:
    # Of the settings that a startup packet may have, poolers take the name and no limits.
    named = {"application_name": name}
    if address.pooled:
        pooled: PooledConnection = await asyncpg.connect(
            **address.arguments(url),
            server_settings=named,
            statement_cache_size=0,
            connection_class=PooledConnection,
        )
        pooled.limit = limit
        return pooled
    connection: asyncpg.Connection[Record] = await asyncpg.connect(
        **address.arguments(url), server_settings=named
    )
    try:
        if limit is not None:
            await connection.execute(limits("SET", limit))
    except BaseException:
        # A close would wait for an answer.
        connection.terminate()
        raise
    return connection


# The same errors after which the driver tries its next host, and those of one that breaks off.
_TRY_NEXT = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TargetServerAttributeNotMatched,
)
