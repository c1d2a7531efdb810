"""The passkeys of the members, and the challenges that were spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.passkey import MOST_PASSKEYS, Credential, Passkey

if TYPE_CHECKING:
    from datetime import datetime

    from stena.store.database import Connection


async def sealing(connection: Connection) -> tuple[bytes, datetime]:
    """The key that seals challenges, the same for all processes, and the time."""
    row = await connection.fetchrow("SELECT key, clock_timestamp() AS now FROM challenge_key")
    assert row is not None  # noqa: S101 -- for mypy: the migration inserts it
    return row["key"], row["now"]


async def of_member(connection: Connection, member: int) -> list[Passkey]:
    """The passkeys of a member, the newest first."""
    rows = await connection.fetch(
        "SELECT id, name, made, used FROM passkey WHERE member = $1 ORDER BY id DESC", member
    )
    return [Passkey(row["id"], row["name"], row["made"], row["used"]) for row in rows]


async def ids(connection: Connection, member: int) -> list[bytes]:
    """The authenticators' ids of a member's passkeys."""
    rows = await connection.fetch(
        "SELECT credential FROM passkey WHERE member = $1 ORDER BY id DESC", member
    )
    return [row["credential"] for row in rows]


async def find(connection: Connection, credential: bytes) -> tuple[int, Credential] | None:
    """The id of the member who has a passkey, and what verifies it."""
    row = await connection.fetchrow(
        """
        SELECT member, credential, public_key, counter
        FROM passkey JOIN member ON member.id = passkey.member
        WHERE credential = $1 AND left_at IS NULL
        """,
        credential,
    )
    if row is None:
        return None
    return row["member"], Credential(row["credential"], row["public_key"], row["counter"])


async def add(connection: Connection, member: int, credential: Credential, name: str) -> bool:
    """Store a passkey. Return False if the wall has it, for this member or another.

    Args:
        connection: one in a transaction that holds the member's row.
        member: the member's id.
        credential: what verifies it.
        name: as the member calls it.
    """
    made = await connection.fetchval(
        """
        INSERT INTO passkey (credential, member, public_key, counter, name)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true
        """,
        credential.id,
        member,
        credential.public_key,
        credential.counter,
        name,
    )
    return bool(made)


async def has_place(connection: Connection, member: int) -> bool:
    """Whether a member has fewer than MOST_PASSKEYS. It locks the member's row."""
    # Two at once would both see the last place free.
    await connection.execute("SELECT FROM member WHERE id = $1 FOR UPDATE", member)
    count: int = await connection.fetchval("SELECT count(*) FROM passkey WHERE member = $1", member)
    return count < MOST_PASSKEYS


async def use(connection: Connection, credential: Credential, counter: int) -> bool:
    """Note a sign-in. Return False if the passkey was used or removed meanwhile.

    Args:
        connection: one in a transaction, which stores the session too.
        credential: as it was verified.
        counter: the new one.
    """
    # A member who leaves at this moment leaves before, or after the session is stored.
    await connection.execute(
        """
        SELECT FROM member WHERE id = (SELECT member FROM passkey WHERE credential = $1) FOR SHARE
        """,
        credential.id,
    )
    used = await connection.fetchval(
        """
        UPDATE passkey SET used = clock_timestamp(), counter = $3 FROM member
        WHERE credential = $1 AND counter = $2
            AND member.id = passkey.member AND member.left_at IS NULL
        RETURNING true
        """,
        credential.id,
        credential.counter,
        counter,
    )
    return bool(used)


async def remove(connection: Connection, member: int, number: int) -> bool:
    """Remove a passkey of this member. Return whether there was one."""
    removed = await connection.fetchval(
        "DELETE FROM passkey WHERE member = $1 AND id = $2 RETURNING true", member, number
    )
    return bool(removed)


async def spend(connection: Connection, challenge: bytes, expires: datetime) -> bool:
    """Spend a challenge, and forget those that have expired. Of two at once one gets True."""
    spent = await connection.fetchval(
        """
        WITH expired AS (DELETE FROM spent_challenge WHERE expires < clock_timestamp())
        INSERT INTO spent_challenge (challenge, expires) VALUES ($1, $2)
        ON CONFLICT DO NOTHING RETURNING true
        """,
        challenge,
        expires,
    )
    return bool(spent)
