"""Erasing everything of a browser: its messages in all states, its reactions and reports."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from stena.decision import Erasing
from stena.store import ban, browser, visibility
from stena.store.message import CHANGE, STATE, change_of
from stena.store.order import ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.change import Change
    from stena.store.database import Connection

# Erasures that are not done: so many that authors have asked for, and so many of owners. More are
# refused; strangers can ask with made-up keys, and owners have places of their own.
MOST_OPEN = 1000
# How many ids are looked through by one statement, which takes some hundredths of a second; for how
# many seconds one step goes on while it finds nothing.
CHUNK, STEP_SECONDS = 10_000, 0.3
# How many messages are erased by one step: posts wait for some tenths of a second.
MOST_ERASED = 500
# How long it is known that an author's erasure is done.
KEPT_MINUTES = 10
# Among so many of the newest messages those of a browser are counted before it is erased.
MOST_COUNTED = 100_000


class Walk(NamedTuple):
    """The erasures for which the wall is being looked through.

    Attributes:
        ids: of the erasures.
        authors: whose messages are erased, by each.
        tops: the newest message of each.
        below: ids from this one on have been looked at.
    """

    ids: Sequence[int]
    authors: Sequence[bytes]
    tops: Sequence[int]
    below: int


class Found(NamedTuple):
    """What is to be erased.

    Attributes:
        messages: the ids.
        erasures: for each message the erasure because of which it is erased.
        down_to: the smallest id that was looked at; 0 at the end.
    """

    messages: Sequence[int]
    erasures: Sequence[int]
    down_to: int


async def author(connection: Connection, message: int) -> bytes | None:
    """The digest of the key of the browser that wrote a message."""
    found: bytes | None = await connection.fetchval(
        f"SELECT author FROM message WHERE id = $1 AND {STATE} <> 'deleted'", message
    )
    return found


async def count(connection: Connection, author: bytes) -> int:
    """How many of the newest MOST_COUNTED messages are of a browser."""
    found: int = await connection.fetchval(
        """
        SELECT count(*) FROM (
            SELECT author FROM message ORDER BY id DESC LIMIT $2
        ) AS newest WHERE author = $1
        """,
        author,
        MOST_COUNTED,
    )
    return found


async def ask(connection: Connection, author: bytes, member: int | None) -> int | None:
    """Ask for an erasure, unless the same is under way. Runs inside `ordered`.

    Args:
        connection: on which it runs.
        author: the digest of the browser's key.
        member: the id of the owner who asks, None for the author.

    Returns:
        The id of the erasure; None if there are too many.
    """
    number: int | None = await connection.fetchval(
        """
        INSERT INTO erasure (author, member, top)
        SELECT $1, $2, coalesce(max(id), 0) FROM message
        HAVING $3 > (
            SELECT count(*) FROM erasure
            WHERE done IS NULL AND (member IS NULL) = ($2::bigint IS NULL)
        )
        ON CONFLICT (author) WHERE done IS NULL
            DO UPDATE SET member = coalesce(erasure.member, excluded.member)
        RETURNING id
        """,
        author,
        member,
        MOST_OPEN,
    )
    return number


async def is_open(connection: Connection, number: int) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM erasure WHERE id = $1 AND done IS NULL)", number
    )
    return found


async def progress(connection: Connection, number: int) -> Erasing | None:
    row = await connection.fetchrow(f"{_PROGRESS} WHERE erasure.id = $1", number)
    return _erasing(row) if row else None


async def running(connection: Connection, author: bytes) -> Erasing | None:
    row = await connection.fetchrow(f"{_PROGRESS} WHERE author = $1 AND done IS NULL", author)
    return _erasing(row) if row else None


_PROGRESS = """
    SELECT member.name, erased, done IS NOT NULL AS is_done,
        CASE WHEN done IS NOT NULL OR top = 0 THEN 1 WHEN below IS NULL THEN 0
            ELSE greatest(0, 1 - below::float / (top + 1)) END AS share
    FROM erasure LEFT JOIN member ON member.id = member
"""


async def walk(connection: Connection) -> Walk | None:
    """The erasures that are under way; if there are none, those that have been asked for since.

    So an erasure waits for one look through the wall at most, however many are asked for.
    """
    rows = await connection.fetch(f"{_UNDER_WAY} ORDER BY id")
    if not rows:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM erasure WHERE done IS NULL)"):
            return None
        # Two processes begin one after the other, and with the same number.
        async with ordered(connection):
            await connection.execute(
                f"""
                UPDATE erasure SET below = (SELECT max(top) + 1 FROM erasure WHERE done IS NULL)
                WHERE done IS NULL AND NOT EXISTS ({_UNDER_WAY})
                """
            )
            rows = await connection.fetch(f"{_UNDER_WAY} ORDER BY id")
    return Walk(
        [row["id"] for row in rows],
        [row["author"] for row in rows],
        [row["top"] for row in rows],
        rows[0]["below"],
    )


_UNDER_WAY = "SELECT id, author, top, below FROM erasure WHERE done IS NULL AND below IS NOT NULL"


async def find(connection: Connection, walk: Walk) -> Found:
    """Look for messages and reactions of the browsers, until there are some, or for a while."""
    until, below = time.monotonic() + STEP_SECONDS, walk.below
    while True:
        down_to = max(below - CHUNK, 0)
        rows = await connection.fetch(
            """
            SELECT message.id, asked.id AS erasure
            FROM unnest($1::bigint[], $2::bytea[], $3::bigint[]) AS asked (id, author, top)
            JOIN message ON message.author = asked.author AND message.id <= asked.top
            WHERE message.id >= $4 AND message.id < $5
            ORDER BY message.id DESC LIMIT $6
            """,
            walk.ids,
            walk.authors,
            walk.tops,
            down_to,
            below,
            MOST_ERASED,
        )
        if len(rows) == MOST_ERASED:
            down_to = rows[-1]["id"]
        reacted = await connection.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM reaction WHERE message >= $1 AND message < $2 AND author = ANY($3)
            )
            """,
            down_to,
            below,
            walk.authors,
        )
        if rows or reacted or not down_to or time.monotonic() > until:
            return Found([row["id"] for row in rows], [row["erasure"] for row in rows], down_to)
        below = down_to


async def erase(connection: Connection, walk: Walk, found: Found) -> list[Change]:
    """Erase what was found, unless another process has done so. Runs inside `ordered`.

    Returns:
        The changes in order.
    """
    moved = await connection.fetch(
        """
        UPDATE erasure SET below = $3,
            erased = erased + (SELECT count(*) FROM unnest($4::bigint[]) AS one WHERE one = id)
        WHERE id = ANY($1) AND below = $2 AND done IS NULL RETURNING id
        """,
        walk.ids,
        walk.below,
        found.down_to,
        found.erasures,
    )
    if not moved:
        return []
    made: list[Change] = []
    if found.messages:
        await ban.erase_sources(connection, found.messages, found.erasures)
        made = await visibility.hide(connection, found.messages, "deleted")
    made += await _take_back(connection, walk, found.down_to)
    if not found.down_to:
        await _finish(connection, walk)
    return made


async def _take_back(connection: Connection, walk: Walk, down_to: int) -> list[Change]:
    """Take back the reactions of the browsers to the messages that were looked through."""
    rows = await connection.fetch(
        f"""
        WITH taken AS (
            DELETE FROM reaction WHERE message >= $1 AND message < $2 AND author = ANY($3)
            RETURNING message, kind
        ),
        counted AS (
            SELECT message, kind, count(*)::integer AS less FROM taken GROUP BY message, kind
        ),
        changed AS (
            UPDATE message
            SET reactions = (
                    SELECT array_agg(old.times - coalesce(counted.less, 0) ORDER BY old.kind)
                    FROM unnest(message.reactions) WITH ORDINALITY AS old (times, kind)
                    LEFT JOIN counted
                        ON counted.message = message.id AND counted.kind = old.kind
                ),
                change = nextval('message_change'), appeared = coalesce(appeared, change)
            WHERE id IN (SELECT message FROM counted)
            RETURNING {CHANGE}
        )
        SELECT * FROM changed ORDER BY change
        """,
        down_to,
        walk.below,
        walk.authors,
    )
    return [change_of(row) for row in rows]


async def _finish(connection: Connection, walk: Walk) -> None:
    """Forget the browsers. What owners have asked for goes into the log, without any digest."""
    await browser.erase(connection, walk.authors)
    await ban.erase(connection, walk.ids)
    await connection.execute(
        """
        WITH done AS (
            UPDATE erasure SET done = clock_timestamp(), author = NULL
            WHERE id = ANY($1) RETURNING member, erased
        )
        INSERT INTO decision (member, action, messages, before, latter)
        SELECT member, 'erase', '{}', '{}', jsonb_build_object('erased', erased) FROM done
        WHERE member IS NOT NULL
        """,
        walk.ids,
    )


async def forget_done(connection: Connection) -> None:
    """Of what anyone may ask for, keep no row longer than its page needs."""
    await connection.execute(
        """
        DELETE FROM erasure
        WHERE member IS NULL AND done < clock_timestamp() - make_interval(mins => $1)
        """,
        KEPT_MINUTES,
    )


def _erasing(row: Record) -> Erasing:
    return Erasing(row["name"], row["erased"], float(row["share"]), is_done=row["is_done"])
