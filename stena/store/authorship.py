"""What the author of a message may do to it: edit it, delete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.store.message import CHANGE, MESSAGE, STATE, change_of, whole_message_of
from stena.store.order import ANNOUNCE, ANNOUNCE_SHOWN

if TYPE_CHECKING:
    from datetime import timedelta

    from stena.change import Change
    from stena.message import Draft, Message, Permission, Tombstone
    from stena.store.database import Connection

# SQL: whether the key $2 permits its holder to edit the message: that of the private link always,
# the author's within $3 after the post.
MAY = "(link = $2 OR author = $2 AND created > clock_timestamp() - $3::interval)"


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
            UPDATE message SET text = $4, name = $5, edited = clock_timestamp(),
                change = number.next, worded = number.next, appeared = coalesce(appeared, change)
            FROM number
            WHERE id = $1 AND {STATE} = 'visible' AND {MAY}
                AND (text, name) IS DISTINCT FROM ($4, $5)
            RETURNING {CHANGE}
        )
        SELECT *, (SELECT {ANNOUNCE} FROM changed) FROM changed
        """,
        number,
        key,
        window,
        draft.text,
        draft.name,
    )
    return change_of(row) if row else None


async def edit_waiting(
    connection: Connection, number: int, draft: Draft, key: bytes, window: timedelta
) -> Change | None:
    """The same for a message that waits for the owner; readers learn nothing of it."""
    row = await connection.fetchrow(
        f"""
        WITH number AS MATERIALIZED (SELECT nextval('message_change') AS next),
        changed AS (
            UPDATE message SET edited = clock_timestamp(),
                change = number.next, appeared = coalesce(appeared, change)
            FROM number
            WHERE id = $1 AND {STATE} = 'waiting' AND {MAY}
                AND EXISTS (
                    SELECT FROM withheld WHERE withheld.message = $1
                        AND (withheld.text, withheld.name) IS DISTINCT FROM ($4, $5)
                )
            RETURNING {CHANGE}
        ),
        reworded AS (
            UPDATE withheld SET text = $4, name = $5 WHERE message IN (SELECT id FROM changed)
        )
        SELECT *, (SELECT {ANNOUNCE_SHOWN} FROM changed) FROM changed
        """,
        number,
        key,
        window,
        draft.text,
        draft.name,
    )
    return change_of(row) if row else None


async def may_delete(connection: Connection, number: int, key: bytes, window: timedelta) -> bool:
    """Whether the holder of a key may delete a message now, also one that is not shown."""
    found: bool = await connection.fetchval(
        f"""
        SELECT EXISTS (SELECT FROM message WHERE id = $1 AND {STATE} <> 'deleted' AND {MAY})
        """,
        number,
        key,
        window,
    )
    return found


async def own(connection: Connection, number: int, key: bytes) -> tuple[Message, Tombstone] | None:
    """A message that waits or was removed, with its text and its state, for its author."""
    row = await connection.fetchrow(
        f"""
        SELECT {MESSAGE}, {STATE} AS standing, own_text, own_name
        FROM message
        JOIN (SELECT message AS of, text AS own_text, name AS own_name FROM withheld) AS kept
            ON kept.of = message.id
        WHERE id = $1 AND (link = $2 OR author = $2)
        """,
        number,
        key,
    )
    if row is None:
        return None
    own = {"text": row["own_text"], "name": row["own_name"], "tombstone": None}
    return whole_message_of(row)._replace(**own), row["standing"]


async def permission(
    connection: Connection, number: int, key: bytes | None, window: timedelta
) -> Permission | None:
    """What the holder of a key may do to a message.

    None if it is neither shown nor waiting; others learn nothing of one that waits.
    """
    found: Permission | None = await connection.fetchval(
        f"""
        SELECT CASE
            WHEN link = $2 THEN 'granted'
            WHEN author = $2 AND created > clock_timestamp() - $3::interval THEN 'granted'
            WHEN author = $2 THEN 'expired'
            ELSE 'denied'
        END
        FROM message
        WHERE id = $1
            AND ({STATE} = 'visible' OR {STATE} = 'waiting' AND (link = $2 OR author = $2))
        """,
        number,
        key,
        window,
    )
    return found
