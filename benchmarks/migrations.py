"""How long each migration takes on a large table, and what the release before notices of it.

    PYTHONPATH=. .venv/bin/python -m benchmarks.migrations 10000000

It makes a database as the revision BEFORE had it, with that many messages, and runs
`python -m stena migrate` on it, while one loop posts and one reads by the statements of that time.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from stena.store import embedded
from stena.store.order import ORDER_LOCK
from tests.program import ROOT, ended, environment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

# The last revision before the team and its decisions.
BEFORE = "c3a85f0e16d2"
RUNNING = re.compile(r"Running upgrade \w* -> (\w+)")
# One in so many messages is hidden, which only an owner can have done, by hand.
HIDDEN_EVERY = 10_000
FILL = f"""
    INSERT INTO message (text, name, state, author, once)
    SELECT 'Message ' || n || repeat(' and some words', (n % 10)::integer), 'Name ' || n % 1000,
        CASE WHEN n % {HIDDEN_EVERY} = 0 THEN 'hidden' ELSE 'visible' END,
        sha256(int8send(n % 100000)), substr(sha256(int8send(n)), 1, 16)
    FROM generate_series($1::bigint, $2::bigint) AS n
"""  # noqa: S608 -- a constant
PORTION = 500_000
POST = f"""
    WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock({ORDER_LOCK}))
    INSERT INTO message (text, name, once, thread, author)
    SELECT 'Meanwhile', NULL, substr(sha256(random()::text::bytea), 1, 16), '', NULL FROM locked
    RETURNING id, created, change
"""  # noqa: S608 -- as above
READ = """
    SELECT id, text, name, created, edited, replies, reactions FROM message
    WHERE thread = '' AND state = 'visible' AND parent IS NULL ORDER BY id DESC LIMIT 50
"""


@dataclass(slots=True)
class Waits:
    """The longest post and the longest read while one migration ran, in seconds."""

    began: float = field(default_factory=time.monotonic)
    ended: float = 0
    longest: dict[str, float] = field(default_factory=lambda: {POST: 0.0, READ: 0.0})


async def main(messages: int) -> None:
    with tempfile.TemporaryDirectory() as name, embedded.run(Path(name) / "postgres") as url:
        done = ended("alembic", "upgrade", BEFORE, cwd=ROOT, PYTHONPATH=".", DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        await _fill(url, messages)
        waits: dict[str, Waits] = {"": Waits()}
        loops = [asyncio.create_task(_ask(url, what, waits)) for what in (POST, READ)]
        await asyncio.sleep(1)
        try:
            async for revision in _migrations(url):
                list(waits.values())[-1].ended = time.monotonic()
                waits[revision] = Waits()
            list(waits.values())[-1].ended = time.monotonic()
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops)
    print(f"{messages} messages\nrevision       seconds  longest post  longest read")
    for revision, wait in waits.items():
        post, read = wait.longest[POST], wait.longest[READ]
        print(
            f"{revision or 'none yet':12} {wait.ended - wait.began:9.2f} {post:13.3f} {read:13.3f}"
        )


async def _fill(url: str, messages: int) -> None:
    connection = await asyncpg.connect(url)
    for first in range(1, messages + 1, PORTION):
        await connection.execute(FILL, first, min(first + PORTION - 1, messages))
    await connection.execute("VACUUM ANALYZE message")
    await connection.close()


async def _ask(url: str, what: str, waits: dict[str, Waits]) -> None:
    connection = await asyncpg.connect(url)
    while True:
        # It counts for the migration that ran when it began.
        now = list(waits.values())[-1]
        began = time.monotonic()
        await connection.fetch(what)
        now.longest[what] = max(now.longest[what], time.monotonic() - began)


async def _migrations(url: str) -> AsyncGenerator[str]:
    """Migrate; yield each revision when its migration begins."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stena", "migrate"),
        cwd=ROOT,
        env=environment(DATABASE_URL=url, STENA_LOGGING__FORMAT="text"),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    async for line in process.stderr:
        if found := RUNNING.search(line.decode()):
            yield found[1]
    if await process.wait():
        raise SystemExit("The migration failed.")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
