"""What can be searched: the words of messages, read some time after they were committed.

Reading them while a message is written would cost as much as writing it, and half of the posts
that the wall can take. So they are read in batches, by whichever process comes first: now and
then, and before each search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from stena.message import TEXT_LIMIT

if TYPE_CHECKING:
    from stena.store.database import Connection

# A few hundredths of a second's work.
BATCH = 500
# Signs that PostgreSQL takes for parts of words, addresses of files and hosts or tags; and the
# letter that Russians write as they like. One becomes one, so that places stay as they are.
SIGNS = ("ёЁ<>/@.", "еЕ     ")  # noqa: RUF001 -- Russian
# Who holds the mark for longer stands still; a search goes on without the last few words.
LOCK_TIMEOUT = "300ms"


async def read(connection: Connection) -> bool:
    """Read the words of what changed last, a BATCH at most; True where that is not all."""
    if not await _is_behind(connection):
        return False
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            # One at a time: who reads later what was changed earlier would bring back old words.
            mark = await connection.fetchval("SELECT change FROM message_words_mark FOR UPDATE")
            return await _read(connection, mark) == BATCH
    except asyncpg.LockNotAvailableError:
        return False


async def _is_behind(connection: Connection) -> bool:
    behind: bool | None = await connection.fetchval(
        "SELECT (SELECT max(change) FROM message) > (SELECT change FROM message_words_mark)"
    )
    return bool(behind)


async def _read(connection: Connection, mark: int) -> int:
    """How many messages it read: of the changes after the mark the first ones."""
    number: int = await connection.fetchval(
        """
        WITH changed AS MATERIALIZED (
            SELECT id, thread, change, state = 'visible' AND NOT gone AS shown, to_tsvector(
                'russian', translate(coalesce(name, '') || ' ' || left(text, $3), $4, $5)
            ) AS words
            FROM message WHERE change > $1 ORDER BY change LIMIT $2
        ),
        forgotten AS (
            DELETE FROM message_words USING changed
            WHERE (message_words.thread, message) = (changed.thread, id) AND NOT shown
        ),
        learnt AS (
            INSERT INTO message_words (message, thread, words)
            SELECT id, thread, words FROM changed WHERE shown
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
