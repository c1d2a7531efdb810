"""The rules of a wall: who may post, when and how often, whose messages wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from stena.refusal import Refusal
from stena.rule import Hours, Rule

if TYPE_CHECKING:
    from asyncpg import Record

    from stena.store.database import Connection

# How many rules are listed: no page is longer.
MOST_LISTED = 500
COLUMNS = """
    thread, mode, hours_from, hours_to, outside, time_zone, slow_seconds, close_days, links, reports
"""

# SQL: the rules that hold for a `draft` now: those of its thread, and where there is none of a
# kind, those of the main wall, whose row is always there. A draft has `thread`, `author`,
# `by_team`, `has_link`, and the id of the message above as `parent`. The time of the day is that of
# the statement, which runs under the order lock.
RULES = """
    LEFT JOIN rule AS own ON own.thread = draft.thread AND own.thread <> ''
    JOIN rule AS main ON main.thread = ''
    CROSS JOIN LATERAL (
        SELECT coalesce(own.mode, main.mode) AS within,
            coalesce(own.outside, main.outside) AS outside,
            CASE WHEN own.outside IS NULL THEN main.hours_from ELSE own.hours_from END AS starts,
            CASE WHEN own.outside IS NULL THEN main.hours_to ELSE own.hours_to END AS ends,
            coalesce(own.time_zone, main.time_zone, 'UTC') AS zone,
            CASE WHEN draft.author IS NULL OR draft.by_team THEN 0
                ELSE coalesce(own.slow_seconds, main.slow_seconds, 0) END AS slow,
            coalesce(own.close_days, main.close_days, 0) AS close_days,
            coalesce(own.links, main.links, 'plain') AS links
    ) AS ruled
    CROSS JOIN LATERAL (SELECT clock_timestamp() AT TIME ZONE ruled.zone AS there) AS clock
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN ruled.outside IS NULL OR starts = ends THEN true
            WHEN starts < ends THEN there::time >= starts AND there::time < ends
            ELSE there::time >= starts OR there::time < ends
        END AS is_within
    ) AS day
    CROSS JOIN LATERAL (
        SELECT CASE WHEN is_within THEN within ELSE ruled.outside END AS mode,
            CASE WHEN is_within THEN ruled.outside ELSE within END AS next_mode
    ) AS judged_by
"""
MODE = "judged_by.mode"
# SQL: whether everyone may post everywhere at any time, and nothing waits.
ALL_OPEN = """
    NOT EXISTS (SELECT FROM rule WHERE mode <> 'open' OR outside <> 'open' OR slow_seconds > 0)
"""
# SQL: why a `draft` becomes no message: nobody may post, the conversation is too old, or its
# browser posted a moment ago. One of the team always may. A post without a key is of no browser;
# to count it would help nothing, since anyone can make up keys. A time to come is from before the
# database's clock was set back, and would let a browser pause for hours.
IS_CLOSED = f"(NOT draft.by_team AND {MODE} = 'closed')"
IS_OLD = """
    (NOT draft.by_team AND ruled.close_days > 0 AND EXISTS (
        SELECT FROM message WHERE message.id = draft.parent
            AND message.created < clock_timestamp() - make_interval(days => ruled.close_days)
    ))
"""
IS_SOON = """
    (ruled.slow > 0 AND EXISTS (
        SELECT FROM browser_pace WHERE browser_pace.author = draft.author
            AND browser_pace.posted > clock_timestamp() - make_interval(secs => ruled.slow)
            AND browser_pace.posted <= clock_timestamp()
    ))
"""
TAKEN = f"NOT ({IS_CLOSED} OR {IS_OLD} OR {IS_SOON})"
# SQL: whether a `draft` then waits for the owner, and why. One of the team never does.
IS_NEW = """
    (NOT draft.by_team AND NOT EXISTS (SELECT FROM browser WHERE browser.author = draft.author))
"""
WAITS_FOR_MODE = f"""
    (NOT draft.by_team AND ({MODE} = 'all' OR {MODE} = 'first' AND {IS_NEW}))
"""
LINK_WAITS = f"(draft.has_link AND ruled.links = 'wait' AND {IS_NEW})"
WAITS = f"({WAITS_FOR_MODE} OR {LINK_WAITS})"
FOR_LINK = "links"
WHY = f"CASE WHEN {WAITS_FOR_MODE} THEN {MODE} ELSE '{FOR_LINK}' END"
# SQL: whether the addresses in it are links; NULL if there are none.
LINKS = f"CASE WHEN draft.has_link THEN ruled.links = 'show' OR NOT {IS_NEW} END"
# SQL: when a closed wall opens by itself, NULL if it does not; its time of the day there; in how
# many seconds a browser may post again.
UNTIL = f"""
    CASE WHEN {MODE} = 'closed' AND next_mode <> 'closed' THEN (
        SELECT (CASE WHEN soon > there THEN soon ELSE soon + interval '1 day' END)
            AT TIME ZONE ruled.zone
        FROM (SELECT there::date + CASE WHEN is_within THEN ends ELSE starts END AS soon) AS next
    ) END
"""
PAUSE = """
    (SELECT ceil(extract(epoch FROM posted + make_interval(secs => ruled.slow) - clock_timestamp()))
     FROM browser_pace
     WHERE browser_pace.author = draft.author AND posted <= clock_timestamp())::int
"""


async def all_rules(connection: Connection) -> list[Rule]:
    """The rules of the main wall, and then those of the threads by name; at most MOST_LISTED."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM rule ORDER BY thread LIMIT $1", MOST_LISTED
    )
    return [_rule_of(row) for row in rows]


async def get(connection: Connection, thread: str) -> Rule | None:
    """The rules of a wall, None if it has none of its own."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM rule WHERE thread = $1", thread)
    return _rule_of(row) if row else None


async def remove(connection: Connection, thread: str) -> None:
    """Remove the rules of a thread; the main wall keeps its own."""
    await connection.execute("DELETE FROM rule WHERE thread = $1 AND thread <> ''", thread)


async def put(connection: Connection, rule: Rule) -> None:
    """Let rules hold for a wall in the place of those that it has.

    Raises:
        Refusal: bad_time_zone, for one that the database does not know.
    """
    hours = rule.hours
    try:
        # Else each post would fail, and not only this change.
        await connection.execute("SELECT now() AT TIME ZONE $1", rule.time_zone or "UTC")
    except asyncpg.InvalidParameterValueError:
        raise Refusal("bad_time_zone", "time_zone") from None
    await connection.execute(
        f"""
        INSERT INTO rule ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (thread) DO UPDATE SET mode = excluded.mode,
            hours_from = excluded.hours_from, hours_to = excluded.hours_to,
            outside = excluded.outside, time_zone = excluded.time_zone,
            slow_seconds = excluded.slow_seconds, close_days = excluded.close_days,
            links = excluded.links, reports = excluded.reports
        """,
        rule.thread,
        rule.mode,
        hours and hours.start,
        hours and hours.end,
        hours and hours.outside,
        rule.time_zone,
        rule.slow_seconds,
        rule.close_days,
        rule.links,
        rule.reports,
    )


async def is_old(connection: Connection, number: int) -> bool:
    """Whether the conversation of a message takes no more replies."""
    found: bool | None = await connection.fetchval(
        f"""
        SELECT {IS_OLD} FROM (
            SELECT thread, author, coalesce(parent, id) AS parent, false AS by_team,
                false AS has_link
            FROM message WHERE id = $1
        ) AS draft
        {RULES}
        """,
        number,
    )
    return bool(found)


async def judge_link(
    connection: Connection, number: int, *, by_team: bool
) -> tuple[bool | None, bool]:
    """What becomes of the first link in a message, when its author adds one.

    Returns:
        Whether addresses in it are links, and whether a message that is shown has to wait; None
        and False for a message of which that was decided before.
    """
    row = await connection.fetchrow(
        f"""
        SELECT {LINKS} AS links, {LINK_WAITS} AS waits FROM (
            SELECT thread, author, parent, $2::boolean AS by_team, true AS has_link
            FROM message WHERE id = $1 AND links IS NULL
        ) AS draft
        {RULES}
        """,
        number,
        by_team,
    )
    return (row["links"], row["waits"]) if row else (None, False)


async def waits_for_mode(connection: Connection, number: int) -> str | None:
    """The mode for which a message waits that its author edits; None if it does not.

    It waits as a new one would: else a harmless message would be the way around the mode.
    """
    mode: str | None = await connection.fetchval(
        f"""
        SELECT CASE WHEN {WAITS_FOR_MODE} THEN {MODE} END FROM (
            SELECT thread, author, parent, false AS by_team, false AS has_link
            FROM message WHERE id = $1
        ) AS draft
        {RULES}
        """,
        number,
    )
    return mode


def _rule_of(row: Record) -> Rule:
    values = dict(row)
    start, end, outside = (values.pop(name) for name in ("hours_from", "hours_to", "outside"))
    return Rule(**values, hours=outside and Hours(start, end, outside))
