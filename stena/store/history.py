"""Whether the database still has the history of changes that a process knows.

A restored backup, or a replica that lagged and took over, goes back: it assigns the same numbers
again, to other changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from stena.store.database import Connection


class Witness(NamedTuple):
    """A recent message. Where it is another one, or none, the history is another one.

    Rows are never removed and `created` never changes, but a message that gets the same id later
    was created at another microsecond.
    """

    id: int
    created: datetime


class Position(NamedTuple):
    """How far the history goes.

    Attributes:
        last: the number of the newest change, 0 if there is none.
        newest: the newest message; None if there is none.
        holds: whether the witness is in it.
    """

    last: int
    newest: Witness | None
    holds: bool


async def position(connection: Connection, witness: Witness | None) -> Position:
    row = await connection.fetchrow(
        """
        SELECT (SELECT coalesce(max(change), 0) FROM message) AS last, newest.id, newest.created,
            $1::bigint IS NULL OR EXISTS (
                SELECT FROM message WHERE message.id = $1 AND message.created = $2
            ) AS holds
        FROM (VALUES (1)) AS always
        LEFT JOIN (SELECT id, created FROM message ORDER BY id DESC LIMIT 1) AS newest ON true
        """,
        *(witness or (None, None)),
    )
    assert row is not None  # noqa: S101 -- `always` is one row
    newest = None if row["id"] is None else Witness(row["id"], row["created"])
    return Position(row["last"], newest, row["holds"])
