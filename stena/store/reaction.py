from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import REACTIONS
from stena.store.message import CHANNEL, change_of

if TYPE_CHECKING:
    from stena.change import Change
    from stena.store.database import Connection


async def give(connection: Connection, message: int, kind: str, author: bytes) -> Change | None:
    """Count it; None where it was there already, or the message is not."""
    row = await connection.fetchrow(
        """
        WITH given AS (
            INSERT INTO reaction (message, kind, author)
            SELECT message.id, $2, $3 FROM message
            WHERE message.id = $1 AND message.state = 'visible' AND NOT message.gone
            ON CONFLICT DO NOTHING RETURNING message
        ),
        changed AS (
            UPDATE message SET reactions[$2] = reactions[$2] + 1,
                change = nextval('message_change'), appeared = coalesce(appeared, change)
            WHERE id IN (SELECT message FROM given)
            RETURNING id, text, name, created, edited, parent, thread, replies, reactions, author,
                gone, state, change, appeared, worded
        )
        SELECT *, pg_notify($4, change::text) FROM changed
        """,
        message,
        _number(kind),
        author,
        CHANNEL,
    )
    return change_of(row) if row else None


async def take_back(
    connection: Connection, message: int, kind: str, author: bytes
) -> Change | None:
    """Count it no more; None where it was not there."""
    row = await connection.fetchrow(
        """
        WITH taken AS (
            DELETE FROM reaction
            WHERE message = $1 AND kind = $2 AND author = $3 RETURNING message
        ),
        changed AS (
            UPDATE message SET reactions[$2] = reactions[$2] - 1,
                change = nextval('message_change'), appeared = coalesce(appeared, change)
            WHERE id IN (SELECT message FROM taken)
            RETURNING id, text, name, created, edited, parent, thread, replies, reactions, author,
                gone, state, change, appeared, worded
        )
        SELECT *, pg_notify($4, change::text) FROM changed
        """,
        message,
        _number(kind),
        author,
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
