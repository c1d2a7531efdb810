"""Whom the ban of an address or a network would affect, of those whose messages are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.ban import Preview, Reach

if TYPE_CHECKING:
    from stena.ban import BanTarget
    from stena.source import Source
    from stena.store.database import Connection
    from stena.store.source import Found

# Among so many of the newest messages: some tenths of a second.
MOST_READ = 50_000
# If of so many of the newest all came from one address, and from so many browsers, perhaps all
# visitors seem to.
MOST_COMPARED, FEWEST_BROWSERS = 1000, 5
# How many messages are shown, and how many characters of each.
SHOWN, EXCERPT = 3, 120


async def preview(connection: Connection, found: Found, own: Source | None) -> Preview:
    """Whom a ban would affect.

    Args:
        connection: where to read.
        found: where a message came from.
        own: where the member who asks writes from.
    """
    digests = own.digests if own else ()
    return Preview(
        found.message,
        found.week,
        [
            await _reach(connection, found, "address", is_own=found.address in digests),
            await _reach(connection, found, "network", is_own=found.network in digests),
        ],
        await _is_everyone(connection, found),
    )


async def _reach(connection: Connection, found: Found, target: BanTarget, *, is_own: bool) -> Reach:
    # Only what has the same week has digests that can be compared. A message without a key is of no
    # browser, and so of another one.
    row = await connection.fetchrow(
        f"""
        WITH newest AS (
            SELECT message, week, {target} AS digest FROM source ORDER BY message DESC LIMIT $4
        ),
        others AS MATERIALIZED (
            SELECT id, author, coalesce(withheld.text, message.text) AS text
            FROM newest JOIN message ON message.id = newest.message
            LEFT JOIN withheld ON withheld.message = message.id
            WHERE newest.week = $2 AND newest.digest = $3 AND id <> $1
                AND author IS DISTINCT FROM (
                    SELECT coalesce(author, '') FROM message AS banned WHERE banned.id = $1
                )
        ),
        shown AS (
            SELECT id, left(text, $6) AS text FROM others
            WHERE text <> '' ORDER BY id DESC LIMIT $5
        )
        SELECT count(*) AS messages, count(DISTINCT author) AS browsers,
            count(DISTINCT author) FILTER (
                WHERE EXISTS (SELECT FROM browser WHERE browser.author = others.author)
            ) AS known,
            (SELECT array_agg(id ORDER BY id DESC) FROM shown) AS ids,
            (SELECT array_agg(text ORDER BY id DESC) FROM shown) AS texts
        FROM others
        """,
        found.message,
        found.week,
        found.address if target == "address" else found.network,
        MOST_READ,
        SHOWN,
        EXCERPT,
    )
    assert row is not None  # noqa: S101 -- for mypy: counts have one row
    newest = list(zip(row["ids"] or (), row["texts"] or (), strict=True))
    return Reach(target, row["messages"], row["browsers"], row["known"], newest, is_own)


async def _is_everyone(connection: Connection, found: Found) -> bool:
    is_everyone: bool = await connection.fetchval(
        """
        SELECT count(DISTINCT author) >= $3 AND bool_and(source.address = $2)
        FROM (
            SELECT message, week, address FROM source ORDER BY message DESC LIMIT $4
        ) AS source
        JOIN message ON message.id = source.message
        WHERE source.week = $1
        """,
        found.week,
        found.address,
        FEWEST_BROWSERS,
        MOST_COMPARED,
    )
    return bool(is_everyone)
