"""How many newcomers arrive: by the second, for minutes; by the hour, for a week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.brake import SHORT_SECONDS, Arrivals
from stena.store.standing import BATCH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from stena.store.database import Connection

# What is usual is the mean of the hours of a week in which any newcomer came and nothing held: a
# flood does not become usual.
WEEK = "7 days"
# Of messages that were paid in one way so many, reported or removed within this time, close it.
BAD, LATELY = 5, "10 minutes"
# A message is reported if its open reports weigh as much as that of one known browser.
REPORTED = 1
# SQL: a time that has come. Others are from before the database's clock was set back: without this,
# all that came since then would have come lately.
PASSED = "{} <= clock_timestamp()"
# So many of the newest paid messages are looked at.
MOST_PAID = 2000


async def add(
    connection: Connection, came: Sequence[datetime], paid: Sequence[datetime], *, is_usual: bool
) -> None:
    """Count newcomers' messages by their times.

    Args:
        connection: of the transaction of the job.
        came: the times of those that were not paid for.
        paid: the times of the others.
        is_usual: whether they count for what is usual.
    """
    await connection.execute(
        """
        INSERT INTO arrival AS old (second, newcomers, paid)
        SELECT date_trunc('second', made), count(*) FILTER (WHERE NOT is_paid),
            count(*) FILTER (WHERE is_paid)
        FROM (
            SELECT unnest($1::timestamptz[]) AS made, false AS is_paid
            UNION ALL SELECT unnest($2::timestamptz[]), true
        ) AS each
        GROUP BY 1
        ON CONFLICT (second) DO UPDATE SET newcomers = old.newcomers + excluded.newcomers,
            paid = old.paid + excluded.paid
        """,
        came,
        paid,
    )
    if is_usual:
        await connection.execute(
            """
            INSERT INTO arrival_hour AS old (hour, newcomers)
            SELECT date_trunc('hour', made), count(*)
            FROM unnest($1::timestamptz[]) AS made GROUP BY 1
            ON CONFLICT (hour) DO UPDATE SET newcomers = old.newcomers + excluded.newcomers
            """,
            came,
        )


async def add_asked(connection: Connection, asked: int) -> None:
    """Count newcomers whose drafts were left out until they pay."""
    await connection.execute(
        """
        INSERT INTO arrival AS old (second, asked)
        VALUES (date_trunc('second', clock_timestamp()), $1)
        ON CONFLICT (second) DO UPDATE SET asked = old.asked + excluded.asked
        """,
        asked,
    )


async def lately(connection: Connection, *, copies: bool) -> Arrivals:
    """What was counted lately; `copies` as of Arrivals. One who pays was asked before."""
    row = await connection.fetchrow(
        f"""
        SELECT came + greatest(asked, paid) AS minute,
            short_came + greatest(short_asked, short_paid) AS short, paid,
            (
                SELECT coalesce(sum(newcomers) / count(*) / 60, 0)::float FROM arrival_hour
                WHERE hour < date_trunc('hour', clock_timestamp())
                    AND hour > clock_timestamp() - interval '{WEEK}'
            ) AS usual
        FROM (
            SELECT coalesce(sum(newcomers), 0)::int AS came, coalesce(sum(asked), 0)::int AS asked,
                coalesce(sum(paid), 0)::int AS paid,
                coalesce(sum(newcomers) FILTER (WHERE is_short), 0)::int AS short_came,
                coalesce(sum(asked) FILTER (WHERE is_short), 0)::int AS short_asked,
                coalesce(sum(paid) FILTER (WHERE is_short), 0)::int AS short_paid
            FROM (
                SELECT *, second > clock_timestamp() - make_interval(secs => $1) AS is_short
                FROM arrival
                WHERE second > clock_timestamp() - interval '1 minute' AND {PASSED.format("second")}
            ) AS minute
        ) AS counted
        """,
        float(SHORT_SECONDS),
    )
    assert row is not None  # noqa: S101 -- for mypy: sums have one row
    return Arrivals(**dict(row), copies=copies, closed=await _closed(connection))


async def _closed(connection: Connection) -> list[str]:
    """The ways of paying of which too many messages were reported or removed lately."""
    rows = await connection.fetch(
        f"""
        SELECT way FROM (
            SELECT message, way FROM payment
            WHERE made > clock_timestamp() - interval '1 day' AND {PASSED.format("made")}
            ORDER BY made DESC LIMIT {MOST_PAID}
        ) AS paid
        WHERE EXISTS (
            SELECT FROM withheld WHERE withheld.message = paid.message AND state = 'removed'
                AND withheld.since > clock_timestamp() - interval '{LATELY}'
                AND {PASSED.format("withheld.since")}
        ) OR {REPORTED} <= (
            SELECT sum(weight) FROM report WHERE report.message = paid.message
                AND report.made > clock_timestamp() - interval '{LATELY}'
                AND {PASSED.format("report.made")}
        )
        GROUP BY way HAVING count(*) >= {BAD} ORDER BY way
        """
    )
    return [row["way"] for row in rows]


async def forget(connection: Connection) -> bool:
    """Delete what counts no longer, some at once. Returns whether there may be more."""
    deleted: int = await connection.fetchval(
        f"""
        WITH seconds AS (
            DELETE FROM arrival WHERE second IN (
                SELECT second FROM arrival
                WHERE second < clock_timestamp() - interval '10 minutes'
                    OR second > clock_timestamp() + interval '10 minutes' LIMIT {BATCH}
            ) RETURNING 1
        ),
        hours AS (
            DELETE FROM arrival_hour WHERE hour < clock_timestamp() - interval '{WEEK}'
        ),
        payments AS (
            DELETE FROM payment WHERE message IN (
                SELECT message FROM payment
                WHERE made < clock_timestamp() - interval '2 days' LIMIT {BATCH}
            ) RETURNING 1
        )
        SELECT greatest((SELECT count(*) FROM seconds), (SELECT count(*) FROM payments))
        """
    )
    return deleted == BATCH
