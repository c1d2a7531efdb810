from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import pool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from stena.store.connecting import connect
from stena.store.remedies import plainly, remedy
from stena.store.revision import MIGRATION_LOCK, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from asyncpg import Record
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from stena.store.database import Address

log = structlog.get_logger(__name__)

# How long to queue: hosts stop a program that has not opened its port after 60 seconds, and the
# wait for the database may have used 30 of them.
QUEUE_SECONDS = 15
QUEUE_PAUSE = 0.1
# The statements of visitors queue behind one that waits for a table lock. So it waits for less
# than their patience, 4 seconds, and for more than the second after which PostgreSQL stops an
# autovacuum that is in the way. Then it tries again, three times in all.
LOCK_SECONDS = 2
LOCK_PAUSES = (1, 1)
# How long one statement may take, such as one that reads a large table.
STATEMENT_SECONDS = 600
LIMITS = {
    "lock_timeout": LOCK_SECONDS,
    "statement_timeout": STATEMENT_SECONDS,
    # Between two statements an index may be built by another connection.
    "idle_in_transaction_session_timeout": 0,
}
CONNECT_SECONDS = 10


class NotMigrated(Exception):  # noqa: N818 -- it reads as what happened
    """One line: why a migration failed, and what to do. Those before it are complete."""


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
        config.attributes["address"] = address
        config.attributes["naive_time_zone"] = naive_time_zone
        command.upgrade(config, "head")

    await alone(address, run)


async def alone(address: Address, run: Callable[[Connection], None]) -> None:
    """Call `run` while no other process migrates; again if a table lock was not to be had.

    Raises:
        NotMigrated: as upgrade.
    """
    try:
        async with _turn(address), _engine(address) as engine:
            await _run(engine, run)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NotMigrated(
            "The database could not be migrated, and no migration is half-made: "
            f"{plainly(error)}. {remedy(error)}"
        ) from error


@asynccontextmanager
async def _turn(address: Address) -> AsyncGenerator[None]:
    """Wait until no other process migrates, and keep them waiting.

    The lock is that of a transaction, since a pooler gives each transaction another session, and
    of a connection of its own, since a migration may need several transactions or none. It ends
    with its process.
    """
    limits = {"idle_in_transaction_session_timeout": 0}
    driver = await connect(address, "stena migrate", seconds=CONNECT_SECONDS, limits=limits)
    try:
        await _queue(driver)
        await release_snapshot(driver)
        yield
    finally:
        driver.terminate()


async def release_snapshot(driver: asyncpg.Connection[Record]) -> None:
    """Let no index that is built concurrently wait for the transaction of this connection.

    The driver's statements leave a portal, whose snapshot lasts until the next one. A statement
    without parameters, sent as plain text, leaves none.
    """
    await driver.execute("SELECT 1")


async def _queue(driver: asyncpg.Connection[Record]) -> None:
    """Begin the transaction that has the lock."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + QUEUE_SECONDS
    while True:
        transaction = driver.transaction()
        await transaction.start()
        # Asked again and again: a statement that waits has a snapshot, for which the process that
        # builds an index would wait in turn.
        if await driver.fetchval(f"SELECT pg_try_advisory_xact_lock({MIGRATION_LOCK})"):
            return
        holder = await driver.fetchval(_HOLDER)
        await transaction.rollback()
        if holder and clock() >= deadline:
            raise NotMigrated(
                f"Another process has been migrating this database for more than {QUEUE_SECONDS} "
                f"seconds (PostgreSQL process {holder}): start again when it is done, or end it: "
                f"SELECT pg_terminate_backend({holder})"
            )
        await asyncio.sleep(QUEUE_PAUSE)


_HOLDER = f"""
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND objid = {MIGRATION_LOCK} AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@asynccontextmanager
async def _engine(address: Address) -> AsyncGenerator[AsyncEngine]:
    """SQLAlchemy on one connection of ours."""
    driver = await connect(address, "stena migrate", seconds=CONNECT_SECONDS, limits=LIMITS)

    async def opened(**_: object) -> asyncpg.Connection[Record]:
        return driver

    engine = create_async_engine(
        "postgresql+asyncpg://",
        # A prepared statement belongs to a session, and a pooler may give the next transaction
        # another one.
        connect_args={"async_creator_fn": opened, "prepared_statement_cache_size": 0},
        poolclass=pool.StaticPool,
    )
    try:
        # Around all that SQLAlchemy asks when it connects, for the same reason.
        async with driver.transaction(), engine.connect():
            pass
        yield engine
    finally:
        driver.terminate()


async def _run(engine: AsyncEngine, run: Callable[[Connection], None]) -> None:
    for pause in (*LOCK_PAUSES, None):
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(run)
        except DBAPIError as error:
            # The error of PostgreSQL, without SQLAlchemy's wrapper.
            cause = (error.orig and error.orig.__cause__) or error
            if pause is None or not isinstance(cause, asyncpg.LockNotAvailableError):
                raise cause from None
            log.info("table_locked", note="another program holds it; trying again")
        await asyncio.sleep(pause)
    return None
