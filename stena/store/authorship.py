"""What whoever wrote a message may do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.store.message import CHANNEL, change_of

if TYPE_CHECKING:
    from datetime import timedelta

    from stena.change import Change
    from stena.message import Draft, Standing
    from stena.store.database import Connection


async def edit(
    connection: Connection, number: int, draft: Draft, key: bytes, window: timedelta
) -> Change | None:
    """Give a message other words.

    Args:
        connection: where it is committed.
        number: the message's id.
        draft: of which the text and the name count.
        key: the digest of the author's key, good for the `window` since the message was left,
            or of the private link's, good for ever.
        window: how long its author may change it.

    Returns:
        None where the key is not good for it, or the words are the same.
    """
    row = await connection.fetchrow(
        """
        WITH number AS MATERIALIZED (SELECT nextval('message_change') AS next),
        changed AS (
            UPDATE message SET text = $2, name = $3, edited = clock_timestamp(),
                change = number.next, worded = number.next, appeared = coalesce(appeared, change)
            FROM number
            WHERE id = $1 AND state = 'visible' AND NOT gone
                AND (text, name) IS DISTINCT FROM ($2, $3)
                AND (link = $4 OR author = $4 AND created > clock_timestamp() - $5::interval)
            RETURNING id, text, name, created, edited, parent, thread, replies, reactions, author,
                gone, state, change, appeared, worded
        )
        SELECT *, pg_notify($6, change::text) FROM changed
        """,
        number,
        draft.text,
        draft.name,
        key,
        window,
        CHANNEL,
    )
    return change_of(row) if row else None


async def take_down(
    connection: Connection, number: int, key: bytes, window: timedelta
) -> list[Change]:
    """Remove a message's words, its name and what could tell who wrote it.

    One that has replies stays, without words. The last reply takes such a message with it.

    Args:
        connection: where it is committed.
        number: the message's id.
        key: as for `edit`.
        window: as for `edit`.

    Returns:
        What changed, in order; nothing where the key is not good for it.
    """
    rows = await connection.fetch(
        """
        WITH number AS MATERIALIZED (SELECT nextval('message_change') AS next),
        changed AS (
            UPDATE message SET text = '', name = NULL, author = NULL, link = NULL, edited = NULL,
                reactions = '{0,0,0,0,0}', gone = true,
                state = CASE WHEN replies > 0 THEN state ELSE 'deleted' END,
                change = number.next, worded = number.next, appeared = coalesce(appeared, change)
            FROM number
            WHERE id = $1 AND state = 'visible' AND NOT gone
                AND (link = $2 OR author = $2 AND created > clock_timestamp() - $3::interval)
            RETURNING message.*
        ),
        forgotten AS (DELETE FROM reaction WHERE message IN (SELECT id FROM changed)),
        unlearnt AS (
            DELETE FROM message_words USING changed
            WHERE (message_words.thread, message_words.message) = (changed.thread, changed.id)
        ),
        above AS (
            UPDATE message SET replies = replies - 1,
                state = CASE WHEN gone AND replies = 1 THEN 'deleted' ELSE state END,
                change = CASE WHEN gone AND replies = 1 THEN nextval('message_change')
                    ELSE change END,
                appeared = coalesce(appeared, change)
            WHERE id IN (SELECT parent FROM changed)
            RETURNING message.*
        ),
        told AS (SELECT * FROM changed UNION ALL SELECT * FROM above WHERE state = 'deleted')
        SELECT *, (SELECT pg_notify($4, max(change)::text) FROM told) FROM told ORDER BY change
        """,
        number,
        key,
        window,
        CHANNEL,
    )
    return [change_of(row) for row in rows]


async def standing(
    connection: Connection, number: int, key: bytes | None, window: timedelta
) -> Standing | None:
    """Whose a message is for the holder of a key; None where it is not shown."""
    found: Standing | None = await connection.fetchval(
        """
        SELECT CASE
            WHEN link = $2 THEN 'theirs'
            WHEN author = $2 AND created > clock_timestamp() - $3::interval THEN 'theirs'
            WHEN author = $2 THEN 'late'
            ELSE 'others'
        END
        FROM message WHERE id = $1 AND state = 'visible' AND NOT gone
        """,
        number,
        key,
        window,
    )
    return found
