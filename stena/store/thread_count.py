"""How many messages the walls of pages have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.store.database import Connection

# A page is as busy with more, and counting more would take longer.
MOST = 1000


async def of(connection: Connection, threads: Sequence[str]) -> dict[str, int]:
    """The messages and replies that are shown on each wall; MOST for as many or more."""
    rows = await connection.fetch(
        """
        SELECT asked.thread, least(counted.number, $2) AS number
        FROM unnest($1::text[]) AS asked (thread)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(CASE WHEN gone THEN replies ELSE replies + 1 END), 0) AS number
            FROM (
                SELECT replies, gone FROM message
                WHERE message.thread = asked.thread AND state = 'visible' AND parent IS NULL
                ORDER BY id DESC LIMIT $2
            ) AS newest
        ) AS counted
        """,
        threads,
        MOST,
    )
    return {row["thread"]: int(row["number"]) for row in rows}
