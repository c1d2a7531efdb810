"""Tokens with which programs act for a member of the team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.member import MOST_TOKENS, SEEN_STEP, Pass, ProgramToken
from stena.store.member import MEMBER, member_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.member import Member
    from stena.store.database import Connection

# Those of a member who leaves are revoked; this is for one who leaves at this moment.
_ALIVE = "token.revoked IS NULL AND member.left_at IS NULL"


async def make(connection: Connection, digest: bytes, member: int, name: str) -> bool:
    """Store a token; return False if there are MOST_TOKENS already.

    Args:
        connection: one that holds the rows of the owners, so that two count one after the other.
        digest: of the token.
        member: the id of the member for whom the program acts.
        name: of the program.
    """
    made = await connection.fetchval(
        """
        INSERT INTO token (digest, member, name)
        SELECT $1, $2, $3 WHERE (SELECT count(*) FROM token WHERE revoked IS NULL) < $4
        RETURNING true
        """,
        digest,
        member,
        name,
        MOST_TOKENS,
    )
    return bool(made)


async def holder(connection: Connection, digest: bytes) -> Member | None:
    """The member whose token has this digest, as the member is now; None if nobody's has."""
    row = await connection.fetchrow(
        f"""
        WITH found AS (
            SELECT {MEMBER}, token.id AS token
            FROM token JOIN member ON member.id = token.member
            WHERE token.digest = $1 AND {_ALIVE}
        ),
        used AS (
            UPDATE token SET used = clock_timestamp() FROM found
            WHERE token.id = found.token
                AND coalesce(token.used < clock_timestamp() - $2::interval, true)
        )
        SELECT * FROM found
        """,
        digest,
        SEEN_STEP,
    )
    return member_of(row) if row else None


async def passes(connection: Connection, digests: Sequence[bytes]) -> set[Pass]:
    """Those of the tokens that work, with the roles that their members have now."""
    rows = await connection.fetch(
        f"""
        SELECT token.digest, member.id, member.role
        FROM token JOIN member ON member.id = token.member
        WHERE token.digest = ANY($1) AND {_ALIVE}
        """,
        digests,
    )
    return {Pass(row["id"], row["role"], token=row["digest"]) for row in rows}


async def all_tokens(connection: Connection) -> list[ProgramToken]:
    """The tokens that work, the newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {MEMBER}, token.id AS token, token.name AS program, token.made, token.used
        FROM token JOIN member ON member.id = token.member
        WHERE {_ALIVE} ORDER BY token.id DESC
        """
    )
    return [_token_of(row) for row in rows]


async def revoke(connection: Connection, token: int) -> bool:
    """Let a token work no longer. Return whether there was such a token that worked."""
    revoked = await connection.fetchval(
        """
        UPDATE token SET revoked = clock_timestamp() WHERE id = $1 AND revoked IS NULL
        RETURNING true
        """,
        token,
    )
    return bool(revoked)


def _token_of(row: Record) -> ProgramToken:
    return ProgramToken(row["token"], row["program"], member_of(row), row["made"], row["used"])
