"""The decisions of the team, as the log on the desk shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stena.decision import KEEP_DAYS, UNDO_MINUTES, Entry
from stena.store.message import NEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.store.database import Connection

# How many decisions are searched for the one about a message: the newest.
MOST_SEARCHED = 1000
EXCERPT = 200


async def entries(
    connection: Connection, before: int | None, limit: int, only: Sequence[int] | None = None
) -> list[Entry]:
    """Decisions, newest first; of `only` these if they are given."""
    rows = await connection.fetch(
        """
        SELECT decision.id, made, member.name, action, subject, former, latter, ground, asked_by,
            cardinality(messages) + (
                SELECT coalesce(sum(cardinality(part.messages)), 0) FROM decision AS part
                WHERE part.first = decision.id
            ) AS count,
            coalesce(message.parent, message.id) AS conversation,
            left(coalesce(withheld.text, nullif(message.text, '')), $3) AS text, undone,
            undone IS NULL AND action <> 'erase'
                AND made > clock_timestamp() - make_interval(days => $4) AS undoable,
            coalesce(undone, made) > clock_timestamp() - make_interval(mins => $5) AS recent
        FROM decision
        LEFT JOIN member ON member.id = decision.member
        LEFT JOIN message ON message.id = messages[cardinality(messages)]
        LEFT JOIN withheld ON withheld.message = message.id
        WHERE decision.id < $1 AND ($6::bigint[] IS NULL OR decision.id = ANY($6))
            -- A later part is shown by itself only where the first one was undone without it.
            AND (first IS NULL OR undone IS NULL AND EXISTS (
                SELECT FROM decision AS head
                WHERE head.id = decision.first AND head.undone IS NOT NULL
            ))
        ORDER BY decision.id DESC LIMIT $2
        """,
        NEWEST if before is None else before,
        limit,
        EXCERPT,
        KEEP_DAYS,
        UNDO_MINUTES,
        only,
    )
    return [_entry(row) for row in rows]


async def last_about(connection: Connection, number: int) -> Entry | None:
    """The newest decision about a message; None if there is none among the newest decisions."""
    found = await connection.fetchval(
        """
        SELECT max(id) FROM (
            SELECT id, messages FROM decision ORDER BY id DESC LIMIT $2
        ) AS newest WHERE $1 = ANY(messages)
        """,
        number,
        MOST_SEARCHED,
    )
    some = await entries(connection, None, 1, [found]) if found else []
    return some[0] if some else None


def _entry(row: Record) -> Entry:
    changed = {part: row[part] and json.loads(row[part]) for part in ("former", "latter")}
    return Entry(**{**dict(row), **changed})
