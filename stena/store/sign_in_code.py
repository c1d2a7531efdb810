"""The codes with which members sign in: each once, and most of them soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.member import CODE_LIFE, MOST_CODES

if TYPE_CHECKING:
    from datetime import datetime

    from stena.store.database import Connection


async def issue(
    connection: Connection, digest: bytes, member: int, *, confirms: bool
) -> datetime | None:
    """Store a code for a member, and forget those of all members that have expired.

    Args:
        connection: one in a transaction.
        digest: of the code.
        member: the member's id.
        confirms: whether a sign-in with it lets the member change the team.

    Returns:
        When it expires. None if the member has MOST_CODES already, or has left.
    """
    # Two at once would both see the last place free.
    await connection.execute("SELECT FROM member WHERE id = $1 FOR UPDATE", member)
    expires: datetime | None = await connection.fetchval(
        """
        WITH expired AS (DELETE FROM sign_in_code WHERE expires < clock_timestamp())
        INSERT INTO sign_in_code (digest, member, expires, confirms)
        SELECT $1, id, clock_timestamp() + $3::interval, $4 FROM member
        WHERE id = $2 AND left_at IS NULL AND $5 > (
            SELECT count(*) FROM sign_in_code
            WHERE member = $2 AND spent IS NULL
                AND expires > clock_timestamp() AND expires < 'infinity'
        )
        RETURNING expires
        """,
        digest,
        member,
        CODE_LIFE,
        confirms,
        MOST_CODES,
    )
    return expires


async def spend(connection: Connection, digest: bytes) -> tuple[int, bool] | None:
    """Spend a code. Of two at once one gets it.

    Args:
        connection: one in a transaction, which stores the session too.
        digest: of the code.

    Returns:
        The member's id, and whether the code confirms; None if it does not work.
    """
    # A member who leaves at this moment leaves before, or after the session is stored.
    await connection.execute(
        """
        SELECT FROM member WHERE id = (SELECT member FROM sign_in_code WHERE digest = $1) FOR SHARE
        """,
        digest,
    )
    row = await connection.fetchrow(
        """
        UPDATE sign_in_code SET spent = clock_timestamp() FROM member
        WHERE digest = $1 AND spent IS NULL AND expires > clock_timestamp()
            AND member.id = sign_in_code.member AND member.left_at IS NULL
        RETURNING member.id, confirms
        """,
        digest,
    )
    return (row["id"], row["confirms"]) if row else None


async def void(connection: Connection, member: int) -> None:
    """Make all codes of a member useless, but that of the settings."""
    await connection.execute(
        """
        UPDATE sign_in_code SET spent = clock_timestamp()
        WHERE member = $1 AND spent IS NULL AND expires < 'infinity'
        """,
        member,
    )


# The code of the settings is the one that does not expire. It stays when it is spent, so that the
# next start does not offer it again.


async def is_known(connection: Connection, digest: bytes) -> bool:
    """Whether a code was offered before, spent or not."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM sign_in_code WHERE digest = $1)", digest
    )
    return found


async def is_spent(connection: Connection, digest: bytes) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM sign_in_code WHERE digest = $1 AND spent IS NOT NULL)", digest
    )
    return found


async def offer(connection: Connection, digest: bytes, member: int) -> None:
    """Store a code that does not expire; another process may have done so."""
    await connection.execute(
        """
        INSERT INTO sign_in_code (digest, member, expires, confirms)
        VALUES ($1, $2, 'infinity', true) ON CONFLICT DO NOTHING
        """,
        digest,
        member,
    )


async def withdraw_others(connection: Connection, digest: bytes | None) -> None:
    """Forget the codes of earlier settings that nobody has spent."""
    await connection.execute(
        """
        DELETE FROM sign_in_code
        WHERE expires = 'infinity' AND spent IS NULL AND digest IS DISTINCT FROM $1
        """,
        digest,
    )
