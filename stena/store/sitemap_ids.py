"""The ids of the messages that a sitemap lists, paged by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stena.store.database import Connection


async def newest_id(connection: Connection) -> int:
    """The largest id of a visible message of the main wall, replies aside; 0 if there is none."""
    number: int = await connection.fetchval(
        """
        SELECT coalesce(max(id), 0) FROM message
        WHERE thread = '' AND parent IS NULL AND state = 'visible'
        """
    )
    return number


async def ids(connection: Connection, first: int, last: int) -> list[int]:
    """The ids from `first` to `last` of the same messages, without placeholders, in order."""
    found: list[int] = await connection.fetchval(
        """
        SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM message
        WHERE thread = '' AND parent IS NULL AND state = 'visible' AND NOT gone
          AND id BETWEEN $1 AND $2
        """,
        first,
        last,
    )
    return found
