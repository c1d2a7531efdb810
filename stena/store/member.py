"""The members of the team. They are never deleted: they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.member import Member

if TYPE_CHECKING:
    from asyncpg import Record

    from stena.member import Role
    from stena.store.database import Connection

# The columns of a member: `member_of` reads them.
MEMBER = "member.id, member.name, member.role, member.created"


async def join(connection: Connection, name: str, role: Role) -> Member:
    """The member of this name: a new one, one who comes back, or the one there is.

    Of one who is there the role stays, so it may be another than `role`.
    """
    row = await connection.fetchrow(
        f"""
        INSERT INTO member (name, role) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET left_at = NULL,
            role = CASE WHEN member.left_at IS NULL THEN member.role ELSE excluded.role END
        RETURNING {MEMBER}
        """,
        name,
        role,
    )
    assert row is not None  # noqa: S101 -- for mypy: the statement inserts or updates
    return member_of(row)


async def all_members(connection: Connection) -> list[Member]:
    """The team, the oldest members first."""
    rows = await connection.fetch(
        f"SELECT {MEMBER} FROM member WHERE left_at IS NULL ORDER BY created, id"
    )
    return [member_of(row) for row in rows]


async def lock_owners(connection: Connection) -> set[int]:
    """The ids of the owners, who stay owners until the transaction ends."""
    rows = await connection.fetch(
        """
        SELECT id FROM member WHERE role = 'owner' AND left_at IS NULL ORDER BY id FOR UPDATE
        """
    )
    return {row["id"] for row in rows}


async def has_owner(connection: Connection) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM member WHERE role = 'owner' AND left_at IS NULL)"
    )
    return found


async def set_role(connection: Connection, member: int, role: Role) -> bool:
    """Return whether there is such a member."""
    found = await connection.fetchval(
        "UPDATE member SET role = $2 WHERE id = $1 AND left_at IS NULL RETURNING true",
        member,
        role,
    )
    return bool(found)


async def leave(connection: Connection, member: int) -> bool:
    """Let a member leave: no session goes on; no code, passkey or token works.

    Args:
        connection: one in a transaction.
        member: the member's id.

    Returns:
        Whether there is such a member.
    """
    # In a statement of its own: the next one sees the session of a sign-in that was under way.
    await connection.execute("SELECT FROM member WHERE id = $1 FOR UPDATE", member)
    found = await connection.fetchval(
        """
        WITH gone AS (
            UPDATE member SET left_at = clock_timestamp()
            WHERE id = $1 AND left_at IS NULL RETURNING id
        ),
        ended AS (DELETE FROM session USING gone WHERE session.member = gone.id),
        void AS (
            UPDATE sign_in_code SET spent = clock_timestamp() FROM gone
            WHERE sign_in_code.member = gone.id AND spent IS NULL
        ),
        removed AS (DELETE FROM passkey USING gone WHERE passkey.member = gone.id),
        revoked AS (
            UPDATE token SET revoked = clock_timestamp() FROM gone
            WHERE token.member = gone.id AND revoked IS NULL
        )
        SELECT true FROM gone
        """,
        member,
    )
    return bool(found)


def member_of(row: Record) -> Member:
    return Member(row["id"], row["name"], row["role"], row["created"])
