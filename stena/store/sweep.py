"""Which messages have to wait that were shown before the brake rose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.store.arrival import PASSED
from stena.store.sketch import IS_APPROVED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from stena.store.database import Connection

# How far back messages have to wait when the brake rises: those with a link, and random letters.
LINKS_SINCE, GIBBERISH_SINCE = "1 minute", "5 minutes"
# And those of the last minute that have so many hashes in common with so many others, by other
# browsers: the first messages of a flood are too few for a wave, and offers in other words each
# time have less in common than near copies. So many of the newest are looked at.
RESEMBLED, ALIKE, MOST_ALIKE = 2, 3, 500

# SQL: whether a known browser or the team has put the message `one` forward, or answered it.
_IS_ANSWERED = """
    EXISTS (SELECT FROM pin WHERE pin.message = one.id)
    OR EXISTS (
        SELECT FROM message AS reply
        WHERE reply.parent = one.id AND reply.state = 'visible' AND NOT reply.gone AND (
            reply.badge IS NOT NULL
            OR EXISTS (SELECT FROM browser WHERE browser.author = reply.author)
        )
    )
"""
_OF_THE_MINUTE = f"""
    made > clock_timestamp() - interval '{LINKS_SINCE}' AND {PASSED.format("made")}
"""
# SQL: what is known of messages of which it is not decided whether they may stay, and why they have
# to wait. $1 is the level, $2 since when it holds.
_UNJUDGED = f"""
    SELECT message AS id, 'wave' AS why FROM sketch WHERE wave IS NOT NULL AND NOT judged
    UNION ALL
    SELECT message, CASE WHEN gibberish THEN 'gibberish' ELSE 'brake' END
    FROM sketch
    WHERE $1::int > 0 AND wave IS NULL AND NOT judged
        AND made > clock_timestamp() - interval '{GIBBERISH_SINCE}' AND {PASSED.format("made")}
        AND (
            gibberish
            OR has_link AND made > clock_timestamp() - interval '{LINKS_SINCE}'
            OR $1 = 2 AND made > $2::timestamptz
        )
    UNION ALL
    SELECT message, 'brake' FROM (
        SELECT * FROM sketch
        WHERE $1 > 0 AND wave IS NULL AND NOT judged AND hashes <> '{{}}' AND {_OF_THE_MINUTE}
        ORDER BY made DESC LIMIT {MOST_ALIKE}
    ) AS sketch
    WHERE NOT EXISTS (SELECT FROM payment WHERE payment.message = sketch.message)
        AND {RESEMBLED} <= (
            SELECT count(*) FROM (
                SELECT FROM sketch AS other
                WHERE other.hashes && sketch.hashes AND {_OF_THE_MINUTE}
                    AND other.message <> sketch.message
                    AND (other.author IS NULL OR other.author IS DISTINCT FROM sketch.author)
                    AND {ALIKE} <= (
                        SELECT count(*) FROM unnest(other.hashes) AS each (hash)
                        WHERE hash = ANY(sketch.hashes)
                    )
                LIMIT {RESEMBLED}
            ) AS alike
        )
"""


async def unwanted(
    connection: Connection, level: int, since: datetime | None, most: int
) -> dict[int, str]:
    """The messages that are shown and have to wait at this level, and why.

    Never those of a known browser or of the team, nor what they have approved, answered or pinned.

    Args:
        connection: of the transaction of the job.
        level: of the brake. At level 0 these are the near copies for which it rises.
        since: when it rose; at level 2 all that newcomers have posted since has to wait.
        most: how many to find.
    """
    rows = await connection.fetch(
        f"""
        SELECT one.id, why FROM ({_UNJUDGED}) AS sketched JOIN message AS one USING (id)
        WHERE one.state = 'visible' AND NOT one.gone AND one.badge IS NULL
            AND NOT EXISTS (SELECT FROM browser WHERE browser.author = one.author)
            AND NOT ({IS_APPROVED} OR {_IS_ANSWERED})
        ORDER BY one.id LIMIT $3
        """,
        level,
        since,
        most,
    )
    return {row["id"]: row["why"] for row in rows}


async def explain(connection: Connection, why: Mapping[int, str]) -> None:
    """Note why messages wait that were just hidden, and that this was decided.

    Their wave is kept with them: the desk may be looked at when their sketches are forgotten.
    """
    await connection.execute(
        """
        WITH judged AS (
            UPDATE sketch SET judged = true WHERE message = ANY($1) RETURNING message, wave
        )
        UPDATE withheld SET why = given.why, wave = judged.wave
        FROM unnest($1::bigint[], $2::text[]) AS given (message, why)
        LEFT JOIN judged ON judged.message = given.message
        WHERE withheld.message = given.message
        """,
        list(why),
        list(why.values()),
    )


async def settle_waves(connection: Connection) -> None:
    """Note that it was decided about all copies that were found, also about those that may stay."""
    await connection.execute(
        "UPDATE sketch SET judged = true WHERE wave IS NOT NULL AND NOT judged"
    )
