"""An index of a large table, built while others read and write the table."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from alembic import context, op

from stena.store.connecting import connect
from stena.store.migration import CONNECT_SECONDS, NotMigrated, release_snapshot

if TYPE_CHECKING:
    import asyncpg
    from asyncpg import Record

    from stena.store.database import Address

log = structlog.get_logger(__name__)

# How long to wait for a build that a killed process began, before the host's 60 seconds end.
ORPHAN_SECONDS = 15
ORPHAN_PAUSE = 0.2
# A build waits for each transaction that is older, and takes as long as the table is large.
# Meanwhile nobody waits for it, and so it has no limit.
LIMITS = {"lock_timeout": 0, "statement_timeout": 0}


def build(name: str, definition: str) -> None:
    """Build an index concurrently, as all that a migration does.

    A build cannot be in a transaction, so it has a connection of its own. It waits for all
    transactions that use the table, so the migration must not have used it before.

    Args:
        name: of the index.
        definition: what follows `ON`, as in "message (thread, id) WHERE state = 'visible'".

    Raises:
        NotMigrated: the build of a process that was killed takes longer than ORPHAN_SECONDS.
    """
    address: Address = context.config.attributes["address"]

    async def run(driver: asyncpg.Connection[Record]) -> None:
        await release_snapshot(driver)
        await _build(address, name, definition)

    adapted: Any = op.get_bind().connection.dbapi_connection
    adapted.run_async(run)


async def _build(address: Address, name: str, definition: str) -> None:
    # Behind a pooler the limits hold for transactions, and so for none of these two statements:
    # there the limits are those that the server has for this user.
    driver = await connect(address, "stena migrate", seconds=CONNECT_SECONDS, limits=LIMITS)
    try:
        statement = f"CREATE INDEX CONCURRENTLY {name} ON {definition}"
        await _wait_for_orphan(driver, name, statement)
        valid = await driver.fetchval(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", name
        )
        if valid:
            return
        # What a build leaves that was ended.
        await driver.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        await driver.execute(statement)
    finally:
        driver.terminate()


async def _wait_for_orphan(driver: asyncpg.Connection[Record], name: str, statement: str) -> None:
    """Wait for the build of a process that was killed: PostgreSQL goes on with it.

    So the build of a large table ends even if the host kills each start after a minute.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + ORPHAN_SECONDS
    logged = False
    while orphan := await driver.fetchval(_ORPHAN, statement):
        if not logged:
            log.info("index_is_built", index=name, note="for a start that was ended; waiting")
            logged = True
        if clock() >= deadline:
            raise NotMigrated(
                f"PostgreSQL still builds the index {name} for a start that was ended (PostgreSQL "
                f"process {orphan}): start again when it is done, or end it: "
                f"SELECT pg_terminate_backend({orphan})"
            )
        await asyncio.sleep(ORPHAN_PAUSE)


# PostgreSQL shows the beginning of a long statement.
_ORPHAN = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
        AND query <> '' AND starts_with($1, query)
"""
