from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from stena.change import Change
from stena.message import Message, hue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from asyncpg import Record

    from stena.store.database import Connection

# Ids and numbers of changes are handed out one transaction at a time, so that their order is
# the order of commits: a reader who saw 7 never meets a 6 that was committed later. The number
# names this lock among the advisory locks of the database and means nothing else.
ORDER_LOCK = 7_836_201

# Where committed changes are announced; the payload is the number of the newest.
CHANNEL = "stena"

# `before` nothing: the largest bigint, which no message reaches.
NEWEST = 2**63 - 1


@asynccontextmanager
async def turn(connection: Connection) -> AsyncGenerator[None]:
    """A transaction that nobody else's change comes in between.

    The lock is taken by a statement of its own, so that what the next one sees is not older
    than its turn.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", ORDER_LOCK)
        yield


async def newest(
    connection: Connection, thread: str, before: int | None, limit: int
) -> list[Message]:
    """By key and never by OFFSET: a page costs the same at any depth of any wall."""
    rows = await connection.fetch(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone
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
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone
        FROM message WHERE id = $1 AND state = 'visible'
        """,
        number,
    )
    return message_of(row) if row else None


async def last_change_of(connection: Connection, number: int) -> Change | None:
    """The change that made a message what it is; None where it is not shown."""
    row = await connection.fetchrow(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone,
            state, change, appeared, worded
        FROM message WHERE id = $1 AND state = 'visible'
        """,
        number,
    )
    return change_of(row) if row else None


async def last_replies(
    connection: Connection, ids: Sequence[int], limit: int
) -> dict[int, list[Message]]:
    """At most `limit` to each, the newest of them, oldest first."""
    rows = await connection.fetch(
        """
        SELECT reply.* FROM unnest($1::bigint[]) AS asked (id)
        CROSS JOIN LATERAL (
            SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone
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
    """Oldest first, by key."""
    rows = await connection.fetch(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone
        FROM message WHERE parent = $1 AND state = 'visible' AND id > $2
        ORDER BY id LIMIT $3
        """,
        parent,
        after,
        limit,
    )
    return [message_of(row) for row in rows]


async def changes(connection: Connection, after: int, limit: int) -> list[Change]:
    """In order, at most `limit`; of a message that changed twice only the last."""
    rows = await connection.fetch(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone,
            state, change, appeared, worded
        FROM message
        WHERE change > $1
        ORDER BY change LIMIT $2
        """,
        after,
        limit,
    )
    return [change_of(row) for row in rows]


async def last_change(connection: Connection) -> int:
    """The number of the newest change, 0 where there is none."""
    number: int = await connection.fetchval("SELECT coalesce(max(change), 0) FROM message")
    return number


def message_of(row: Record) -> Message:
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
        hue=hue(row["author"]),
        gone=row["gone"],
    )


def change_of(row: Record) -> Change:
    # Both are kept only once something has happened to the message since.
    appeared = row["appeared"] or row["change"]
    return Change(
        number=row["change"],
        message=message_of(row),
        shown=row["state"] == "visible",
        appeared=appeared,
        worded=row["worded"] or appeared,
    )
