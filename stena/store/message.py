from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stena.change import Change
from stena.message import NO_REACTIONS, Message
from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.store.database import Connection

# The columns of a message, and of a change of one: `message_of` and `change_of` read them.
MESSAGE = """
    id, text, name, created, edited, parent, thread, replies, reactions, author, gone, tombstone,
    badge, links, EXISTS (SELECT FROM pin WHERE pin.message = id) AS pinned,
    EXISTS (SELECT FROM conversation_lock WHERE conversation_lock.message = id) AS locked
"""
CHANGE = f"{MESSAGE}, state, change, appeared, worded, disappeared"

# SQL: the state that a message would have without its replies. Until there was a second kind of
# tombstones, `gone` alone said that the author had deleted the message.
STATE = """
    CASE WHEN message.state = 'visible' AND message.gone
        THEN coalesce(message.tombstone, 'deleted') ELSE message.state END
"""
# A reader that has to pass over more changes than these reads anew.
MOST_PASSED = 20_000
# The number of distinguishable colours.
HUES = 12
# `before` nothing: the largest bigint, which no message reaches.
NEWEST = 2**63 - 1


async def newest(
    connection: Connection, thread: str, before: int | None, limit: int
) -> list[Message]:
    """Newest first. Paged by key, not by OFFSET: a page costs the same at any depth."""
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE}
        FROM message
        WHERE thread = $1 AND parent IS NULL AND state = 'visible' AND id < $2
        ORDER BY id DESC LIMIT $3
        """,
        thread,
        NEWEST if before is None else before,
        limit,
    )
    return [message_of(row) for row in rows]


async def get(connection: Connection, number: int) -> Message | None:
    row = await connection.fetchrow(
        f"""
        SELECT {MESSAGE}
        FROM message WHERE id = $1 AND state = 'visible'
        """,
        number,
    )
    return message_of(row) if row else None


async def last_change_of(connection: Connection, number: int) -> Change:
    """The last change of a message that is shown or waits.

    Raises:
        Refusal: not_found for another one.
    """
    row = await connection.fetchrow(
        f"""
        SELECT {CHANGE}
        FROM message WHERE id = $1 AND {STATE} IN ('visible', 'waiting')
        """,
        number,
    )
    if row is None:
        raise Refusal("not_found")
    return change_of(row)


async def last_replies(
    connection: Connection, ids: Sequence[int], limit: int
) -> dict[int, list[Message]]:
    """The newest `limit` replies to each message, oldest first."""
    rows = await connection.fetch(
        f"""
        SELECT reply.* FROM unnest($1::bigint[]) AS asked (id)
        CROSS JOIN LATERAL (
            SELECT {MESSAGE}
            FROM message WHERE parent = asked.id AND state = 'visible'
            ORDER BY id DESC LIMIT $2
        ) AS reply
        ORDER BY reply.id
        """,
        ids,
        limit,
    )
    found: dict[int, list[Message]] = {}
    for row in rows:
        found.setdefault(row["parent"], []).append(message_of(row))
    return found


async def replies(connection: Connection, parent: int, after: int, limit: int) -> list[Message]:
    """Oldest first, paged by key."""
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE}
        FROM message WHERE parent = $1 AND state = 'visible' AND id > $2
        ORDER BY id LIMIT $3
        """,
        parent,
        after,
        limit,
    )
    return [message_of(row) for row in rows]


class Missed(NamedTuple):
    """The changes after one.

    Attributes:
        last: the number of the newest change.
        changes: in order, without those of messages that were never shown; of several changes of
            one message only the last.
    """

    last: int
    changes: list[Change]


async def changes(connection: Connection, after: int, most: int, most_bytes: int) -> Missed | None:
    """All changes after one.

    None if there are more than `most`, or their texts have more than `most_bytes` in UTF-8. Then
    the rows that are read end with the first text that exceeds it. None too if they are spread
    over more than MOST_PASSED changes.
    """
    rows = await connection.fetch(
        f"""
        WITH newest AS MATERIALIZED (
            SELECT (SELECT coalesce(max(change), 0) FROM message) AS last, EXISTS (
                SELECT FROM message WHERE change > $1 ORDER BY change OFFSET $4
            ) AS is_far
        )
        SELECT newest.*, counted.* FROM newest
        LEFT JOIN (
            SELECT *, sum(octet_length(text)) OVER (ORDER BY change) AS bytes
            FROM (
                SELECT {CHANGE} FROM message
                WHERE NOT (SELECT is_far FROM newest) AND change > $1
                    AND (state = 'visible' OR appeared IS DISTINCT FROM 0)
                ORDER BY change LIMIT $2
            ) AS missed
        ) AS counted ON bytes - octet_length(text) <= $3
        ORDER BY change
        """,
        after,
        most + 1,
        most_bytes,
        MOST_PASSED,
    )
    first, last = rows[0], rows[-1]
    if first["is_far"] or len(rows) > most or (last["bytes"] or 0) > most_bytes:
        return None
    found = rows if first["id"] is not None else []
    return Missed(first["last"], [change_of(row) for row in found])


async def last_change(connection: Connection) -> int:
    """The number of the newest change, 0 if there is none."""
    number: int = await connection.fetchval("SELECT coalesce(max(change), 0) FROM message")
    return number


def hue_of(author: bytes | None) -> int | None:
    """The colour of an author's messages, from the digest of the key, which stays in the store."""
    return None if author is None else author[0] % HUES


def message_of(row: Record) -> Message:
    """The message as readers see it: of one of which only the place is shown, no more than that."""
    message = whole_message_of(row)
    if message.tombstone is None:
        return message
    return message._replace(
        edited=None, reactions=NO_REACTIONS, hue=None, badge=None, pinned=False, links=True
    )


def whole_message_of(row: Record) -> Message:
    return Message(
        id=row["id"],
        text=row["text"],
        name=row["name"],
        created=row["created"],
        edited=row["edited"],
        reply_to=row["parent"],
        thread=row["thread"],
        replies=row["replies"],
        reactions=tuple(row["reactions"]),
        hue=hue_of(row["author"]),
        tombstone=(row["tombstone"] or "deleted") if row["gone"] else None,
        badge=row["badge"],
        pinned=row["pinned"],
        locked=row["locked"],
        links=row["links"] is not False,
    )


def change_of(row: Record) -> Change:
    # All three columns are NULL until the first change after the one that created the message.
    number, appeared = row["change"], row["appeared"]
    created_at_change = number if appeared is None else appeared
    return Change(
        number=number,
        message=message_of(row),
        state=row["state"],
        created_at_change=created_at_change,
        edited_at_change=row["worded"] or created_at_change,
        hidden_at_change=row["disappeared"] or number,
    )
