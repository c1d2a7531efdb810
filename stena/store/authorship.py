"""What the author of a message may do to it: edit it, delete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.store.message import CHANGE, change_of
from stena.store.order import ANNOUNCE

if TYPE_CHECKING:
    from datetime import timedelta

    from stena.change import Change
    from stena.message import Draft, Permission
    from stena.store.database import Connection


async def edit(
    connection: Connection, number: int, draft: Draft, key: bytes, window: timedelta
) -> Change | None:
    """Replace the text and the name of a message.

    Args:
        connection: one inside `ordered`.
        number: the message's id.
        draft: the new text and name; its other fields are ignored.
        key: the digest of the author's key, valid for `window` after the message was posted, or
            of the private link's key, which does not expire.
        window: how long the author may edit.

    Returns:
        None if the key does not permit it, or the text and the name are the same.
    """
    row = await connection.fetchrow(
        f"""
        WITH number AS MATERIALIZED (SELECT nextval('message_change') AS next),
        changed AS (
            UPDATE message SET text = $2, name = $3, edited = clock_timestamp(),
                change = number.next, worded = number.next, appeared = coalesce(appeared, change)
            FROM number
            WHERE id = $1 AND state = 'visible' AND NOT gone
                AND (text, name) IS DISTINCT FROM ($2, $3)
                AND (link = $4 OR author = $4 AND created > clock_timestamp() - $5::interval)
            RETURNING {CHANGE}
        )
        SELECT *, (SELECT {ANNOUNCE} FROM changed) FROM changed
        """,
        number,
        draft.text,
        draft.name,
        key,
        window,
    )
    return change_of(row) if row else None


async def delete(
    connection: Connection, number: int, key: bytes, window: timedelta
) -> list[Change]:
    """Remove a message's text, its name and what could identify its author.

    A message with replies stays as a placeholder. Deleting the last reply deletes the
    placeholder above it as well.

    Args:
        connection: one inside `ordered`.
        number: the message's id.
        key: as for `edit`.
        window: as for `edit`.

    Returns:
        The changes in order; empty if the key does not permit it.
    """
    rows = await connection.fetch(
        f"""
        WITH number AS MATERIALIZED (SELECT nextval('message_change') AS next),
        changed AS (
            UPDATE message SET text = '', name = NULL, author = NULL, link = NULL, edited = NULL,
                reactions = '{{0,0,0,0,0}}', gone = true,
                state = CASE WHEN replies > 0 THEN state ELSE 'deleted' END,
                change = number.next, worded = number.next, appeared = coalesce(appeared, change)
            FROM number
            WHERE id = $1 AND state = 'visible' AND NOT gone
                AND (link = $2 OR author = $2 AND created > clock_timestamp() - $3::interval)
            RETURNING message.*
        ),
        reactions_gone AS (DELETE FROM reaction WHERE message IN (SELECT id FROM changed)),
        words_gone AS (
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
        made AS (SELECT * FROM changed UNION ALL SELECT * FROM above WHERE state = 'deleted')
        SELECT {CHANGE}, (SELECT {ANNOUNCE} FROM made) FROM made ORDER BY change
        """,
        number,
        key,
        window,
    )
    return [change_of(row) for row in rows]


async def permission(
    connection: Connection, number: int, key: bytes | None, window: timedelta
) -> Permission | None:
    """What the holder of a key may do to a message; None if it is not visible."""
    found: Permission | None = await connection.fetchval(
        """
        SELECT CASE
            WHEN link = $2 THEN 'granted'
            WHEN author = $2 AND created > clock_timestamp() - $3::interval THEN 'granted'
            WHEN author = $2 THEN 'expired'
            ELSE 'denied'
        END
        FROM message WHERE id = $1 AND state = 'visible' AND NOT gone
        """,
        number,
        key,
        window,
    )
    return found
