"""What the team's desk shows: messages of one state in groups."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from stena.decision import (
    KINDS,
    MOST_AT_ONCE,
    MOST_COUNTED,
    MOST_FURTHER,
    Group,
    Groups,
    Held,
    Range,
)
from stena.store import desk_change, report
from stena.store.message import MESSAGE, NEWEST, last_change, message_of
from stena.text import cut

if TYPE_CHECKING:
    from asyncpg import Record

    from stena.message import State
    from stena.store.database import Connection

# A page has so many groups, of the newest so many messages.
MOST_GROUPS, MOST_READ = 50, MOST_AT_ONCE
# A group with so many of them is large.
LARGE = MOST_READ // 2
# How many messages of a group are shown.
SHOWN = 3
# Texts of a page have so many bytes together; of each further one only the beginning is shown.
TEXT_BYTES, CUT = 128 * 1024, 200

# SQL: the ids of the messages in a state, from $1 to $2, newest first.
_LISTED: dict[State, str] = {
    "waiting": """
        SELECT message AS id FROM withheld
        WHERE state = 'waiting' AND message BETWEEN $1 AND $2 ORDER BY message DESC
    """,
    "removed": """
        SELECT message AS id FROM withheld
        WHERE state = 'removed' AND message BETWEEN $1 AND $2 ORDER BY message DESC
    """,
    "visible": """
        SELECT id FROM message
        WHERE state = 'visible' AND NOT gone AND id BETWEEN $1 AND $2 ORDER BY id DESC
    """,
}


def _card(state: State) -> str:
    """SQL: what a `message` has in common with the others of its card.

    That is its browser. Near copies of one text that wait are of many, and so is what the brake
    lets wait, or the ban of an address: it would take a tap for each message.
    """
    browser = "coalesce(encode(message.author, 'hex'), message.id::text)"
    if state != "waiting":
        return browser
    return f"""coalesce(
        (
            SELECT 'wave ' || sketch.wave FROM sketch
            WHERE sketch.message = message.id AND sketch.wave IS NOT NULL
        ),
        (
            SELECT CASE WHEN wave IS NOT NULL THEN 'wave ' || wave
                WHEN split_part(why, ' ', 1) IN ('brake', 'gibberish', 'address', 'network')
                    THEN why END
            FROM withheld WHERE withheld.message = message.id
        ),
        {browser}
    )"""


def _same(state: State, newest: str, oldest: str) -> str:
    """SQL: whether a `message` is of the card with these ids; its newest may be deleted."""
    card = _card(state)
    return f"""(
        message.id = {newest}
        OR {card} IN (SELECT {card} FROM message WHERE id IN ({newest}, {oldest}))
    )"""


async def groups(
    connection: Connection, state: State, before: int | None, within: Range | None
) -> Groups:
    """A page of the messages in one state, of all walls, in groups.

    Args:
        connection: where to read.
        state: `waiting`, `removed` or `visible`.
        before: messages with smaller ids.
        within: of this group only, and each message by itself; None for all.
    """
    # Before the texts are read: a text that is newer than this number counts as unseen.
    seen = await last_change(connection)
    rows = await connection.fetch(
        f"""
        WITH listed AS MATERIALIZED (
            SELECT message.id, CASE WHEN $6::bigint IS NOT NULL THEN message.id::text
                ELSE {_card(state)} END AS card
            FROM ({_LISTED[state]}) AS found JOIN message ON message.id = found.id
            WHERE $6 IS NULL OR {_same(state, "$6", "$1")}
            ORDER BY id DESC LIMIT $3
        ),
        grouped AS (
            SELECT id, card, max(id) OVER same AS newest,
                row_number() OVER (PARTITION BY card ORDER BY id DESC) AS place
            FROM listed WINDOW same AS (PARTITION BY card)
        ),
        -- The group with which the next page begins.
        edge AS (SELECT id FROM grouped WHERE place = 1 ORDER BY id DESC OFFSET $4 LIMIT 1),
        fitting AS (
            SELECT id AS of, card, newest, place, min(id) OVER same AS oldest,
                count(*) OVER same AS times
            FROM grouped WHERE id > coalesce((SELECT id FROM edge), 0)
            WINDOW same AS (PARTITION BY newest)
        ),
        kept AS (
            SELECT message AS held, text AS kept_text, name AS kept_name, why,
                resembles_spam AND state = 'waiting' AS resembles_spam
            FROM withheld
        ),
        shown AS (
            SELECT fitting.*, {MESSAGE}, why, resembles_spam,
                coalesce(kept_text, text) AS words, coalesce(kept_name, name) AS signed
            FROM fitting JOIN message ON message.id = fitting.of LEFT JOIN kept ON held = of
            WHERE place <= $5
        )
        SELECT *, sum(octet_length(words)) OVER (ORDER BY newest DESC, of DESC) AS bytes,
            (SELECT min(of) FROM fitting) AS last,
            (SELECT count(*) FROM listed) = $3 OR EXISTS (SELECT FROM edge) AS has_more
        FROM shown ORDER BY newest DESC, of DESC
        """,
        within.oldest if within else 0,
        min(within.newest if within else NEWEST, NEWEST if before is None else before - 1),
        MOST_READ,
        MOST_GROUPS,
        SHOWN,
        within.newest if within else None,
    )
    found = [
        await _whole(connection, state, list(some))
        for _, some in groupby(rows, lambda row: row["newest"])
    ]
    last = rows[-1]["last"] if rows and rows[-1]["has_more"] else None
    change = await desk_change.number(connection)
    return Groups(found, last, await waiting(connection), change, seen)


async def reported(connection: Connection, before: int | None) -> Groups:
    """A page of the messages with open reports, each a group of its own."""
    seen = await last_change(connection)
    found = await report.reported(connection, before, MOST_GROUPS + 1)
    shown: list[Group] = []
    size = 0
    for one in found[:MOST_GROUPS]:
        number, words = one.message.id, one.message.text
        size += len(words.encode())
        held = Held(one.message._replace(text=_fitting(words, size)), one.state)
        shown.append(Group(Range(number, number), 1, [held], one))
    last = found[MOST_GROUPS - 1].message.id if len(found) > MOST_GROUPS else None
    change = await desk_change.number(connection)
    return Groups(shown, last, await waiting(connection), change, seen)


async def waiting(connection: Connection) -> int:
    """How many messages wait, counted up to MOST_COUNTED."""
    count: int = await connection.fetchval(
        """
        SELECT count(*) FROM (SELECT FROM withheld WHERE state = 'waiting' LIMIT $1) AS counted
        """,
        MOST_COUNTED,
    )
    return count


async def ids(
    connection: Connection, state: State, within: Range, below: int | None = None
) -> list[int]:
    """The ids of a group's messages in this state, newest first, at most MOST_READ.

    Those with ids from `below` on are left out.
    """
    rows = await connection.fetch(
        f"""
        SELECT message.id FROM ({_LISTED[state]}) AS found JOIN message ON message.id = found.id
        WHERE {_same(state, "$4", "$1")}
        ORDER BY id DESC LIMIT $3
        """,
        within.oldest,
        within.newest if below is None else below - 1,
        MOST_READ,
        within.newest,
    )
    return [row["id"] for row in rows]


async def conversation(connection: Connection, number: int) -> list[int]:
    """The ids of a message and of its visible replies, at most MOST_READ."""
    rows = await connection.fetch(
        """
        (SELECT id FROM message WHERE id = $1)
        UNION ALL
        (SELECT id FROM message WHERE parent = $1 AND state = 'visible' ORDER BY id LIMIT $2)
        """,
        number,
        MOST_READ - 1,
    )
    return [row["id"] for row in rows]


async def _whole(connection: Connection, state: State, rows: list[Record]) -> Group:
    """A group; of one that fills half of the page also what is older, up to MOST_FURTHER.

    A smaller one is left at what the page shows: one tap is then about what its member has seen.
    """
    group, first = _group(rows, state), rows[0]
    if group.count < LARGE:
        return group
    older = await connection.fetchrow(
        f"""
        SELECT count(*) AS times, min(message.id) AS oldest
        FROM (SELECT id FROM ({_LISTED[state]}) AS found LIMIT $3) AS older
        JOIN message ON message.id = older.id
        WHERE {_card(state)} = $4
        """,
        0,
        first["last"] - 1,
        MOST_FURTHER,
        first["card"],
    )
    if older is None or not older["times"]:
        return group
    whole = Range(older["oldest"], group.range.newest)
    return replace(group, range=whole, count=group.count + older["times"])


def _group(rows: list[Record], state: State) -> Group:
    first = rows[0]
    common = first["card"].split()[0]
    return Group(
        Range(first["oldest"], first["newest"]),
        first["times"],
        [_held(row, state) for row in rows],
        kind=next((kind for kind in KINDS if kind == common), "browser"),
    )


def _held(row: Record, state: State) -> Held:
    words = _fitting(row["words"], row["bytes"])
    message = message_of(row)._replace(text=words, name=row["signed"], tombstone=None)
    return Held(message, state, row["why"], bool(row["resembles_spam"]))


def _fitting(words: str, size: int) -> str:
    """A text, or its beginning if the texts up to it have too many bytes together."""
    return cut(words, CUT) + "…" if size > TEXT_BYTES and len(words) > CUT else words
