"""Where messages came from, as digests with the keys of their weeks."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_bytes
from typing import TYPE_CHECKING, NamedTuple

from stena.source import KEPT_DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from stena.message import Draft
    from stena.store.database import Connection

KEY_BYTES = 32
# Takes some hundredths of a second.
BATCH = 1000

# SQL: the first day of this week, a Monday.
THIS_WEEK = "date_trunc('week', clock_timestamp() AT TIME ZONE 'UTC')::date"
# SQL: whether a week is so old that its key is deleted. $1 is KEPT_DAYS.
_IS_OVER = f"(week <= {THIS_WEEK} - $1::int OR week > {THIS_WEEK} + 7)"


class Found(NamedTuple):
    """Where a message came from, of which the key is still there.

    Attributes:
        week: whose key it is.
    """

    message: int
    week: date
    address: bytes
    network: bytes


async def keys(connection: Connection) -> tuple[list[tuple[date, bytes]], float]:
    """The weeks that have a key, with the keys, this week first; in how many seconds it ends.

    Weeks that are still to come are the last: the clock of the database was ahead.
    """
    # Of several processes that begin a week, one makes its key.
    await connection.execute(
        f"""
        INSERT INTO source_key (week, key) SELECT {THIS_WEEK}, $1
        WHERE NOT EXISTS (SELECT FROM source_key WHERE week = {THIS_WEEK})
        ON CONFLICT DO NOTHING
        """,
        token_bytes(KEY_BYTES),
    )
    rows = await connection.fetch(
        f"""
        SELECT week, key, clock_timestamp() AS now FROM source_key
        ORDER BY week > {THIS_WEEK}, week DESC
        """
    )
    first = rows[0]
    return [(row["week"], row["key"]) for row in rows], _rest(first["week"], first["now"])


def _rest(week: date, now: datetime) -> float:
    """How many seconds of a week are left; at least one, should it have ended just now."""
    passed = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
    left = timedelta(days=7) - (now.date() - week) - passed
    return max(left.total_seconds(), 1)


def columns(drafts: Sequence[Draft]) -> tuple[Sequence[object], ...]:
    """The weeks, addresses and networks of drafts, as parameters; None where none is known."""
    sources = [draft.source for draft in drafts]
    return (
        [one and one.week for one in sources],
        [one and one.address for one in sources],
        [one and one.network for one in sources],
    )


async def of_newest(connection: Connection, messages: Sequence[int]) -> Found | None:
    """Where the newest of these messages came from of which that is known."""
    row = await connection.fetchrow(
        """
        SELECT message, week, address, network FROM source JOIN source_key USING (week)
        WHERE message = ANY($1) ORDER BY message DESC LIMIT 1
        """,
        messages,
    )
    return Found(**dict(row)) if row else None


async def keep_key(connection: Connection, week: date, days: int) -> bool:
    """Keep the key of a week while a ban of so many days needs it. Return whether it is there."""
    kept = await connection.fetchval(
        """
        UPDATE source_key SET kept_until = greatest(
            kept_until, clock_timestamp() + make_interval(hours => 24 * $2)
        )
        WHERE week = $1 RETURNING true
        """,
        week,
        days,
    )
    return bool(kept)


async def forget(connection: Connection) -> bool:
    """Delete the keys of old weeks, and some of their digests.

    The key goes first: without it the digests mean nothing, however many there are. One that a ban
    needs stays without the digests of messages. What is of a later week than the next goes too: the
    clock was ahead.

    Returns:
        Whether there may be more digests.
    """
    await connection.execute(
        f"""
        DELETE FROM source_key
        WHERE {_IS_OVER} AND kept_until < clock_timestamp()
        """,
        KEPT_DAYS,
    )
    # The oldest are the first by their ids, so no index on the week is needed.
    deleted: int = await connection.fetchval(
        f"""
        WITH oldest AS (SELECT message, week FROM source ORDER BY message LIMIT {BATCH}),
        deleted AS (
            DELETE FROM source WHERE message IN (
                SELECT message FROM oldest WHERE {_IS_OVER}
            )
            RETURNING 1
        )
        SELECT count(*) FROM deleted
        """,
        KEPT_DAYS,
    )
    return deleted > 0
