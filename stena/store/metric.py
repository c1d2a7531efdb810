"""What is counted for a monitoring system: a row for each sum, and what the wall has now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from stena.decision import MOST_COUNTED
from stena.store import figure
from stena.store.brake import LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stena.store.database import Connection

# The name of a sum, and up to two labels.
Key: TypeAlias = tuple[str, str, str]


class Figure(NamedTuple):
    """What the wall has now.

    Attributes:
        waiting: how many messages wait, counted up to MOST_COUNTED.
        reported: how many messages have open reports, counted likewise.
        brake: the level of the brake.
        alerts: how many alerts are still to be sent.
        unindexed: how many changes no search finds yet.
    """

    waiting: int
    reported: int
    brake: int
    alerts: int
    unindexed: int


async def add(connection: Connection, counts: Mapping[Key, float]) -> None:
    """Add to the sums; the rows are locked in order, so that processes do not wait in a circle."""
    await connection.execute(
        """
        INSERT INTO metric AS old (name, label, value, total)
        SELECT name, label, value, total
        FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[])
            AS given (name, label, value, total)
        ORDER BY name, label, value
        ON CONFLICT (name, label, value) DO UPDATE SET total = old.total + excluded.total
        """,
        [name for name, _, _ in counts],
        [label for _, label, _ in counts],
        [value for _, _, value in counts],
        list(counts.values()),
    )


async def sums(connection: Connection) -> dict[Key, float]:
    """All sums."""
    rows = await connection.fetch("SELECT name, label, value, total FROM metric")
    return {(row["name"], row["label"], row["value"]): row["total"] for row in rows}


async def figures(connection: Connection) -> Figure:
    """What the wall has now."""
    row = await connection.fetchrow(
        f"""
        SELECT
            (SELECT count(*) FROM (
                SELECT FROM withheld WHERE state = 'waiting' LIMIT $1
            ) AS counted) AS waiting,
            (SELECT count(*) FROM (
                SELECT DISTINCT message FROM report WHERE settled IS NULL LIMIT $1
            ) AS counted) AS reported,
            (SELECT {LEVEL} FROM brake) AS brake,
            (SELECT count(*) FROM delivery) AS alerts,
            greatest(0, (SELECT max(change) FROM message)
                - (SELECT folded FROM message_words_mark)) AS unindexed
        """,
        MOST_COUNTED,
    )
    assert row is not None  # noqa: S101 -- it has no FROM
    return Figure(**dict(row))


async def defense(connection: Connection) -> dict[tuple[str, str], int]:
    """What each layer of the defense did in the last 24 hours."""
    return {
        (layer, outcome): count
        for (layer, outcome), count in (await figure.since(connection, 1)).items()
    }
