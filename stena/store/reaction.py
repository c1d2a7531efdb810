"""What others feel about a message; each function runs in a `turn`, for it takes two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import REACTIONS
from stena.store.message import CHANNEL, change_of

if TYPE_CHECKING:
    from stena.change import Change
    from stena.store.database import Connection


async def give(connection: Connection, message: int, kind: str, author: bytes) -> Change | None:
    """Count it; None where it was there already, or the message is not."""
    given = await connection.fetchval(
        """
        INSERT INTO reaction (message, kind, author)
        SELECT id, $2, $3 FROM message WHERE id = $1 AND state = 'visible' AND NOT gone
        ON CONFLICT DO NOTHING RETURNING message
        """,
        message,
        _number(kind),
        author,
    )
    return await _count(connection, message, kind, 1) if given else None


async def take_back(
    connection: Connection, message: int, kind: str, author: bytes
) -> Change | None:
    """Count it no more; None where it was not there."""
    taken = await connection.fetchval(
        """
        DELETE FROM reaction WHERE message = $1 AND kind = $2 AND author = $3 RETURNING message
        """,
        message,
        _number(kind),
        author,
    )
    return await _count(connection, message, kind, -1) if taken else None


async def _count(connection: Connection, message: int, kind: str, more: int) -> Change | None:
    row = await connection.fetchrow(
        """
        WITH changed AS (
            UPDATE message SET reactions[$2] = reactions[$2] + $3,
                change = nextval('message_change'), appeared = coalesce(appeared, change)
            WHERE id = $1
            RETURNING id, text, name, created, edited, parent, thread, replies, reactions, author,
                gone, state, change, appeared, worded
        )
        SELECT *, pg_notify($4, change::text) FROM changed
        """,
        message,
        _number(kind),
        more,
        CHANNEL,
    )
    return change_of(row) if row else None


async def given(connection: Connection, message: int, author: bytes) -> set[str]:
    """What somebody feels about a message."""
    rows = await connection.fetch(
        "SELECT kind FROM reaction WHERE message = $1 AND author = $2", message, author
    )
    return {REACTIONS[row["kind"] - 1] for row in rows}


def _number(kind: str) -> int:
    return REACTIONS.index(kind) + 1
