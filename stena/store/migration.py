from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import pool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from stena.store.database import plainly, remedy
from stena.store.revision import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from stena.store.database import Address

# Processes that start together queue here; the number names the lock and means nothing else.
MIGRATION_LOCK = 7_836_202
# How long to queue: hosts stop what has not opened its port after 60 seconds, and 30 of them
# may have gone by in waiting for the database.
QUEUE_SECONDS = 15
# How long a change may wait for the tables it needs; how long one statement may take, such as
# one that rewrites a large table.
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"
CONNECT_SECONDS = 10


class NotMigrated(Exception):  # noqa: N818 -- it reads as what happened
    """One line: what was in the way, and what to do. Nothing has been changed."""


async def upgrade(address: Address, *, naive_time_zone: str) -> None:
    """Bring the database up to date, whoever else is doing the same.

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
    """Call `run` in one transaction, in which no other process migrates.

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
    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(
            **address.arguments(),
            timeout=CONNECT_SECONDS,
            server_settings={"application_name": "stena migrate"},
        )

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, poolclass=pool.NullPool
    )
    try:
        async with engine.begin() as connection:
            await _queue(connection)
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            await connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
            await connection.run_sync(run)
    except DBAPIError as error:
        # What PostgreSQL said, without SQLAlchemy's wrappings.
        raise (error.orig and error.orig.__cause__) or error from None


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
            f"seconds, PostgreSQL's process {holder}: start again when it is done, or end it: "
            f"SELECT pg_terminate_backend({holder})"
        ) from error


_HOLDER = f"""
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND objid = {MIGRATION_LOCK} AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""  # noqa: S608 -- a number of ours
