"""A lease: one process at a time does a job, of all that there are.

It is a row and not a lock of a session, since behind a pooler a process has no session. It ends by
itself, so another process takes over soon after its holder was killed, frozen or cut off. Each
transaction of the job takes it first and so holds the row until it commits: a holder that comes
back too late finds it taken, and has done nothing (fencing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stena.store.database import Connection

# After the death of its holder another one takes over within this time. Longer than the pause
# between two steps of a job that has something to do.
SECONDS = 4.0


async def take(connection: Connection, name: str, holder: bytes) -> bool:
    """Take the lease, or renew it, until the transaction ends and SECONDS from now.

    Nobody waits for another one's transaction: a row that is locked is taken. A lease that would
    last for longer than SECONDS is from before the database's clock was set back, and ends.

    Args:
        connection: of the transaction of the job.
        name: of the job.
        holder: a random id of this process.

    Returns:
        Whether this process holds it now.
    """
    taken: str | None = await connection.fetchval(
        """
        UPDATE lease SET holder = $2, until = clock_timestamp() + make_interval(secs => $3)
        WHERE name = (
            SELECT name FROM lease
            WHERE name = $1 AND (holder = $2 OR until NOT BETWEEN clock_timestamp()
                AND clock_timestamp() + make_interval(secs => $3))
            FOR UPDATE SKIP LOCKED
        )
        RETURNING name
        """,
        name,
        holder,
        SECONDS,
    )
    return taken is not None
