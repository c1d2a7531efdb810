"""What happened that the team is alerted to, written by the transactions that do it.

Where no channel is set up nothing is written. The outbox is bounded: beyond MOST rows, events are
added to the number in the newest row of their kind.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stena.alert import Event, Facts
    from stena.store.database import Connection

# Rows are aggregated in one statement, within milliseconds.
MOST = 1000


def written(kind: Event, events: str) -> str:
    """SQL: common table expressions that write events.

    Args:
        kind: of the events.
        events: SQL, a query of one row: the number of the events, `times`, and their `facts`.

    Nothing waits for a row that the job that makes alerts has locked.
    """
    return f"""
        outbox_{kind} AS MATERIALIZED (
            SELECT events.times::integer AS times, events.facts
            FROM ({events}) AS events
            WHERE events.times > 0 AND EXISTS (SELECT FROM channel)
        ),
        outbox_{kind}_counted AS (
            UPDATE outbox SET times = outbox.times + outbox_{kind}.times
            FROM outbox_{kind}
            WHERE outbox.id = (
                SELECT id FROM outbox WHERE kind = '{kind}'
                    AND (SELECT max(id) - min(id) FROM outbox) >= {MOST}
                ORDER BY id DESC LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING outbox.id
        ),
        outbox_{kind}_added AS (
            INSERT INTO outbox (kind, times, facts)
            SELECT '{kind}', times, facts FROM outbox_{kind}
            WHERE NOT EXISTS (SELECT FROM outbox_{kind}_counted)
        )
    """


async def write(
    connection: Connection, kind: Event, *, times: int = 1, facts: Facts | None = None
) -> None:
    """Write events in a transaction that has no statement of its own for it."""
    await connection.execute(
        f"""
        WITH {written(kind, "SELECT $1::integer AS times, $2::jsonb AS facts")} SELECT
        """,
        times,
        json.dumps(facts or {}),
    )
