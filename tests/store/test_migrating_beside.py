"""A new release migrates a database while the release before it goes on serving."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import asyncpg

from stena.store import revision
from tests.pooler import pgbouncer
from tests.program import PATIENCE, ROOT, environment, eventually
from tests.web.calls import create, listed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client

NEXT = "fffffffffff0"
MIGRATION = f"""
from stena.store import concurrent_index

revision = "{NEXT}"
down_revision = "{revision.NEWEST}"


def upgrade():
    concurrent_index.build("message_created", "message (created)")
"""
BUILDING = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
        AND query LIKE 'CREATE INDEX CONCURRENTLY%'
"""
POOLED = {"STENA_POSTGRES__LISTEN": "false"}
INVALID = (
    "SELECT FROM pg_index WHERE indexrelid = to_regclass('message_created') AND NOT indisvalid"
)
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('message_created')"


async def test_a_start_that_is_killed_while_it_builds_an_index_is_completed_by_the_next(
    client: Client, address: Address, tmp_path: Path
) -> None:
    release, log = next_release(tmp_path), tmp_path / "log"
    async with connected(address) as watching:
        await watching.execute(
            "INSERT INTO message (text) SELECT 'Old' FROM generate_series(1, 5000)"
        )
        # A build waits for older transactions.
        async with connected(address) as older:
            await older.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
            with migrating(release, tmp_path / "first", DATABASE_URL=address.url) as first:
                await until(watching, BUILDING)
                await create(client, "While the index is built")
                first.kill()
            [orphan] = await watching.fetch(BUILDING)
            with (
                pgbouncer(address, tmp_path, "transaction") as pooled,
                migrating(release, log, DATABASE_URL=pooled, **POOLED) as second,
            ):
                # PostgreSQL goes on without its client, and the next start lets it.
                await asyncio.to_thread(
                    eventually, lambda: "for a start that was ended" in log.read_text()
                )
                await watching.execute("SELECT pg_terminate_backend($1)", orphan["pid"])
                await until(watching, f"{BUILDING} AND pid <> {orphan['pid']}")
                # PostgreSQL says that it builds the index a moment before the index is there.
                await until(watching, INVALID)
                await create(client, "While it is built anew")
                await older.execute("ROLLBACK")
                assert await asyncio.to_thread(second.wait, PATIENCE) == 0, log.read_text()
        assert await watching.fetchval(VALID) is True
        assert await watching.fetchval("SELECT version_num FROM alembic_version") == NEXT
    shown = [one["text"] for one in await listed(client, limit=2)]
    assert shown == ["While it is built anew", "While the index is built"]


async def test_a_table_that_another_program_holds_is_asked_for_again(
    empty_address: Address, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    async with connected(empty_address) as holding:
        await holding.execute(
            """
            CREATE TABLE message (id serial PRIMARY KEY, text varchar, created timestamp);
            CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
            INSERT INTO alembic_version VALUES ('0085824f4c35')
            """
        )
        await holding.execute("BEGIN; LOCK TABLE message")
        with migrating(ROOT, log, DATABASE_URL=empty_address.url) as start:
            eventually(lambda: "table_locked" in log.read_text())
            await holding.execute("COMMIT")
            assert start.wait(PATIENCE) == 0, log.read_text()
        assert await revision.schema_state(holding) == "current"


def next_release(folder: Path) -> Path:
    """A copy of the program with one more migration, which builds an index of messages."""
    release = folder / "next"
    shutil.copytree(ROOT / "stena", release / "stena")
    (release / "stena/migrations/versions" / f"{NEXT}_index.py").write_text(MIGRATION)
    newest = release / "stena/store/revision.py"
    newest.write_text(newest.read_text().replace(revision.NEWEST, NEXT))
    return release


@contextmanager
def migrating(release: Path, errors: Path, **variables: str) -> Generator[subprocess.Popen[bytes]]:
    with errors.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "stena", "migrate"],
            cwd=release,
            env=environment(**variables),
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)


@asynccontextmanager
async def connected(address: Address) -> AsyncGenerator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(address.url)
    try:
        yield connection
    finally:
        connection.terminate()


async def until(connection: asyncpg.Connection[asyncpg.Record], query: str) -> None:
    """Wait until a query finds a row."""
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetch(query):  # noqa: ASYNC110 -- PostgreSQL tells nobody
            await asyncio.sleep(0.02)
