"""The full-text index: the words of messages, indexed some time after they were committed.

Indexing a message in the INSERT would reduce the throughput of posts to 0.63 to 0.73 of it, as
docs/design/search.md explains. So messages are indexed in batches, by one process at a time:
every few seconds, and before each search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from stena.message import TEXT_LIMIT

if TYPE_CHECKING:
    from stena.store.database import Connection

# Takes some hundredths of a second.
BATCH = 500
# Characters that PostgreSQL's parser takes for parts of words, file names, hosts or tags; and the
# letter yo, which Russians may write as ye. Each becomes one character, so offsets stay the same.
SIGNS = ("ёЁ<>/@.", "еЕ     ")  # noqa: RUF001 -- Russian
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
            mark = await connection.fetchval("SELECT change FROM message_words_mark FOR UPDATE")
            return await _index(connection, mark) == BATCH
    except asyncpg.LockNotAvailableError:
        return False


async def _is_behind(connection: Connection) -> bool:
    behind: bool | None = await connection.fetchval(
        "SELECT (SELECT max(change) FROM message) > (SELECT change FROM message_words_mark)"
    )
    return bool(behind)


async def _index(connection: Connection, mark: int) -> int:
    """Index the first changes after the mark, at most BATCH. Returns how many."""
    number: int = await connection.fetchval(
        """
        WITH changed AS MATERIALIZED (
            SELECT id, thread, change, state = 'visible' AND NOT gone AS searchable, to_tsvector(
                'russian', translate(coalesce(name, '') || ' ' || left(text, $3), $4, $5)
            ) AS words
            FROM message WHERE change > $1 ORDER BY change LIMIT $2
        ),
        removed AS (
            DELETE FROM message_words USING changed
            WHERE (message_words.thread, message) = (changed.thread, id) AND NOT searchable
        ),
        added AS (
            INSERT INTO message_words (message, thread, words)
            SELECT id, thread, words FROM changed WHERE searchable
            ON CONFLICT (thread, message) DO UPDATE SET words = excluded.words
            WHERE message_words.words <> excluded.words
        ),
        marked AS (
            UPDATE message_words_mark SET change = (SELECT max(change) FROM changed)
            WHERE EXISTS (SELECT FROM changed)
        )
        SELECT count(*) FROM changed
        """,
        mark,
        BATCH,
        TEXT_LIMIT,
        *SIGNS,
    )
    return number
