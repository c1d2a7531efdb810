"""The full-text index: the words of messages, indexed some time after they were committed.

Indexing a message in the INSERT would reduce the throughput of posts to 0.63 to 0.73 of it, as
docs/design/search.md explains. So messages are indexed in batches, by one process at a time:
every few seconds, and before each search.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import asyncpg

from stena import long_texts
from stena.folding import fold
from stena.message import TEXT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.store.database import Connection

# Takes some hundredths of a second.
BATCH = 500
# SQL: what is indexed of a message. $3 is TEXT_LIMIT.
FIELDS = """
    id, thread, change, state = 'visible' AND NOT gone AS searchable,
    coalesce(name, '') || ' ' || left(text, $3) AS text
"""
# If another process holds the mark for longer, a search goes on without the newest messages.
LOCK_TIMEOUT = "300ms"


async def update(connection: Connection) -> bool:
    """Index the oldest changes that are not indexed, at most BATCH; True if more are left."""
    if not await _is_behind(connection):
        return False
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            # One process at a time: otherwise an older version of a message could be indexed last.
            mark = await connection.fetchval("SELECT folded FROM message_words_mark FOR UPDATE")
            return await _index(connection, mark) == BATCH
    except asyncpg.LockNotAvailableError:
        return False


async def renew(connection: Connection) -> bool:
    """Index messages again that an earlier release has indexed, at most BATCH; True if it did.

    The newest come first. Each of them can be found meanwhile, but not by all of its words.
    """
    if not await connection.fetchval("SELECT stale > 0 FROM message_words_mark"):
        return False
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            last = await connection.fetchval("SELECT stale FROM message_words_mark FOR UPDATE")
            rows = await connection.fetch(
                f"""
                SELECT {FIELDS} FROM message WHERE id <= $1 ORDER BY id DESC LIMIT $2
                """,
                last,
                BATCH,
                TEXT_LIMIT,
            )
            await _put(connection, rows)
            following = rows[-1]["id"] - 1 if len(rows) == BATCH else 0
            await connection.execute("UPDATE message_words_mark SET stale = $1", following)
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def _is_behind(connection: Connection) -> bool:
    behind: bool | None = await connection.fetchval(
        "SELECT (SELECT max(change) FROM message) > (SELECT folded FROM message_words_mark)"
    )
    return bool(behind)


async def _index(connection: Connection, mark: int) -> int:
    """Index the first changes after the mark, at most BATCH. Returns how many."""
    rows = await connection.fetch(
        f"""
        SELECT {FIELDS} FROM message WHERE change > $1 ORDER BY change LIMIT $2
        """,
        mark,
        BATCH,
        TEXT_LIMIT,
    )
    if rows:
        await _put(connection, rows)
        last = rows[-1]["change"]
        # `change` is the mark of releases that index in another way: they need not do it too. What
        # one of them has indexed since `folded` is indexed again.
        await connection.execute(
            """
            UPDATE message_words_mark
            SET folded = $1::bigint, change = greatest(change, $1::bigint)
            """,
            last,
        )
    return len(rows)


async def _put(connection: Connection, rows: Sequence[Record]) -> None:
    """Put the words of messages into the index, and take out those of messages not shown."""
    texts = [row["text"] for row in rows]
    folded = await long_texts.result(partial(all_folded, texts), texts)
    await connection.execute(
        """
        WITH given AS MATERIALIZED (
            SELECT id, thread, searchable, to_tsvector('russian', text) AS words
            FROM unnest($1::bigint[], $2::text[], $3::boolean[], $4::text[], $5::bigint[])
                AS sent (id, thread, searchable, text, change)
            -- One that was changed meanwhile, as when it is removed, is indexed next time.
            WHERE (id, change) IN (
                SELECT message.id, message.change FROM message WHERE message.id = ANY($1)
            )
        ),
        removed AS (
            DELETE FROM message_words USING given
            WHERE (message_words.thread, message) = (given.thread, id) AND NOT searchable
        )
        INSERT INTO message_words (message, thread, words)
        SELECT id, thread, words FROM given WHERE searchable
        ON CONFLICT (thread, message) DO UPDATE SET words = excluded.words
        WHERE message_words.words <> excluded.words
        """,
        [row["id"] for row in rows],
        [row["thread"] for row in rows],
        [row["searchable"] for row in rows],
        folded,
        [row["change"] for row in rows],
    )


def all_folded(texts: Sequence[str]) -> list[str]:
    return [fold(text) for text in texts]
