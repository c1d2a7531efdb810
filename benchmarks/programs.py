"""The programs that are compared, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import asyncpg

from stena.store import migration
from stena.store.database import Address
from tests.program import PLAIN, ROOT, environment, post, running

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.program import Program


# The id of the first message on a filled wall.
FIRST = 1_000_001


def wall(folder: Path, url: str, processes: int = 1) -> AbstractContextManager[Program]:
    """The wall on the database at `url`, without a rate limit: all clients share an address."""
    return running(
        *PLAIN,
        errors=folder / "wall.log",
        DATABASE_URL=url,
        STENA_WALL__POSTS_PER_MINUTE="0",
        STENA_WALL__READS_PER_MINUTE="0",
        WEB_CONCURRENCY=str(processes),
    )


@contextmanager
def program(module: str, folder: Path, **variables: str) -> Generator[str]:
    """Run a program of this folder. Yield its address, the first line of its output."""
    with (folder / f"{module}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=environment(PYTHONPATH=str(ROOT), **variables),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        # Its child processes too.
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()


echo = partial(program, "benchmarks.echo")
peer = partial(program, "benchmarks.peers.fastapi_wall")


def database(url: str, name: str) -> str:
    """The URL of a new database on the server at `url`."""

    async def create() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    asyncio.run(create())
    return url.replace("/postgres?", f"/{name}?")


def filled(url: str, name: str, size: int) -> str:
    """The URL of a new wall of `size` messages of about a hundred characters each.

    Ids begin at the same number on each wall, so that equal pages have the same size.
    """

    async def prepare(address: Address) -> None:
        await migration.upgrade(address, naive_time_zone="UTC")
        connection = await asyncpg.connect(address.url)
        await fill(connection, size)
        await connection.close()

    made = database(url, name)
    asyncio.run(prepare(Address(made)))
    return made


async def fill(connection: asyncpg.Connection[asyncpg.Record], size: int) -> None:
    await connection.execute(
        "SELECT setval(pg_get_serial_sequence('message', 'id'), $1::int)", FIRST - 1
    )
    await connection.execute(
        "INSERT INTO message (text, name) "
        "SELECT repeat('words ', 15) || 1000000 + number, 'visitor ' || number % 10 "
        "FROM generate_series(1, $1::int) AS number",
        size,
    )
    await connection.execute("VACUUM ANALYZE message")


def leave(url: str, text: str) -> dict[str, object]:
    """Post a message. Return it as the wall does."""
    body = json.dumps({"text": text}).encode()
    _, answer = post(f"{url}/api/messages.create", body, "application/json")
    message: dict[str, object] = json.loads(answer)["message"]
    return message
