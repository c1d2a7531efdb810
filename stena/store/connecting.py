"""How the wall connects to PostgreSQL: to serve, to listen, to migrate."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg

from stena.deadline import PATIENCE
from stena.store.outdated import LastingConnection
from stena.store.pooled import NO_LIMITS, PooledConnection, setting

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg import Record

    from stena.store.database import Address
    from stena.store.pooled import Limits

# A host that hangs must leave time for the others: two of them may hang within PATIENCE.
HOST_SECONDS = 1.3


async def connect(
    address: Address, name: str, *, seconds: float, limits: Limits = NO_LIMITS
) -> asyncpg.Connection[Record]:
    """A connection to the first host of the address that answers and is of the kind it asks for.

    Args:
        address: where the database is.
        name: what PostgreSQL calls the connection, in pg_stat_activity.
        seconds: how long to try, all hosts together.
        limits: the time limits of the session; behind a pooler, of each transaction.

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
                return await _connect(address, url, name, limits)
        except _TRY_NEXT as error:
            failed.append(error)
    # That no host is of the right kind is the consequence of an error before it.
    raise min(failed, key=lambda error: isinstance(error, asyncpg.TargetServerAttributeNotMatched))


async def probe(address: Address) -> dict[str, datetime | Exception | None]:
    """Each host of the address, if it has several, at the same time.

    Returns:
        By the host as the URL has it: when its server was started, which tells two servers apart;
        None if it cannot be written to, as a standby; or why it cannot be used.
    """
    urls = one_by_one(address.url, "any")
    if len(urls) == 1:
        return {}
    found = await asyncio.gather(*(_probe(address, url) for url in urls))
    return dict(zip(map(_host_of, urls), found, strict=True))


def one_by_one(url: str, kind: str = "") -> list[str]:
    """The URL with each of its hosts alone, in their order.

    Args:
        url: one with several hosts and no `target_session_attrs` asks for the host that can be
            written to.
        kind: in place of the URL's `target_session_attrs`.
    """
    scheme, _, rest = url.partition("://")
    before, _, query = rest.partition("?")
    authority, slash, name = before.partition("/")
    user, at, hosts = authority.rpartition("@")
    parameters = dict(parse_qsl(query))
    kind = kind or parameters.get("target_session_attrs", "read-write")
    parameters["target_session_attrs"] = kind
    if kind == "prefer-standby":
        # Which host is preferred is only known when all have been asked.
        return [url]
    if "," in hosts:
        tail = f"{slash}{name}?{urlencode(parameters)}"
        return [f"{scheme}://{user}{at}{host}{tail}" for host in hosts.split(",")]
    folders = parameters.get("host", "").split(",")
    ports = parameters.get("port", "").split(",")
    if len(ports) == 1:
        ports *= len(folders)
    if hosts or len(folders) == 1 or len(ports) != len(folders):
        return [url]
    return [
        f"{scheme}://{user}{at}{slash}{name}?{urlencode(parameters | {'host': host, 'port': port})}"
        for host, port in zip(folders, ports, strict=True)
    ]


async def _probe(address: Address, url: str) -> datetime | Exception | None:
    try:
        async with asyncio.timeout(PATIENCE):
            connection = await _connect(address, url, "stena doctor", NO_LIMITS)
            try:
                started: datetime | None = await connection.fetchval(_WRITABLE_SINCE)
            finally:
                connection.terminate()
    except _UNREACHED as error:
        return error
    return started


def _host_of(url: str) -> str:
    """The one host of a URL and its port, if it has one: nothing of the password."""
    parts = urlsplit(url)
    parameters = dict(parse_qsl(parts.query))
    named = filter(None, (parameters.get("host"), parameters.get("port")))
    return parts.netloc.rpartition("@")[2] or ":".join(named)


async def _connect(
    address: Address, url: str, name: str, limits: Limits
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
        pooled.limits = limits
        return pooled
    connection: asyncpg.Connection[Record] = await asyncpg.connect(
        **address.arguments(url), server_settings=named, connection_class=LastingConnection
    )
    try:
        if statements := setting("SET", limits):
            await connection.execute(statements)
    except BaseException:
        # A close would wait for an answer.
        connection.terminate()
        raise
    return connection


_WRITABLE_SINCE = """
    SELECT pg_postmaster_start_time()
    WHERE NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off'
"""
# What a connection to one host may raise.
_UNREACHED = (
    OSError,
    ValueError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# The same errors after which the driver tries its next host, and those of one that breaks off.
_TRY_NEXT = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TargetServerAttributeNotMatched,
)
