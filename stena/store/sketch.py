"""What is kept of newcomers' messages for a while, to find those that have to wait.

These are sketches of their texts, by which near copies are found, whether a text has a link, and
whether it looks like random letters.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from stena.sketch import IN_COMMON
from stena.store.standing import BATCH as FORGOTTEN_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.store.database import Connection
    from stena.store.detected import Read

# Copies are looked for among the messages of so long, and these are kept for longer, so that the
# index is not emptied and filled at its edge.
COMPARED, KEPT = "24 hours", "48 hours"
# So many copies of a text, by so many browsers, are a wave. A message without a key counts as one
# of a browser of its own: who spams sends none.
COPIES, BROWSERS = 5, 3
# Of messages that share a hash so many are compared, and so many copies are counted.
MOST_COMPARED, MOST_COPIES = 500, 50
# SQL: whether the team has approved the message `one`, or shown again what a sweep let wait.
IS_APPROVED = """
    EXISTS (
        SELECT FROM decision WHERE decision.messages @> ARRAY[one.id] AND (
            action IN ('approve', 'keep', 'restore') AND undone IS NULL
            OR action = 'sweep' AND undone IS NOT NULL
        )
    )
"""


class Sketched(NamedTuple):
    """What is kept of a message.

    Attributes:
        hashes: its sketch; empty for a short text.
        gibberish: whether its text looks like random letters.
    """

    read: Read
    hashes: Sequence[int]
    gibberish: bool


async def add(connection: Connection, found: Sequence[Sketched]) -> None:
    """Keep sketches of messages, in the place of those of their texts before an edit."""
    await connection.execute(
        """
        INSERT INTO sketch (message, author, made, has_link, gibberish, hashes)
        SELECT given.*, ARRAY(
            SELECT hash FROM unnest($6::bigint[], $7::integer[]) AS each (of, hash)
            WHERE each.of = given.message
        )
        FROM unnest($1::bigint[], $2::bytea[], $3::timestamptz[], $4::boolean[], $5::boolean[])
            AS given (message, author, made, has_link, gibberish)
        ON CONFLICT (message) DO UPDATE SET has_link = excluded.has_link,
            gibberish = excluded.gibberish, hashes = excluded.hashes, judged = false, wave = NULL
        WHERE (sketch.hashes, sketch.gibberish, sketch.has_link)
            IS DISTINCT FROM (excluded.hashes, excluded.gibberish, excluded.has_link)
        """,
        [one.read.id for one in found],
        [one.read.author for one in found],
        [one.read.created for one in found],
        [one.read.has_link for one in found],
        [one.gibberish for one in found],
        [one.read.id for one in found for _ in one.hashes],
        [hash_ for one in found for hash_ in one.hashes],
    )


async def drop(connection: Connection, messages: Sequence[int]) -> None:
    """Keep nothing of messages that are deleted."""
    await connection.execute("DELETE FROM sketch WHERE message = ANY($1)", messages)


async def find_waves(connection: Connection, messages: Sequence[int]) -> None:
    """Note which of these messages, and which copies of them, are a wave.

    Near copies are no wave once the team has approved one of them, or shown it again.
    """
    rows = await connection.fetch(
        f"""
        SELECT sketch.message AS of, sketch.author AS of_author, copy.message, copy.author
        FROM sketch CROSS JOIN LATERAL (
            SELECT near.message, near.author FROM (
                SELECT other.message, other.author, other.hashes
                FROM sketch AS other
                WHERE other.hashes && sketch.hashes AND other.message <> sketch.message
                    AND other.made > clock_timestamp() - interval '{COMPARED}'
                LIMIT {MOST_COMPARED}
            ) AS near
            WHERE {IN_COMMON} <= (
                SELECT count(*) FROM unnest(near.hashes) AS each (hash)
                WHERE hash = ANY(sketch.hashes)
            )
            LIMIT {MOST_COPIES}
        ) AS copy
        WHERE sketch.message = ANY($1)
        """,
        messages,
    )
    copies = defaultdict(list)
    for row in rows:
        copies[row["of"]].append(row)
    for near in copies.values():
        if _is_wave(near) and not await _is_approved(connection, _members(near)):
            await _join(connection, near)


def _is_wave(near: Sequence[Record]) -> bool:
    browsers = {row["author"] or row["message"] for row in near}
    browsers.add(near[0]["of_author"] or near[0]["of"])
    return len(near) + 1 >= COPIES and len(browsers) >= BROWSERS


def _members(near: Sequence[Record]) -> list[int]:
    return [near[0]["of"], *(row["message"] for row in near)]


async def _is_approved(connection: Connection, messages: Sequence[int]) -> bool:
    found: bool = await connection.fetchval(
        f"""
        SELECT EXISTS (
            SELECT FROM unnest($1::bigint[]) AS one (id) WHERE {IS_APPROVED}
        )
        """,
        messages,
    )
    return found


async def _join(connection: Connection, near: Sequence[Record]) -> None:
    """Note that a message and its copies are one wave, which has the smallest of their ids."""
    members = _members(near)
    await connection.execute(
        """
        UPDATE sketch SET wave = (
            SELECT min(coalesce(wave, message)) FROM sketch WHERE message = ANY($1)
        )
        WHERE message = ANY($1) AND wave IS NULL
        """,
        members,
    )


async def forget(connection: Connection) -> bool:
    """Delete old sketches, some at once. Returns whether there may be more."""
    deleted: int = await connection.fetchval(
        f"""
        WITH deleted AS (
            DELETE FROM sketch WHERE message IN (
                SELECT message FROM sketch
                WHERE made < clock_timestamp() - interval '{KEPT}' LIMIT {FORGOTTEN_AT_ONCE}
            ) RETURNING 1
        )
        SELECT count(*) FROM deleted
        """
    )
    return deleted == FORGOTTEN_AT_ONCE
