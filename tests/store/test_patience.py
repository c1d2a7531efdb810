"""A visitor is answered within 5 seconds, whatever the network to the database does."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from aiohttp import ClientSession

from stena.deadline import PATIENCE
from stena.store.order import ORDER_LOCK
from tests.article.tls import without_tls
from tests.patient import waiting
from tests.program import PLAIN, eventually, running
from tests.web.calls import KEY, call, create

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from contextlib import AbstractAsyncContextManager

    from aiohttp import ClientResponse

    from stena.store.database import Address
    from tests.article.tls import Way

    Answer: TypeAlias = tuple[str, int, float]

# The deadline here, and when the last answer is there on a busy machine: before a second wait for
# the database would be over.
DEADLINE, LIMIT = 10.0, 19.0
BLOCKED = """
    SELECT count(*) FROM pg_locks WHERE NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
def way(address: Address) -> Generator[Way]:
    [folder] = parse_qs(urlsplit(address.url).query)["host"]
    with without_tls(Path(folder) / ".s.PGSQL.5432") as way:
        yield way


def test_of_the_five_seconds_one_is_left_for_the_answer() -> None:
    assert PATIENCE + 1 <= 5


async def test_a_network_that_is_cut_keeps_nobody_waiting(
    tmp_path: Path, address: Address, way: Way
) -> None:
    variables = {"DATABASE_URL": way.url(address), "STENA_POSTGRES__POOL_SIZE": "12"}
    with running(*waiting(DEADLINE), errors=tmp_path / "log", **variables) as program:  # type: ignore[arg-type]  # none is cwd
        async with ClientSession(program.url) as client:
            one = (await create(client, "Question", key=KEY))["id"]
            found = await client.get("/api/messages.search?q=question")
            assert found.status == 200
            async with locked(address) as blocked:
                asking = [
                    asked(client, "create", text="x"),
                    asked(client, "edit", id=one, key=KEY, text="y"),
                    asked(client, "react", id=one, kind="love", key=KEY),
                    asked(client, "delete", id=one, key=KEY),
                    opened(client, "/api/messages.search?q=question"),
                ]
                # The post, the search, and one of those that take turns for a connection.
                await blocked(3)
                way.cut = True
                asking += [
                    opened(client, f"/m/{one}"),
                    opened(client, "/?before=9"),
                    opened(client, "/sitemap.xml"),
                    # Somebody who has seen a change that this process has not.
                    opened(client, "/", Cookie="seen=99"),
                ]
                answers = await asyncio.gather(*asking)
            for what, status, seconds in answers:
                assert status == 503, what
                assert seconds < LIMIT, what
            way.cut = False
            while (await client.get("/readyz")).status != 200:  # noqa: ASYNC110 -- HTTP sets no event
                await asyncio.sleep(0.02)
            assert await call(client, "react", id=one, kind="love", key=KEY)


async def test_a_page_that_fails_when_nobody_waits_any_more_is_no_error(
    tmp_path: Path, address: Address, way: Way
) -> None:
    with running(*PLAIN, errors=tmp_path / "log", DATABASE_URL=way.url(address)) as program:
        async with ClientSession(program.url) as client:
            way.cut = True
            _, status, _ = await opened(client, "/?thread=not-in-memory")
        assert status == 503
        eventually(lambda: "database_failed" in program.log)
        program.stop()
        assert "never retrieved" not in program.log


@asynccontextmanager
async def locked(address: Address) -> AsyncGenerator[Callable[[int], Awaitable[None]]]:
    """Nobody can write or search; yields how to wait until so many do wait."""
    connection = await asyncpg.connect(address.url)

    async def blocked(number: int) -> None:
        async with asyncio.timeout(60):
            while await connection.fetchval(BLOCKED) < number:  # noqa: ASYNC110 -- a database sets no event
                await asyncio.sleep(0.02)

    async with connection.transaction():
        await connection.execute("LOCK TABLE message_words")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", ORDER_LOCK)
        yield blocked
    await connection.close()


def asked(client: ClientSession, method: str, **fields: object) -> asyncio.Task[Answer]:
    return asyncio.create_task(_answer(method, client.post(f"/api/messages.{method}", json=fields)))


def opened(client: ClientSession, path: str, **headers: str) -> asyncio.Task[Answer]:
    return asyncio.create_task(_answer(path, client.get(path, headers=headers)))


async def _answer(what: str, asking: AbstractAsyncContextManager[ClientResponse]) -> Answer:
    """The status, and after how many seconds it came."""
    began = time.monotonic()
    async with asking as response:
        await response.read()
    return what, response.status, time.monotonic() - began
