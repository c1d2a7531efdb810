"""What visitors report, until the team has decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.report import REASONS, Reported
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


async def add(connection: Connection, report: Report, *, is_first: bool) -> None:
    """Add a visitor's report of a message.

    A browser reports a message once: a second report replaces the reason and the words of the
    first. After the team's decision it counts again only if the message was edited since.

    Args:
        connection: one inside `ordered`.
        report: what the visitor reports.
        is_first: whether it is the first report of the message from its client address.
    """
    await connection.execute(
        f"""
        WITH before AS (
            SELECT {KEEPS} AS was_wrong
            FROM report JOIN decision AS decided ON decided.id = report.settled
            WHERE report.author = $2
            ORDER BY report.made DESC LIMIT {LAST}
        ),
        judged AS (
            SELECT CASE
                WHEN (SELECT count(*) FILTER (WHERE was_wrong) FROM before) >= {WRONG} THEN 0
                WHEN EXISTS (SELECT FROM browser WHERE browser.author = $2) THEN {KNOWN}
                WHEN $5 THEN {NEWCOMER}
                ELSE 0
            END AS weight
        )
        INSERT INTO report AS old (message, author, reason, words, weight)
        SELECT $1, $2, $3, $4, weight FROM judged
        WHERE weight > 0 OR $2 IS NOT NULL AND {MOST_WEIGHTLESS} > (
            SELECT count(*) FROM report WHERE message = $1 AND settled IS NULL AND weight = 0
        )
        ON CONFLICT (message, author) DO UPDATE SET reason = excluded.reason,
            words = excluded.words, made = excluded.made, settled = NULL
        WHERE old.settled IS NULL
            OR (SELECT edited FROM message WHERE message.id = old.message)
                > (SELECT decision.made FROM decision WHERE decision.id = old.settled)
        """,
        report.message,
        report.author,
        report.reason,
        report.words,
        is_first,
    )


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
            SELECT coalesce(own.reports, main.reports, 0) AS needed
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
    """Messages with open reports, newest first, with their texts."""
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE}, {STATE} AS standing, kept.*, open.*
        FROM message
        JOIN (
            SELECT message AS of, count(*) AS times, sum(weight) AS weight,
                array_agg(reason) AS reasons,
                (array_agg(words ORDER BY made DESC) FILTER (WHERE words IS NOT NULL))
                    [1:{MOST_WORDS}] AS words
            FROM report WHERE settled IS NULL AND message < $1
            GROUP BY message
        ) AS open ON open.of = message.id
        LEFT JOIN (SELECT message AS kept_of, text AS kept_text, name AS kept_name FROM withheld)
            AS kept ON kept_of = message.id
        WHERE {STATE} IN ('visible', 'waiting')
        ORDER BY id DESC LIMIT $2
        """,
        NEWEST if before is None else before,
        limit,
    )
    return [_reported(row) for row in rows]


async def last(connection: Connection) -> int:
    """A number that grows with each report and each decision."""
    number: int = await connection.fetchval(
        """
        SELECT (SELECT coalesce(max(id), 0) FROM report)
            + (SELECT coalesce(max(id), 0) FROM decision)
        """
    )
    return number


def _reported(row: Record) -> Reported:
    message = message_of(row)
    if row["kept_of"] is not None:
        message = message._replace(text=row["kept_text"], name=row["kept_name"], tombstone=None)
    return Reported(
        message,
        row["standing"],
        count=row["times"],
        weight=row["weight"],
        reasons={one: row["reasons"].count(one) for one in REASONS if one in row["reasons"]},
        words=row["words"] or [],
    )
