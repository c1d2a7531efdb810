"""Reactions to messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import REACTIONS
from stena.refusal import Refusal
from stena.store import ban, brake
from stena.store.message import CHANGE, change_of
from stena.store.order import ANNOUNCE, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.change import Change
    from stena.message import Reaction
    from stena.store.database import Connection


async def apply(
    connection: Connection, asked: Sequence[Reaction]
) -> tuple[list[Change], list[Change | Refusal]]:
    """Give and take back reactions, in one transaction.

    One that is so already changes nothing, and neither does one for whose author a ban holds.

    Returns:
        The changes that were made, in order, at most one a message; and for each reaction the
        last change of its message, or not_found, or step_needed.
    """
    async with ordered(connection):
        rows = await _apply(connection, asked)
    # There is always one, also if nothing was changed.
    unpaid = set(rows[0]["unpaid"] or ())
    made = [change_of(row) for row in rows if row["change"] is not None]
    last = {change.message.id: change for change in made}
    paid = {one.message for place, one in enumerate(asked, 1) if place not in unpaid}
    if others := paid - last.keys():
        last |= {row["id"]: change_of(row) for row in await _last_changes(connection, others)}
    return made, [
        Refusal("step_needed", "kind")
        if place in unpaid
        else last.get(one.message) or Refusal("not_found")
        for place, one in enumerate(asked, 1)
    ]


async def _apply(connection: Connection, asked: Sequence[Reaction]) -> list[Record]:
    # Of what one author asked for about one reaction only the last counts.
    return await connection.fetch(
        f"""
        WITH sent AS (
            SELECT asked.*, given AND {brake.IS_UNPAID} AS is_unpaid
            FROM unnest(
                $1::bigint[], $2::smallint[], $3::bytea[], $4::boolean[], $5::boolean[],
                $6::boolean[]
            ) WITH ORDINALITY
                AS asked (message, kind, author, given, is_suspect, is_paid, place)
            JOIN message ON message.id = asked.message
                AND message.state = 'visible' AND NOT message.gone
        ),
        asked AS (
            SELECT DISTINCT ON (message, kind, author) * FROM sent WHERE NOT is_unpaid
            ORDER BY message, kind, author, place DESC
        ),
        banned AS MATERIALIZED ({ban.holding_for_each("asked", "$7", "$8")}),
        given AS (
            INSERT INTO reaction (message, kind, author)
            SELECT message, kind, author FROM asked
            WHERE given AND place NOT IN (SELECT held FROM banned)
            ON CONFLICT DO NOTHING RETURNING message, kind
        ),
        taken AS (
            DELETE FROM reaction USING asked
            WHERE (reaction.message, reaction.kind, reaction.author)
                = (asked.message, asked.kind, asked.author) AND NOT asked.given
            RETURNING reaction.message, reaction.kind
        ),
        counted AS (
            SELECT message, kind, sum(more)::integer AS more
            FROM (SELECT *, 1 AS more FROM given UNION ALL SELECT *, -1 FROM taken) AS each
            GROUP BY message, kind HAVING sum(more) <> 0
        ),
        changed AS (
            UPDATE message
            SET reactions = (
                    SELECT array_agg(old.times + coalesce(counted.more, 0) ORDER BY old.kind)
                    FROM unnest(message.reactions) WITH ORDINALITY AS old (times, kind)
                    LEFT JOIN counted
                        ON counted.message = message.id AND counted.kind = old.kind
                ),
                change = nextval('message_change'), appeared = coalesce(appeared, change)
            WHERE id IN (SELECT message FROM counted)
            RETURNING {CHANGE}
        )
        SELECT changed.*, unpaid,
            CASE WHEN change IS NOT NULL THEN (SELECT {ANNOUNCE} FROM changed) END
        FROM (SELECT array_agg(place) AS unpaid FROM sent WHERE is_unpaid) AS refused
        LEFT JOIN changed ON true
        ORDER BY change
        """,
        [one.message for one in asked],
        [_number(one.kind) for one in asked],
        [one.author for one in asked],
        [one.on for one in asked],
        [one.is_suspect for one in asked],
        [one.is_paid for one in asked],
        *ban.digests_of([one.author for one in asked], [one.source for one in asked]),
    )


async def _last_changes(connection: Connection, messages: set[int]) -> list[Record]:
    return await connection.fetch(
        f"""
        SELECT {CHANGE}
        FROM message WHERE id = ANY($1) AND state = 'visible' AND NOT gone
        """,
        list(messages),
    )


async def given(connection: Connection, message: int, author: bytes) -> set[str]:
    """The kinds of one author's reactions to a message."""
    rows = await connection.fetch(
        "SELECT kind FROM reaction WHERE message = $1 AND author = $2", message, author
    )
    return {REACTIONS[row["kind"] - 1] for row in rows}


def _number(kind: str) -> int:
    return REACTIONS.index(kind) + 1
