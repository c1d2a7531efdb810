"""The changes that detection reads, in order and each once, from a mark that processes share.

All that a step of the detection writes, and the mark, is one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from stena.store.database import Connection

# The changes of one step, and how many of them may be of newcomers, which take some tenths of a
# second if all are long copies of one text. The others are only passed over.
BATCH, SKETCHED = 1000, 100


class Mark(NamedTuple):
    """How far changes were read.

    Attributes:
        change: the number of the last one.
        message: the largest id among them.
        key: a secret for the hashes of sketches.
    """

    change: int
    message: int
    key: bytes


class Read(NamedTuple):
    """The newest state of a message that has changed.

    Attributes:
        change: the number of the change.
        text: of a newcomer, as it is since the mark; else empty.
        has_link: whether an address in it is, or would be, a link.
        is_newcomers: whether it is by a browser that is not known, and without a badge.
        is_paid: whether its author paid for it.
        is_deleted: whether it is deleted.
    """

    id: int
    change: int
    text: str
    author: bytes | None
    created: datetime
    has_link: bool
    is_newcomers: bool
    is_paid: bool
    is_deleted: bool


async def mark(connection: Connection) -> Mark:
    row = await connection.fetchrow("SELECT change, message, key FROM detected")
    assert row is not None  # noqa: S101 -- for mypy: the migration inserts it
    return Mark(**dict(row))


async def is_behind(connection: Connection) -> bool:
    """Whether there are changes after the mark."""
    newer: bool | None = await connection.fetchval(
        "SELECT (SELECT max(change) FROM message) > (SELECT change FROM detected)"
    )
    return bool(newer)


async def move(connection: Connection, before: Mark, read: Sequence[Read]) -> bool:
    """Move the mark behind what was read. Return False if another process has moved it."""
    moved: str = await connection.execute(
        "UPDATE detected SET change = $2, message = $3 WHERE change = $1",
        before.change,
        read[-1].change,
        max(before.message, *(one.id for one in read)),
    )
    return moved != "UPDATE 0"


async def read(connection: Connection, after: Mark) -> list[Read]:
    """The next messages that have changed after the mark, in order.

    At most BATCH, of which SKETCHED are of newcomers.
    """
    rows = await connection.fetch(
        """
        SELECT message.id, message.change, author, created, message.links IS NOT NULL AS has_link,
            is_newcomers, payment.message IS NOT NULL AS is_paid,
            state = 'deleted' OR coalesce(tombstone = 'deleted', false) AS is_deleted,
            CASE WHEN is_newcomers AND (message.id > $3 OR worded > $1)
                THEN coalesce(kept.text, message.text) ELSE '' END AS text
        FROM (
            SELECT changed.*, is_newcomers,
                count(*) FILTER (WHERE is_newcomers) OVER (ORDER BY change) AS newcomers
            FROM (SELECT * FROM message WHERE change > $1 ORDER BY change LIMIT $2) AS changed
            CROSS JOIN LATERAL (
                SELECT changed.badge IS NULL AND NOT EXISTS (
                    SELECT FROM browser WHERE browser.author = changed.author
                ) AS is_newcomers
            ) AS of
        ) AS message
        LEFT JOIN payment ON payment.message = message.id
        LEFT JOIN (
            SELECT message AS id, text FROM withheld WHERE state = 'waiting'
        ) AS kept ON kept.id = message.id
        WHERE newcomers <= $4
        ORDER BY message.change
        """,
        after.change,
        BATCH,
        after.message,
        SKETCHED,
    )
    return [Read(**dict(row)) for row in rows]


def is_full(read: Sequence[Read]) -> bool:
    """Whether there may be more to read after these."""
    return len(read) == BATCH or sum(one.is_newcomers for one in read) == SKETCHED
