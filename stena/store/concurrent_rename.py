"""The names of walls as stena/thread.py has them, given to messages while others read and write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic import context, op

from stena.store.connecting import connect
from stena.store.migration import CONNECT_SECONDS, release_snapshot
from stena.store.order import ordered

if TYPE_CHECKING:
    import asyncpg
    from asyncpg import Record

    from stena.store.database import Address

# SQL: the name of a wall that an earlier release has stored, and whether that is another one. Forms
# of a name that differ by more were refused before.
NAME = """
    CASE WHEN {0} ~ '^/+$' THEN '/' ELSE btrim(regexp_replace({0}, '/+', '/', 'g'), '/') END
"""
IS_OTHER = "({0} LIKE '/_%' OR {0} LIKE '_%/' OR {0} LIKE '%//%')"
# SQL: the names of the messages with the ids $1, as they are and as they will be.
OTHER = f"""
    other AS MATERIALIZED (
        SELECT id, thread, {NAME.format("thread")} AS name FROM message WHERE id = ANY($1)
    )
"""
NOTHING_IS_INDEXED = "SELECT FROM message_words_mark FOR UPDATE"
# For the words of so many nobody waits; for so many messages posts wait some hundredths of a
# second.
BATCH = 2000
POSTS_WAIT = 500
# A batch need not wait for the disk: what a crash takes back is renamed by the next start. That the
# migration is complete is on disk after all batches.
NO_WAIT = "SET LOCAL synchronous_commit = off"
# It waits for its turn as long as posts do, and it reads the whole table.
LIMITS = {"lock_timeout": 0, "statement_timeout": 0}


def rename() -> None:
    """Rename the walls of messages, each batch in a transaction of its own.

    So a start that is ended leaves the next one less to do.
    """
    address: Address = context.config.attributes["address"]

    async def run(driver: asyncpg.Connection[Record]) -> None:
        await release_snapshot(driver)
        await _rename(address)

    adapted: Any = op.get_bind().connection.dbapi_connection
    adapted.run_async(run)


async def _rename(address: Address) -> None:
    driver = await connect(address, "stena migrate", seconds=CONNECT_SECONDS, limits=LIMITS)
    try:
        last = 0
        # Read before the lock, since there may be none in millions.
        while ids := await _others(driver, last):
            await _rename_words(driver, ids)
            for first in range(0, len(ids), POSTS_WAIT):
                await _rename_messages(driver, ids[first : first + POSTS_WAIT])
            last = ids[-1]
    finally:
        driver.terminate()


async def _others(driver: asyncpg.Connection[Record], last: int) -> list[int]:
    rows = await driver.fetch(
        f"""
        SELECT id FROM message WHERE id > $1 AND {IS_OTHER.format("thread")} ORDER BY id LIMIT $2
        """,
        last,
        BATCH,
    )
    return [row["id"] for row in rows]


async def _rename_words(driver: asyncpg.Connection[Record], ids: list[int]) -> None:
    async with driver.transaction():
        await driver.execute(NO_WAIT)
        await driver.execute(NOTHING_IS_INDEXED)
        await driver.execute(
            f"""
            WITH {OTHER}
            UPDATE message_words SET thread = other.name FROM other
            WHERE (message_words.thread, message) = (other.thread, id) AND NOT EXISTS (
                SELECT FROM message_words AS words WHERE (words.thread, message) = (other.name, id)
            )
            """,
            ids,
        )


async def _rename_messages(driver: asyncpg.Connection[Record], ids: list[int]) -> None:
    """Rename messages whose words have the other name already.

    What was indexed meanwhile under the old name, this release indexes again.
    """
    async with driver.transaction():
        await driver.execute(NO_WAIT)
        await driver.execute(NOTHING_IS_INDEXED)
        async with ordered(driver):
            await driver.execute(
                f"""
                WITH {OTHER},
                indexed_meanwhile AS (
                    DELETE FROM message_words USING other
                    WHERE (message_words.thread, message) = (other.thread, id)
                )
                UPDATE message SET thread = other.name FROM other WHERE message.id = other.id
                """,
                ids,
            )
