from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import pool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from stena.store.revision import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from stena.store.database import Address

# Processes that start together queue here; the number names the lock and means nothing else.
MIGRATION_LOCK = 7_836_202
# How long to queue; how long a change may wait for the tables it needs; how long one statement
# may take, such as one that rewrites a large table.
QUEUE = "60s"
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"
CONNECT_SECONDS = 10


async def upgrade(address: Address, *, naive_time_zone: str) -> None:
    """Bring the database up to date, whoever else is doing the same.

    Args:
        address: where the database is.
        naive_time_zone: how to read the times of a database made by the article's code.

    Raises:
        asyncpg.PostgresError, OSError, TimeoutError: nothing has been changed.
    """

    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        config.attributes["naive_time_zone"] = naive_time_zone
        command.upgrade(config, "head")

    await alone(address, run)


async def alone(address: Address, run: Callable[[Connection], None]) -> None:
    """Call `run` in one transaction, in which no other process migrates."""

    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(**address.arguments(), timeout=CONNECT_SECONDS)

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, poolclass=pool.NullPool
    )
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{QUEUE}'"))
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            await connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
            await connection.run_sync(run)
    except DBAPIError as error:
        # What PostgreSQL said, without SQLAlchemy's wrappings.
        raise (error.orig and error.orig.__cause__) or error from None
