from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stena.message import Message

if TYPE_CHECKING:
    from asyncpg import Record

    from stena.message import Draft
    from stena.store.database import Connection

# Ids are handed out one transaction at a time, so that the order of ids is the order of
# commits: a reader who saw id 7 never meets a 6 that was committed later. The number names
# this lock among the advisory locks of the database and means nothing else.
ORDER_LOCK = 7_836_201

# `before` nothing: the largest bigint, which no message reaches.
NEWEST = 2**63 - 1


async def insert(connection: Connection, draft: Draft) -> Message:
    """Commit one message, or find the one that the same draft made before."""
    # The lock is taken before the id is: defaults are computed for each row that `turn`
    # yields, and it yields none until the lock is held.
    row = await connection.fetchrow(
        """
        WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($1))
        INSERT INTO message (text, name, once)
        SELECT $2, $3, $4 FROM turn
        ON CONFLICT (once) DO NOTHING
        RETURNING id, text, name, created
        """,
        ORDER_LOCK,
        draft.text,
        draft.name,
        draft.once,
    )
    return _message(row) if row else await _made_before(connection, draft)


async def _made_before(connection: Connection, draft: Draft) -> Message:
    # Rows are never taken away (a message that goes changes its state), so it is there.
    row = await connection.fetchrow(
        "SELECT id, text, name, created FROM message WHERE once = $1", draft.once
    )
    return _message(cast("Record", row))


async def newest(connection: Connection, before: int | None, limit: int) -> list[Message]:
    """By key and never by OFFSET: a page costs the same at any depth of any wall."""
    rows = await connection.fetch(
        """
        SELECT id, text, name, created FROM message
        WHERE state = 'visible' AND id < $1
        ORDER BY id DESC LIMIT $2
        """,
        NEWEST if before is None else before,
        limit,
    )
    return [_message(row) for row in rows]


async def get(connection: Connection, number: int) -> Message | None:
    row = await connection.fetchrow(
        "SELECT id, text, name, created FROM message WHERE id = $1 AND state = 'visible'",
        number,
    )
    return _message(row) if row else None


def _message(row: Record) -> Message:
    return Message(id=row["id"], text=row["text"], name=row["name"], created=row["created"])
