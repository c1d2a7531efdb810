from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import asyncpg

from stena.folding import for_search
from stena.search import LAST_ID, MOST_RANKED, Cursor, Found
from stena.store.matches import marked

if TYPE_CHECKING:
    from stena.search import Query
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
_PHRASE = re.compile("<(-|[0-9]+)>")
# SQL: the words of the newest $5 messages below $2, of the wall $1 or of all. The index of one wall
# does not serve for all, but the ids do.
_ONE_WALL = """
    SELECT message, words FROM message_words WHERE thread = $1 AND message < $2
    ORDER BY message DESC LIMIT $5
"""
_ALL_WALLS = """
    SELECT message, words FROM (
        SELECT id, thread FROM message WHERE $1::text IS NULL AND id < $2 ORDER BY id DESC LIMIT $5
    ) AS newest
    JOIN message_words ON (message_words.thread, message) = (newest.thread, newest.id)
"""


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
            ids = [cursor.id for cursor in page]
            matches = await marked(connection, query.words, tsquery, ids)
            return Found(matches, next=page[-1] if len(cursors) > limit else None)
    except asyncpg.QueryCanceledError as error:
        raise TooBroad from error


async def _tsquery(connection: Connection, query: Query) -> str:
    """The stems of the words as a tsquery; empty if all words are stop words."""
    try:
        tsquery: str = await connection.fetchval(
            "SELECT websearch_to_tsquery('russian', $1)::text::tsquery::text",
            for_search(query.words),
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
    connection: Connection, thread: str | None, tsquery: str, before: int, limit: int
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
    connection: Connection, thread: str | None, tsquery: str, before: int, limit: int, scanned: int
) -> list[int]:
    """The matches among the newest `scanned` messages."""
    rows = await connection.fetch(
        f"""
        SELECT message FROM ({_ALL_WALLS if thread is None else _ONE_WALL}) AS near
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
    connection: Connection, thread: str | None, tsquery: str, before: int, limit: int
) -> list[int]:
    """The matches among all messages, by the index of words."""
    # That leaves bitmap scans, of which the one by the index of words is the cheapest.
    await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    rows = await connection.fetch(
        """
        SELECT message FROM message_words
        WHERE words @@ $3::text::tsquery AND ($1::text IS NULL OR thread = $1) AND message < $2
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
