"""A number that is another one after each change of what the desk shows, and its announcement.

It grows with each change of a message too. A row counts the rest: decisions, reports, the policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stena.store.database import Connection

# On which the processes are told to look; the payload is empty, since they read the number.
CHANNEL = "stena_desk"


async def note(connection: Connection) -> None:
    """Count a change, and announce it when its transaction commits. Runs inside `ordered`."""
    await connection.execute(
        "WITH counted AS (UPDATE desk_change SET number = number + 1) SELECT pg_notify($1, '')",
        CHANNEL,
    )


async def number(connection: Connection) -> int:
    """The number as it is now."""
    found: int = await connection.fetchval(
        """
        SELECT coalesce(sum(number), 0)::bigint + (SELECT coalesce(max(change), 0) FROM message)
        FROM desk_change
        """
    )
    return found
