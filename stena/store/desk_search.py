"""The search of the team: in what is shown, what waits and what was removed.

The texts that are not shown are in no index, so that no search of a reader can find them. They are
few, so the newest ones are parsed when they are searched, as stena/store/indexing.py parses others.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import asyncpg

from stena import long_texts
from stena.decision import Group, Groups, Held, Range
from stena.folding import for_search
from stena.message import TEXT_LIMIT
from stena.search import LAST_ID
from stena.store import desk, desk_change, search
from stena.store.indexing import all_folded
from stena.store.message import MESSAGE, last_change, whole_message_of

if TYPE_CHECKING:
    from asyncpg import Record

    from stena.search import Query
    from stena.store.database import Connection

# A page looks through so many texts that are not shown, with so many bytes together: some tenths of
# a second. The next page goes on from there.
MOST_SOUGHT, MOST_BYTES = 2000, 512 * 1024


async def find(connection: Connection, query: Query, limit: int) -> Groups | None:
    """A page of the messages of all walls and states that match, newest first, each by itself.

    It may have fewer than `limit`, or none, although there is a next one. None if all words are
    stop words.

    Raises:
        search.TooBroad: as search.find.
    """
    seen = await last_change(connection)
    shown = await search.find(connection, query, limit)
    if shown is None:
        return None
    before = query.before.id if query.before else LAST_ID
    floor, held = await _withheld(connection, query, before, limit + 1)
    found = [Held(match.message, "visible") for match in shown.matches] + held
    # Below these ids one of the two has not looked.
    floor = max(floor, shown.next.id if shown.next else 0)
    listed = sorted(
        (one for one in found if one.message.id >= floor),
        key=lambda one: one.message.id,
        reverse=True,
    )
    following = listed[limit - 1].message.id if len(listed) > limit else floor or None
    return Groups(
        [Group(Range(one.message.id, one.message.id), 1, [one]) for one in listed[:limit]],
        following,
        await desk.waiting(connection),
        await desk_change.number(connection),
        seen,
    )


async def nothing(connection: Connection) -> Groups:
    """The page before anything is searched."""
    change = await desk_change.number(connection)
    return Groups([], None, await desk.waiting(connection), change, await last_change(connection))


async def _withheld(
    connection: Connection, query: Query, before: int, limit: int
) -> tuple[int, list[Held]]:
    """The matches among the newest texts that are not shown, at most `limit`.

    Returns:
        The smallest id that was looked at, 0 if all were; and the matches, newest first.

    Raises:
        search.TooBroad: it takes too long all the same.
    """
    floor: int = await connection.fetchval(
        """
        SELECT coalesce(max(message), 0) FROM (
            SELECT message, row_number() OVER newest AS place,
                sum(octet_length(text)) OVER newest AS bytes
            FROM (
                SELECT message, text FROM withheld WHERE message < $1
                ORDER BY message DESC LIMIT $2 + 1
            ) AS near
            WINDOW newest AS (ORDER BY message DESC)
        ) AS measured
        WHERE place > $2 OR bytes > $3
        """,
        before,
        MOST_SOUGHT,
        MOST_BYTES,
    )
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL statement_timeout = '{search.TIMEOUT_SECONDS}s'")
            rows = await _matching(connection, query, floor, before, limit)
    except asyncpg.QueryCanceledError as error:
        raise search.TooBroad from error
    # The floor itself was not looked at.
    return floor + 1 if floor else 0, [_held(row) for row in rows]


async def _matching(
    connection: Connection, query: Query, floor: int, before: int, limit: int
) -> list[Record]:
    """The matches between two ids, newest first, at most `limit`."""
    sought = await connection.fetch(
        """
        SELECT message, coalesce(name, '') || ' ' || left(text, $3) AS text
        FROM withheld WHERE message > $1 AND message < $2
        """,
        floor,
        before,
        TEXT_LIMIT,
    )
    texts = [row["text"] for row in sought]
    return await connection.fetch(
        f"""
        SELECT {MESSAGE}, kept.* FROM message
        JOIN (
            SELECT message AS of, text AS kept_text, name AS kept_name,
                state AS standing, why,
                resembles_spam AND state = 'waiting' AS resembles_spam
            FROM withheld WHERE message IN (
                SELECT id FROM unnest($1::bigint[], $2::text[]) AS sought (id, text)
                WHERE to_tsvector('russian', text) @@ websearch_to_tsquery('russian', $3)
                ORDER BY id DESC LIMIT $4
            )
        ) AS kept ON kept.of = message.id
        ORDER BY id DESC
        """,
        [row["message"] for row in sought],
        await long_texts.result(partial(all_folded, texts), texts),
        for_search(query.words),
        limit,
    )


def _held(row: Record) -> Held:
    kept = {"text": row["kept_text"], "name": row["kept_name"], "tombstone": None}
    message = whole_message_of(row)._replace(**kept)
    return Held(message, row["standing"], row["why"], row["resembles_spam"])
