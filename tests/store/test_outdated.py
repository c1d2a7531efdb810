"""A newer release alters tables while this one serves: no visitor notices."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from stena.settings import Settings, Wall
from stena.store.connecting import connect
from stena.store.database import Address
from tests.program import PATIENCE
from tests.web.calls import KEY, call, create

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from tests.conftest import Client

TIMES = 4
SOCKET = ".s.PGSQL.5432"
# Of columns that every statement reads, the last of which changes its type to and fro.
ALTERATIONS = (
    "ALTER TABLE message ADD COLUMN new{number} integer",
    "ALTER TABLE message_words ADD COLUMN new{number} integer",
    "ALTER TABLE reaction ADD COLUMN new{number} integer",
    "ALTER TABLE message_words_mark ADD COLUMN new{number} integer",
    "ALTER TABLE message ALTER COLUMN replies TYPE {type}",
    "ALTER TABLE message_words_mark ALTER COLUMN change TYPE {mark}",
    "ALTER TABLE message ALTER COLUMN replies TYPE {back}",
)


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(posts_per_minute=0))


async def test_no_request_fails_while_tables_are_altered(client: Client, address: Address) -> None:
    over = asyncio.Event()
    visitors = [asyncio.create_task(visit(client, number, over)) for number in range(3)]
    connection = await asyncpg.connect(address.url)
    for number in range(TIMES):
        types = {"type": "bigint", "back": "integer", "mark": ("numeric", "bigint")[number % 2]}
        for alteration in ALTERATIONS:
            await connection.execute(alteration.format(number=number, **types))
            # So long that each visitor has prepared what they ask for.
            await asyncio.wait(visitors, timeout=0.1)
    await connection.close()
    over.set()
    assert all(await asyncio.gather(*visitors))


async def test_a_statement_that_is_outdated_again_and_again_is_prepared_again(
    client: Client, address: Address
) -> None:
    one = (await create(client, "word", key=KEY))["id"]
    over = asyncio.Event()

    async def alter() -> None:
        connection = await asyncpg.connect(address.url)
        while not over.is_set():
            for kind in ("bigint", "integer"):
                await connection.execute(f"ALTER TABLE message ALTER replies TYPE {kind}")
        await connection.close()

    altering = asyncio.create_task(alter())
    for path in (f"/m/{one}", "/?before=9999", "/api/messages.list?before=9999") * 30:
        answer = await client.get(path)
        assert answer.status == 200, (path, await answer.text())
    over.set()
    await altering


async def test_a_statement_is_executed_though_its_table_is_altered_each_time_before(
    address: Address, tmp_path: Path
) -> None:
    altering = await asyncpg.connect(address.url)
    await altering.execute("SET lock_timeout = '100ms'")
    kinds = itertools.cycle(("bigint", "integer"))

    async def alter() -> None:
        with suppress(asyncpg.LockNotAvailableError):
            await altering.execute(f"ALTER TABLE message ALTER replies TYPE {next(kinds)}")

    async with before_each_execution(alter, address, tmp_path) as url:
        connection = await connect(Address(url), "stena", seconds=PATIENCE)
        for _ in range(3):
            assert await connection.fetch("SELECT replies FROM message") == []
        await connection.close()
    await altering.close()


@asynccontextmanager
async def before_each_execution(
    act: Callable[[], Awaitable[None]], address: Address, folder: Path
) -> AsyncGenerator[str]:
    """The URL of the database through a proxy that acts before it passes on a statement."""
    real = parse_qs(urlsplit(address.url).query)["host"][0]
    passing = set[asyncio.Task[None]]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        backend = await asyncio.open_unix_connection(f"{real}/{SOCKET}")
        passing.add(asyncio.create_task(pass_on(reader, backend[1])))
        passing.add(asyncio.create_task(pass_on(backend[0], writer)))

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while sent := await reader.read(65536):
            # PostgreSQL's Bind; Execute comes with it. A server sends nothing that begins so.
            if sent[:1] == b"B":
                await act()
            writer.write(sent)
        writer.close()

    async with await asyncio.start_unix_server(accept, folder / SOCKET):
        yield f"postgres://postgres@{urlsplit(address.url).path}?host={folder}"
        await asyncio.gather(*passing)


async def visit(client: Client, number: int, over: asyncio.Event) -> int:
    """All that a visitor can do, until it is over; how often."""
    times = 0
    while not over.is_set():
        one = (await create(client, f"word{number}", key=KEY))["id"]
        reply = (await create(client, "Reply", key=KEY, reply_to=one))["id"]
        await call(client, "react", id=one, kind="love", key=KEY)
        await call(client, "edit", id=one, key=KEY, text=f"word{number} again")
        await call(client, "delete", id=reply, key=KEY)
        await call(client, "react", id=one, kind="love", key=KEY, on=False)
        for path in (f"/api/messages.search?q=word{number}", f"/m/{one}", "/", "/?before=9999"):
            answer = await client.get(path)
            assert answer.status == 200, (path, await answer.text())
        times += 1
    return times
