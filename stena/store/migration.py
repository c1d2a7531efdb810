from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import pool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from stena.store.connecting import connect
from stena.store.remedies import plainly, remedy
from stena.store.revision import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from stena.store.database import Address

# Processes that start together queue on this advisory lock; the number is arbitrary.
MIGRATION_LOCK = 7_836_202
# How long to queue: hosts stop a program that has not opened its port after 60 seconds, and the
# wait for the database may have used 30 of them.
QUEUE_SECONDS = 15
# How long a migration waits for a table lock; how long one statement may take, such as one that
# rewrites a large table.
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"
CONNECT_SECONDS = 10


class NotMigrated(Exception):  # noqa: N818 -- it reads as what happened
    """One line: why the migration failed, and what to do. Nothing was changed."""


async def upgrade(address: Address, *, naive_time_zone: str) -> None:
    """Migrate the database; safe to run in several processes at once.

    Args:
        address: where the database is.
        naive_time_zone: how to read the times of a database made by the article's code.

    Raises:
        NotMigrated: the database does not answer, or a migration fails.
    """

    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        config.attributes["naive_time_zone"] = naive_time_zone
        command.upgrade(config, "head")

    await alone(address, run)


async def alone(address: Address, run: Callable[[Connection], None]) -> None:
    """Call `run` in one transaction, while no other process migrates.

    Raises:
        NotMigrated: as upgrade.
    """
    try:
        await _alone(address, run)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NotMigrated(
            f"The database could not be migrated, nothing was changed: {plainly(error)}. "
            f"{remedy(error)}"
        ) from error


async def _alone(address: Address, run: Callable[[Connection], None]) -> None:
    driver = await connect(address, "stena migrate", seconds=CONNECT_SECONDS)

    async def opened() -> asyncpg.Connection[asyncpg.Record]:
        return driver

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=opened, poolclass=pool.StaticPool
    )
    try:
        # Around all that SQLAlchemy asks too, since a pooler may give the next transaction another
        # session. SQLAlchemy's own transaction is then a savepoint in it.
        async with driver.transaction(), engine.begin() as connection:
            await _queue(connection)
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            await connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
            await connection.run_sync(run)
    except DBAPIError as error:
        # The error of PostgreSQL, without SQLAlchemy's wrapper.
        raise (error.orig and error.orig.__cause__) or error from None
    finally:
        driver.terminate()


async def _queue(connection: AsyncConnection) -> None:
    """Wait until no other process migrates."""
    await connection.execute(text(f"SET LOCAL lock_timeout = '{QUEUE_SECONDS}s'"))
    try:
        async with connection.begin_nested():
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    except DBAPIError as error:
        holder = await connection.scalar(text(_HOLDER))
        if holder is None:
            raise
        raise NotMigrated(
            f"Another process has been migrating this database for more than {QUEUE_SECONDS} "
            f"seconds (PostgreSQL process {holder}): start again when it is done, or end it: "
            f"SELECT pg_terminate_backend({holder})"
        ) from error


_HOLDER = f"""
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND objid = {MIGRATION_LOCK} AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
