"""The sessions of members: on the server, so that each can be ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.member import FRESH, IDLE, LONGEST, SEEN_STEP, Pass, Session
from stena.store.member import MEMBER, member_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.store.database import Connection

# What is read of a session, beside the columns of its member. $1 is FRESH.
_COLUMNS = f"""
    {MEMBER},
    session.id AS session, session.created AS began, session.seen, session.agent,
    coalesce(session.confirmed > clock_timestamp() - $1::interval, false) AS fresh
"""
# Whether it goes on. $2 and $3 are IDLE and LONGEST.
_ALIVE = """
    session.seen > clock_timestamp() - $2::interval
    AND session.created > clock_timestamp() - $3::interval
    AND member.left_at IS NULL
"""


async def begin(  # noqa: PLR0913 -- the columns of the row
    connection: Connection,
    digest: bytes,
    before: bytes | None,
    member: int,
    agent: str,
    *,
    confirmed: bool,
) -> None:
    """Store a session, and end the one that the browser had `before`, and all that are over."""
    await connection.execute(
        """
        WITH over AS (
            DELETE FROM session WHERE seen <= clock_timestamp() - $5::interval
                OR created <= clock_timestamp() - $6::interval OR digest = $7
        )
        INSERT INTO session (digest, member, agent, confirmed)
        VALUES ($1, $2, $3, CASE WHEN $4 THEN clock_timestamp() END)
        """,
        digest,
        member,
        agent,
        confirmed,
        IDLE,
        LONGEST,
        before,
    )


async def read(connection: Connection, digest: bytes) -> Session | None:
    """A session that goes on, as its member is now; None if there is none."""
    row = await connection.fetchrow(
        f"""
        WITH found AS (
            SELECT {_COLUMNS}
            FROM session JOIN member ON member.id = session.member
            WHERE session.digest = $4 AND {_ALIVE}
        ),
        seen AS (
            UPDATE session SET seen = clock_timestamp() FROM found
            WHERE session.id = found.session AND session.seen NOT BETWEEN
                clock_timestamp() - $5::interval AND clock_timestamp()
        )
        SELECT * FROM found
        """,
        FRESH,
        IDLE,
        LONGEST,
        digest,
        SEEN_STEP,
    )
    return _session_of(row) if row else None


async def of_member(connection: Connection, member: int) -> list[Session]:
    """The sessions of a member, the one seen last first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM session JOIN member ON member.id = session.member
        WHERE session.member = $4 AND {_ALIVE}
        ORDER BY session.seen DESC, session.id DESC
        """,
        FRESH,
        IDLE,
        LONGEST,
        member,
    )
    return [_session_of(row) for row in rows]


async def passes(connection: Connection, ids: Sequence[int]) -> set[Pass]:
    """Those of the sessions that go on, with the roles that their members have now."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM session JOIN member ON member.id = session.member
        WHERE session.id = ANY($4) AND {_ALIVE}
        """,
        FRESH,
        IDLE,
        LONGEST,
        ids,
    )
    sessions = (_session_of(row) for row in rows)
    return {Pass(one.member.id, one.member.role, session=one.id) for one in sessions}


async def goes_on(connection: Connection, session: int) -> bool:
    """Whether a session goes on; then it does until the transaction ends."""
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS}
        FROM session JOIN member ON member.id = session.member
        WHERE session.id = $4 AND {_ALIVE}
        FOR SHARE OF session
        """,
        FRESH,
        IDLE,
        LONGEST,
        session,
    )
    return row is not None


async def end_one(connection: Connection, member: int, session: int) -> None:
    """End a session by its id, if it is one of this member."""
    await connection.execute("DELETE FROM session WHERE member = $1 AND id = $2", member, session)


async def end_others(connection: Connection, member: int, session: int) -> None:
    """End all sessions of a member but one."""
    await connection.execute("DELETE FROM session WHERE member = $1 AND id <> $2", member, session)


def _session_of(row: Record) -> Session:
    return Session(
        id=row["session"],
        member=member_of(row),
        created=row["began"],
        seen=row["seen"],
        agent=row["agent"],
        fresh=row["fresh"],
    )
