from __future__ import annotations

import re
from typing import TYPE_CHECKING

import asyncpg

from stena.message import TEXT_LIMIT
from stena.search import LAST_ID, Found, Match, Place
from stena.store.index import SIGNS
from stena.store.message import message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.search import Query, Span
    from stena.store.database import Connection

# For each statement of a search; there are three at most that take long.
SECONDS = 1
# How many messages one looks through first; what is found there tells how to go on.
NEAR = 2000
# To look a message up where the index says it is costs so much more than to look through it.
LOOKED_UP = 2.5
# Of how many of the newest matches the best are sought.
RANKED = 500
_PHRASE = re.compile("<(-|[0-9]+)>")
# Around a word that was looked for; the wall takes no control characters.
START, END = "\x02", "\x03"


class TooBroad(Exception):  # noqa: N818 -- it reads as what happened
    """It would have taken too long."""


async def find(connection: Connection, query: Query, limit: int) -> Found | None:
    """At most `limit` messages that match; None where each word is in too many to be kept.

    Raises:
        TooBroad: they do not meet, or only long ago, and each is in very many.
    """
    wanted = await _wanted(connection, query)
    if not wanted:
        return None
    try:
        async with connection.transaction():
            # The plan has to know how frequent a word is, so one plan for all is none.
            await connection.execute(
                f"SET LOCAL statement_timeout = '{SECONDS}s'; SET LOCAL jit = off; "
                "SET LOCAL plan_cache_mode = force_custom_plan"
            )
            choose = _newest if query.order == "newest" else _best
            places = await choose(connection, query, wanted, limit + 1)
            kept = places[:limit]
            matches = await _matches(connection, wanted, [place.id for place in kept])
            return Found(matches, next=kept[-1] if len(places) > limit else None)
    except asyncpg.QueryCanceledError as error:
        raise TooBroad from error


async def _wanted(connection: Connection, query: Query) -> str:
    """The words without their endings, as PostgreSQL reads them; empty where none is kept."""
    try:
        wanted: str = await connection.fetchval(
            "SELECT websearch_to_tsquery('russian', translate($1, $2, $3))::text::tsquery::text",
            query.words,
            *SIGNS,
        )
    except asyncpg.InternalServerError:
        # It takes some thirty signs one within the other, and breaks off there.
        return ""
    return wanted


async def _newest(connection: Connection, query: Query, wanted: str, limit: int) -> list[Place]:
    before = query.before.id if query.before else LAST_ID
    ids = await _matching(connection, query.thread, wanted, before, limit)
    return [Place(number) for number in ids]


async def _best(connection: Connection, query: Query, wanted: str, limit: int) -> list[Place]:
    """The best of the newest: to weigh all would take longer the more there are."""
    last = query.before or Place(LAST_ID, rank=LAST_ID)
    before = min(last.newest + 1, LAST_ID) if last.newest else LAST_ID
    ids = await _matching(connection, query.thread, wanted, before, RANKED)
    rows = await connection.fetch(
        """
        SELECT message, rank FROM (
            SELECT message, (1000000 * ts_rank_cd(words, $3::text::tsquery, 33))::bigint AS rank
            FROM message_words WHERE thread = $1 AND message = ANY($2)
        ) AS ranked
        WHERE (rank, message) < ($4, $5)
        ORDER BY rank DESC, message DESC LIMIT $6
        """,
        query.thread,
        ids,
        wanted,
        last.rank,
        last.id,
        limit,
    )
    newest = last.newest or max(ids, default=0)
    return [Place(row["message"], row["rank"], newest) for row in rows]


async def _matching(
    connection: Connection, thread: str, wanted: str, before: int, enough: int
) -> list[int]:
    """The ids of the newest matches, newest first.

    The planner takes words for independent of each other and evenly spread, and would look
    through the whole wall for two common ones that never meet. So a few messages are looked
    through to see how frequent it is that they do, and then whichever is less: as many as it
    takes, or all that the index has.
    """
    found = await _looked_through(connection, thread, wanted, before, enough, NEAR)
    if 0 < len(found) < enough:
        far = NEAR * enough // len(found)
        # The index knows which words a message has, and not whether they stand side by side.
        apart = _PHRASE.sub("&", wanted)
        near = found
        if apart != wanted:
            near = await _looked_through(connection, thread, apart, before, NEAR, NEAR)
        if far < LOOKED_UP * len(near) * await _size(connection) / NEAR:
            found = await _looked_through(connection, thread, wanted, before, enough, 2 * far)
    if len(found) == enough:
        return found
    return await _looked_up(connection, thread, wanted, before, enough)


async def _looked_through(  # noqa: PLR0913, PLR0917 -- the parameters of a statement
    connection: Connection, thread: str, wanted: str, before: int, enough: int, far: int
) -> list[int]:
    """Of the newest `far` messages those that match."""
    rows = await connection.fetch(
        """
        SELECT message FROM (
            SELECT message, words FROM message_words
            WHERE thread = $1 AND message < $2
            ORDER BY message DESC LIMIT $5
        ) AS near
        WHERE words @@ $3::text::tsquery
        ORDER BY message DESC LIMIT $4
        """,
        thread,
        before,
        wanted,
        enough,
        far,
    )
    return [row["message"] for row in rows]


async def _looked_up(
    connection: Connection, thread: str, wanted: str, before: int, enough: int
) -> list[int]:
    """Of all messages those that match, by the index of words."""
    # What is left are bitmaps, of which the index of words makes the smallest.
    await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    rows = await connection.fetch(
        """
        SELECT message FROM message_words
        WHERE words @@ $3::text::tsquery AND thread = $1 AND message < $2
        ORDER BY message DESC LIMIT $4
        """,
        thread,
        before,
        wanted,
        enough,
    )
    return [row["message"] for row in rows]


async def _size(connection: Connection) -> int:
    """About how many messages there are."""
    size: int = await connection.fetchval(
        "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'message_words'::regclass"
    )
    return size


async def _matches(connection: Connection, wanted: str, ids: Sequence[int]) -> list[Match]:
    """The messages as they are now: those that still match and may be seen, in this order."""
    rows = await connection.fetch(
        """
        SELECT message.*, ts_headline('russian', searched, $2::text::tsquery, $3) AS marked
        FROM message
        CROSS JOIN LATERAL (
            SELECT translate(coalesce(name, '') || ' ' || left(text, $4), $5, $6) AS searched
        ) AS words
        WHERE id = ANY($1) AND state = 'visible' AND NOT gone
            AND to_tsvector('russian', searched) @@ $2::text::tsquery
        """,
        ids,
        wanted,
        f"HighlightAll=true, StartSel={START}, StopSel={END}",
        TEXT_LIMIT,
        *SIGNS,
    )
    found = {row["id"]: _match(row) for row in rows}
    return [found[number] for number in ids if number in found]


def _match(row: Record) -> Match:
    message = message_of(row)
    name = len(message.name or "")
    spans = _spans(row["marked"], name + 1 + len(message.text[:TEXT_LIMIT]))
    return Match(
        message,
        in_text=[(start - name - 1, end - name - 1) for start, end in spans if start > name],
        in_name=[(start, end) for start, end in spans if end <= name],
    )


def _spans(marked: str, length: int) -> list[Span]:
    """Where the marks are, in the text without them; none where that is another text."""
    first, *rest = marked.split(START)
    position = len(first)
    spans: list[Span] = []
    for piece in rest:
        word, _, other = piece.partition(END)
        spans.append((position, position + len(word)))
        position += len(word) + len(other)
    return spans if position == length else []
