"""What visitors report, until the team has decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.report import REASONS, URGENT, Reported
from stena.rule import REPORTS
from stena.store import ban, brake, outbox
from stena.store.message import MESSAGE, NEWEST, STATE, message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.report import Report
    from stena.store.database import Connection

# A browser of whose last reports so many were wrong is often wrong: its next ones weigh nothing.
# They are wrong where the team kept the message.
LAST, WRONG = 5, 3
# A stranger can make up keys, so the report of a browser that is not known weighs less.
KNOWN, NEWCOMER = 1.0, 0.5
# Of the reports that weigh nothing, a message keeps so many.
MOST_WEIGHTLESS = 20
# How many words of one message the team is shown.
MOST_WORDS = 3

# SQL: the decision `decided` keeps its messages on the wall.
KEEPS = "decided.undone IS NULL AND decided.action IN ('approve', 'keep', 'restore')"
_ADDED = "SELECT count(*) AS times, '{}'::jsonb AS facts FROM added WHERE weight > 0"
_REPORTED, _URGENT = outbox.written("reported", _ADDED), outbox.written("urgent", _ADDED)


async def add(connection: Connection, report: Report, *, is_first: bool) -> bool:
    """Add a visitor's report of a message, unless it has to be paid for first.

    A browser reports a message once: a second report replaces the reason and the words of the
    first. After the team's decision it counts again only if the message was edited since. The team
    is alerted to a report that weighs something.

    Args:
        connection: one inside `ordered`.
        report: what the visitor reports.
        is_first: whether it is the first report of the message from its client address.

    Returns:
        False if it has to be paid for.
    """
    is_taken: bool = await connection.fetchval(
        f"""
        WITH asked AS (
            SELECT {brake.IS_UNPAID} AS is_unpaid
            FROM (
                SELECT $2::bytea AS author, $6::boolean AS is_suspect, $7::boolean AS is_paid
            ) AS asked
        ),
        before AS (
            SELECT {KEEPS} AS was_wrong
            FROM report JOIN decision AS decided ON decided.id = report.settled
            WHERE report.author = $2
            ORDER BY report.made DESC LIMIT {LAST}
        ),
        judged AS (
            SELECT CASE
                WHEN (SELECT count(*) FILTER (WHERE was_wrong) FROM before) >= {WRONG} THEN 0
                WHEN EXISTS (SELECT {ban.holding("$2::bytea", "$8::bytea[]")}) THEN 0
                WHEN EXISTS (SELECT FROM browser WHERE browser.author = $2) THEN {KNOWN}
                WHEN $5 THEN {NEWCOMER}
                ELSE 0
            END AS weight
        ),
        added AS (
            INSERT INTO report AS old (message, author, reason, words, weight)
            SELECT $1, $2, $3, $4, weight FROM judged CROSS JOIN asked
            WHERE NOT is_unpaid AND (weight > 0 OR $2 IS NOT NULL AND {MOST_WEIGHTLESS} > (
                SELECT count(*) FROM report WHERE message = $1 AND settled IS NULL AND weight = 0
            ))
            ON CONFLICT (message, author) DO UPDATE SET reason = excluded.reason,
                words = excluded.words, made = excluded.made, settled = NULL
            WHERE old.settled IS NULL
                OR (SELECT edited FROM message WHERE message.id = old.message)
                    > (SELECT decision.made FROM decision WHERE decision.id = old.settled)
            RETURNING weight
        ),
        {_URGENT if report.reason in URGENT else _REPORTED}
        SELECT NOT is_unpaid FROM asked
        """,
        report.message,
        report.author,
        report.reason,
        report.words,
        is_first,
        report.is_suspect,
        report.is_paid,
        report.source.digests if report.source else (),
    )
    return is_taken


async def suffice(connection: Connection, number: int) -> bool:
    """Whether a message that is shown has to wait, for its open reports.

    Once the team has kept it, or it has waited for its reports, others change nothing until its
    author edits it. Newcomers alone never hide what the team has approved.
    """
    found: bool = await connection.fetchval(
        f"""
        WITH open AS (
            SELECT coalesce(sum(weight), 0) AS weight, coalesce(max(weight), 0) AS highest
            FROM report WHERE message = $1 AND settled IS NULL
        ),
        decided AS (
            SELECT {KEEPS} AS keeps,
                decided.made > coalesce(message.edited, message.created) AND (
                    decided.action = 'report' OR {KEEPS} AND EXISTS (
                        SELECT FROM report WHERE report.settled = decided.id
                            AND report.message = $1
                    )
                ) AS settles
            FROM decision AS decided JOIN message ON message.id = $1
            WHERE decided.messages @> ARRAY[$1::bigint]
        )
        SELECT needed > 0 AND open.weight >= needed
            AND NOT EXISTS (SELECT FROM decided WHERE settles)
            AND (open.highest >= {KNOWN} OR NOT EXISTS (SELECT FROM decided WHERE keeps))
        FROM open, (
            SELECT coalesce(own.reports, main.reports, {REPORTS}) AS needed
            FROM message
            LEFT JOIN rule AS own ON own.thread = message.thread
            CROSS JOIN (SELECT reports FROM rule WHERE thread = '') AS main
            WHERE message.id = $1
        ) AS rules
        """,
        number,
    )
    return found


async def explain(connection: Connection, number: int) -> None:
    """Note that a message waits because of its reports."""
    await connection.execute("UPDATE withheld SET why = 'reports' WHERE message = $1", number)


async def with_open(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Those of the messages that have open reports."""
    rows = await connection.fetch(
        "SELECT DISTINCT message FROM report WHERE message = ANY($1) AND settled IS NULL", ids
    )
    return {row["message"] for row in rows}


async def settle(connection: Connection, decision: int, messages: Sequence[int]) -> None:
    """Settle the open reports of messages, by a decision that can be undone."""
    await connection.execute(
        "UPDATE report SET settled = $1 WHERE message = ANY($2) AND settled IS NULL",
        decision,
        messages,
    )


async def reopen(connection: Connection, decision: int) -> None:
    """Open the reports again that a decision settled."""
    await connection.execute("UPDATE report SET settled = NULL WHERE settled = $1", decision)


async def reported(connection: Connection, before: int | None, limit: int) -> list[Reported]:
    """Messages with open reports, newest first, with their texts.

    One after the other by the index, so that a page takes no longer where thousands are reported.
    """
    rows = await connection.fetch(
        f"""
        WITH RECURSIVE listed AS (
            SELECT $1::bigint AS of, 0 AS place
            UNION ALL
            SELECT next.of, place + 1 FROM listed CROSS JOIN LATERAL (
                SELECT report.message AS of
                FROM report JOIN message ON message.id = report.message
                WHERE settled IS NULL AND report.message < listed.of
                    AND {STATE} IN ('visible', 'waiting')
                ORDER BY report.message DESC LIMIT 1
            ) AS next
            WHERE place < $2
        ),
        kept AS (
            SELECT message AS kept_of, text AS kept_text, name AS kept_name FROM withheld
        )
        SELECT {MESSAGE}, {STATE} AS standing, kept.*, open.*, ARRAY(
            SELECT words FROM report
            WHERE message = listed.of AND settled IS NULL AND words IS NOT NULL
            ORDER BY made DESC LIMIT {MOST_WORDS}
        ) AS words
        FROM listed JOIN message ON message.id = listed.of
        LEFT JOIN kept ON kept_of = message.id
        CROSS JOIN LATERAL (
            SELECT sum(times)::int AS count, sum(weight) AS weight,
                array_agg(reason) AS reasons, array_agg(times) AS times
            FROM (
                SELECT reason, count(*)::int AS times, sum(weight) AS weight
                FROM report WHERE message = listed.of AND settled IS NULL GROUP BY reason
            ) AS given
        ) AS open
        WHERE place > 0 ORDER BY id DESC
        """,
        NEWEST if before is None else before,
        limit,
    )
    return [_reported(row) for row in rows]


def _reported(row: Record) -> Reported:
    message = message_of(row)
    if row["kept_of"] is not None:
        message = message._replace(text=row["kept_text"], name=row["kept_name"], tombstone=None)
    times = dict(zip(row["reasons"], row["times"], strict=True))
    return Reported(
        message,
        row["standing"],
        count=row["count"],
        weight=row["weight"],
        reasons={one: times[one] for one in REASONS if one in times},
        words=row["words"],
    )
