from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import asyncpg

from stena.message import TEXT_LIMIT
from stena.search import LAST_ID, Cursor, Found, Match
from stena.store.indexing import SIGNS
from stena.store.message import MESSAGE, message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.search import Query, Span
    from stena.store.database import Connection

# The limit for each statement of a search; at most three of them take long.
TIMEOUT_SECONDS = 1
# How many of the newest messages are scanned first, to estimate how frequent matches are.
SAMPLE = 2000
# While there is no match among them, though the words are common, so many times more are scanned,
# up to so many: that takes about a tenth of the time limit.
STEP, LARGEST_SAMPLE = 4, 128_000
# Fetching a row that the index points to costs so many times more than scanning past one.
INDEX_COST = 2.5
# How many of the newest matches are ranked.
MOST_RANKED = 500
_PHRASE = re.compile("<(-|[0-9]+)>")
# Around each matching word: control characters, which no message contains.
START, END = "\x02", "\x03"


class TooBroad(Exception):  # noqa: N818 -- describes the query, not an error of the program
    """The search exceeded its time limit."""


async def find(connection: Connection, query: Query, limit: int) -> Found | None:
    """At most `limit` messages that match; None if all words are stop words.

    Raises:
        TooBroad: each word is in very many messages, but none, or only old ones, contain all.
    """
    tsquery = await _tsquery(connection, query)
    if not tsquery:
        return None
    try:
        async with connection.transaction():
            # The best plan depends on how frequent the words are, so no generic plan is used.
            await connection.execute(
                f"SET LOCAL statement_timeout = '{TIMEOUT_SECONDS}s'; SET LOCAL jit = off; "
                "SET LOCAL plan_cache_mode = force_custom_plan"
            )
            choose = _newest if query.order == "newest" else _most_relevant
            cursors = await choose(connection, query, tsquery, limit + 1)
            page = cursors[:limit]
            matches = await _matches(connection, tsquery, [cursor.id for cursor in page])
            return Found(matches, next=page[-1] if len(cursors) > limit else None)
    except asyncpg.QueryCanceledError as error:
        raise TooBroad from error


async def _tsquery(connection: Connection, query: Query) -> str:
    """The stems of the words as a tsquery; empty if all words are stop words."""
    try:
        tsquery: str = await connection.fetchval(
            "SELECT websearch_to_tsquery('russian', translate($1, $2, $3))::text::tsquery::text",
            query.words,
            *SIGNS,
        )
    except asyncpg.InternalServerError:
        # PostgreSQL rejects a query with more than some thirty nested operators.
        return ""
    return tsquery


async def _newest(connection: Connection, query: Query, tsquery: str, limit: int) -> list[Cursor]:
    before = query.before.id if query.before else LAST_ID
    ids = await _matching(connection, query.thread, tsquery, before, limit)
    return [Cursor(number) for number in ids]


async def _most_relevant(
    connection: Connection, query: Query, tsquery: str, limit: int
) -> list[Cursor]:
    """Rank the newest matches only: the time to rank all would grow with their number."""
    last = query.before or Cursor(LAST_ID, rank=LAST_ID)
    before = min(last.newest + 1, LAST_ID) if last.newest else LAST_ID
    ids = await _matching(connection, query.thread, tsquery, before, MOST_RANKED)
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
        tsquery,
        last.rank,
        last.id,
        limit,
    )
    newest = last.newest or max(ids, default=0)
    return [Cursor(row["message"], row["rank"], newest) for row in rows]


async def _matching(
    connection: Connection, thread: str, tsquery: str, before: int, limit: int
) -> list[int]:
    """The ids of the newest matches, newest first.

    PostgreSQL's planner assumes that words are independent and evenly spread, and would scan the
    whole wall for two common words that never occur together. So a sample of the newest messages
    is scanned first, to estimate how frequent matches are; then the cheaper way is taken: to scan
    until there are enough, or to fetch all that the index has.
    """
    scanned = SAMPLE
    found = await _scan(connection, thread, tsquery, before, limit, scanned)
    if not found and INDEX_COST * await _estimate(connection, tsquery) > SAMPLE:
        # Thousands of newer messages without a common word, as spam leaves them, say nothing of
        # the older ones.
        while not found and scanned < LARGEST_SAMPLE:
            scanned *= STEP
            found = await _scan(connection, thread, tsquery, before, limit, scanned)
    if 0 < len(found) < limit:
        needed = scanned * limit // len(found)
        # The index knows which words a message has, but not whether they are adjacent.
        unordered = _PHRASE.sub("&", tsquery)
        indexed = found
        if unordered != tsquery:
            indexed = await _scan(connection, thread, unordered, before, scanned, scanned)
        if needed < INDEX_COST * len(indexed) * await _size(connection) / scanned:
            found = await _scan(connection, thread, tsquery, before, limit, 2 * needed)
    if len(found) == limit:
        return found
    return await _by_index(connection, thread, tsquery, before, limit)


async def _scan(  # noqa: PLR0913, PLR0917 -- the parameters of a statement
    connection: Connection, thread: str, tsquery: str, before: int, limit: int, scanned: int
) -> list[int]:
    """The matches among the newest `scanned` messages."""
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
        tsquery,
        limit,
        scanned,
    )
    return [row["message"] for row in rows]


async def _by_index(
    connection: Connection, thread: str, tsquery: str, before: int, limit: int
) -> list[int]:
    """The matches among all messages, by the index of words."""
    # That leaves bitmap scans, of which the one by the index of words is the cheapest.
    await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    rows = await connection.fetch(
        """
        SELECT message FROM message_words
        WHERE words @@ $3::text::tsquery AND thread = $1 AND message < $2
        ORDER BY message DESC LIMIT $4
        """,
        thread,
        before,
        tsquery,
        limit,
    )
    return [row["message"] for row in rows]


async def _size(connection: Connection) -> int:
    """The number of messages, approximately."""
    size: int = await connection.fetchval(
        "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'message_words'::regclass"
    )
    return size


async def _estimate(connection: Connection, tsquery: str) -> float:
    """How many messages match, as far as the planner's statistics tell.

    They tell how common single words are, and not how often they meet.
    """
    plan: str = await connection.fetchval(
        "EXPLAIN (FORMAT JSON) SELECT FROM message_words WHERE words @@ $1::text::tsquery", tsquery
    )
    rows: float = json.loads(plan)[0]["Plan"]["Plan Rows"]
    return rows


async def _matches(connection: Connection, tsquery: str, ids: Sequence[int]) -> list[Match]:
    """The messages as they are now, in this order: those that still match and are visible."""
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE}, ts_headline('russian', searched, $2::text::tsquery, $3) AS marked
        FROM message
        CROSS JOIN LATERAL (
            SELECT translate(coalesce(name, '') || ' ' || left(text, $4), $5, $6) AS searched
        ) AS words
        WHERE id = ANY($1) AND state = 'visible' AND NOT gone
            AND to_tsvector('russian', searched) @@ $2::text::tsquery
        """,
        ids,
        tsquery,
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
    """The positions of the marks in the text without them; none if that is not the same text."""
    first, *rest = marked.split(START)
    position = len(first)
    spans: list[Span] = []
    for piece in rest:
        word, _, other = piece.partition(END)
        spans.append((position, position + len(word)))
        position += len(word) + len(other)
    return spans if position == length else []
