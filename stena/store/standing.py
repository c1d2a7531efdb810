"""Browsers become known because their messages stand, without a decision of the team.

Messages are looked at in the order of their ids, each once, when they are a day old, from a mark
that all processes share. So no message is searched for by its author.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.store.database import Connection

# How long a message stands before it counts, and how many have to.
STANDS, ENOUGH = "24 hours", 2
# The browser of a message that was removed or reported since is not trusted yet.
BLAMED = "7 days"
# The second message counts if it comes within this time after the first.
KEPT = "30 days"
# Takes some hundredths of a second.
BATCH = 1000


async def watch(connection: Connection) -> None:
    """Note in which hours somebody of the team looked, as far as the sessions and tokens tell."""
    await connection.execute(
        f"""
        WITH seen AS (
            SELECT DISTINCT date_trunc('hour', moment) AS hour FROM (
                SELECT seen AS moment FROM session
                UNION ALL SELECT used FROM token WHERE revoked IS NULL
            ) AS looked
            WHERE moment > clock_timestamp() - interval '{KEPT}'
        ),
        forgotten AS (DELETE FROM watched WHERE hour < clock_timestamp() - interval '{KEPT}')
        INSERT INTO watched (hour) SELECT hour FROM seen ON CONFLICT DO NOTHING
        """
    )


async def trust(connection: Connection) -> bool:
    """Look at the next messages that are a day old, at most BATCH.

    Returns:
        Whether there may be more. False too while another process does it.
    """
    async with connection.transaction():
        mark = await connection.fetchval("SELECT message FROM standing_mark FOR UPDATE SKIP LOCKED")
        if mark is None:
            return False
        rows = await connection.fetch(
            f"""
            SELECT id, author, state = 'visible' AND NOT gone AND author IS NOT NULL
                AND coalesce(edited, created) < clock_timestamp() - interval '{STANDS}'
                AND EXISTS (
                    SELECT FROM watched WHERE hour > created
                        AND hour + interval '1 hour' < created + interval '{STANDS}'
                ) AS stood
            FROM (
                SELECT id, author, state, gone, created, edited
                FROM message WHERE id > $1 ORDER BY id LIMIT {BATCH}
            ) AS next
            WHERE created < clock_timestamp() - interval '{STANDS}'
            ORDER BY id
            """,
            mark,
        )
        if rows:
            stood = [row["id"] for row in rows if row["stood"]]
            await _count(connection, stood)
            await connection.execute("UPDATE standing_mark SET message = $1", rows[-1]["id"])
    return len(rows) == BATCH


async def _count(connection: Connection, stood: Sequence[int]) -> None:
    """Know the browsers of which enough messages have stood, and note the messages of others."""
    rows = await connection.fetch(
        """
        SELECT message.author, max(message.id) AS newest, count(*) + count(DISTINCT earlier.id) AS
            times
        FROM message
        LEFT JOIN standing ON standing.author = message.author
        LEFT JOIN message AS earlier ON earlier.id = standing.message
            AND earlier.state = 'visible' AND NOT earlier.gone
        WHERE message.id = ANY($1)
            AND NOT EXISTS (SELECT FROM browser WHERE browser.author = message.author)
        GROUP BY message.author
        """,
        stood,
    )
    newest = {row["author"]: row["newest"] for row in rows}
    enough = [row["author"] for row in rows if row["times"] >= ENOUGH]
    blamed = await _blamed(connection, enough) if enough else set()
    trusted = [author for author in enough if author not in blamed]
    others = [author for author in newest if author not in trusted]
    await connection.execute(
        """
        WITH known AS (
            INSERT INTO browser (author) SELECT unnest($1::bytea[]) ON CONFLICT DO NOTHING
        ),
        counted AS (DELETE FROM standing WHERE author = ANY($1))
        INSERT INTO standing (author, message)
        SELECT * FROM unnest($2::bytea[], $3::bigint[])
        ON CONFLICT (author) DO UPDATE
        SET message = excluded.message, since = clock_timestamp()
        """,
        trusted,
        others,
        [newest[author] for author in others],
    )


async def _blamed(connection: Connection, authors: Sequence[bytes]) -> set[bytes]:
    """Those of the browsers of which something was removed or reported lately."""
    rows = await connection.fetch(
        f"""
        SELECT message.author FROM report JOIN message ON message.id = report.message
        WHERE report.made > clock_timestamp() - interval '{BLAMED}' AND report.weight > 0
            AND message.author = ANY($1)
        UNION
        SELECT message.author
        FROM decision CROSS JOIN unnest(decision.messages) AS removed (id)
        JOIN message ON message.id = removed.id
        WHERE decision.made > clock_timestamp() - interval '{BLAMED}'
            AND decision.action IN ('remove', 'reject') AND decision.undone IS NULL
            AND message.author = ANY($1)
        """,
        authors,
    )
    return {row["author"] for row in rows}


async def forget(connection: Connection) -> bool:
    """Delete what counts no longer: old notes, and posts after which no pause is so long.

    Returns:
        Whether there may be more.
    """
    deleted: int = await connection.fetchval(
        f"""
        WITH old AS (
            SELECT author FROM standing
            WHERE since < clock_timestamp() - interval '{KEPT}' LIMIT {BATCH}
        ),
        passed AS (
            SELECT author FROM browser_pace
            WHERE posted < clock_timestamp() - interval '1 hour' LIMIT {BATCH}
        ),
        forgotten AS (
            DELETE FROM standing WHERE author IN (SELECT author FROM old) RETURNING 1
        ),
        -- The time is compared again, since the browser may have posted meanwhile.
        done AS (
            DELETE FROM browser_pace WHERE author IN (SELECT author FROM passed)
                AND posted < clock_timestamp() - interval '1 hour'
            RETURNING 1
        )
        SELECT greatest((SELECT count(*) FROM forgotten), (SELECT count(*) FROM done))
        """
    )
    return deleted == BATCH
