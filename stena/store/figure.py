"""The figures of the defense, by the hour: one row for each thing that is counted.

Each transaction has one statement that writes them, and it locks the rows in order, so there are no
deadlocks.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from stena.figure import OUTCOMES, layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from stena.decision import Action, Decision
    from stena.figure import Counts, Layer, Outcome
    from stena.store.database import Connection

# What a decision of the team says about the layer that had held its messages.
SAYS: dict[Action, Outcome] = {
    "approve": "approved",
    "keep": "approved",
    "restore": "approved",
    "remove": "removed",
    "reject": "removed",
}


async def add(connection: Connection, counts: Counts, at: datetime | None = None) -> None:
    """Add to the figures of an hour.

    Args:
        connection: where to write.
        counts: what to add; what is taken back is negative.
        at: a time in that hour; None for now.
    """
    if not counts:
        return
    await connection.execute(
        """
        INSERT INTO figure AS old (hour, layer, outcome, count)
        SELECT date_trunc('hour', coalesce($1, clock_timestamp()), 'UTC'), layer, outcome, count
        FROM unnest($2::text[], $3::text[], $4::bigint[]) AS given (layer, outcome, count)
        ORDER BY layer, outcome
        ON CONFLICT (hour, layer, outcome) DO UPDATE SET count = old.count + excluded.count
        """,
        at,
        [layer for layer, _ in counts],
        [outcome for _, outcome in counts],
        list(counts.values()),
    )


async def of_decision(connection: Connection, action: Action, messages: Sequence[int]) -> Counts:
    """What a decision counts about these messages, before it changes them.

    A removal that does not call a message spam says nothing about the classifier.
    """
    counts: Counter[tuple[Layer, Outcome]] = Counter()
    outcome = SAYS.get(action)
    if outcome is None:
        return counts
    rows = await connection.fetch(
        """
        SELECT why, resembles_spam, count(*) FROM withheld WHERE message = ANY($1)
        GROUP BY why, resembles_spam
        """,
        messages,
    )
    for row in rows:
        if layer := layer_of(row["why"]):
            counts[layer, outcome] += row["count"]
        if row["resembles_spam"] and action != "remove":
            counts["classifier", outcome] += row["count"]
    return counts


async def undo(connection: Connection, decision: Decision) -> None:
    """Take back what a decision has counted; one of the wall itself was wrong.

    Runs before the messages get their states back.
    """
    if decision.action not in {"sweep", "report"}:
        counted = await connection.fetchval(
            "SELECT counted FROM decision WHERE id = $1", decision.id
        )
        await add(connection, _negative(counted), decision.made)
        return
    rows = await connection.fetch(
        """
        SELECT why, count(*) FROM withheld WHERE message = ANY($1) AND state = 'waiting'
        GROUP BY why
        """,
        decision.messages,
    )
    counts: Counter[tuple[Layer, Outcome]] = Counter()
    for row in rows:
        if layer := layer_of(row["why"]):
            counts[layer, "approved"] += row["count"]
    await add(connection, counts)


def as_json(counts: Counts) -> str | None:
    """Counts as a decision keeps them, None for none."""
    return json.dumps([[*key, count] for key, count in counts.items()]) if counts else None


def _negative(counted: str | None) -> Counts:
    return {(layer, outcome): -count for layer, outcome, count in json.loads(counted or "[]")}


async def since(connection: Connection, days: int) -> Counts:
    """The sums of so many days, the hour in which they begin included."""
    rows = await connection.fetch(
        """
        SELECT layer, outcome, greatest(sum(count), 0)::bigint AS count FROM figure
        WHERE hour > clock_timestamp() - make_interval(days => $1, hours => 1)
        GROUP BY layer, outcome
        """,
        days,
    )
    found = {(row["layer"], row["outcome"]): row["count"] for row in rows}
    return {
        (layer, outcome): found.get((layer, outcome), 0)
        for layer, outcomes in OUTCOMES.items()
        for outcome in outcomes
    }


async def forget(connection: Connection, days: int) -> None:
    """Delete what is older: a few rows for each hour."""
    await connection.execute(
        "DELETE FROM figure WHERE hour < clock_timestamp() - make_interval(days => $1)", days
    )
