"""What the team's desk shows: messages of one state in groups, and the log of the decisions."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from stena.decision import (
    KEEP_DAYS,
    MOST_AT_ONCE,
    MOST_COUNTED,
    UNDO_MINUTES,
    Entry,
    Group,
    Groups,
    Held,
    Range,
)
from stena.store import report
from stena.store.message import MESSAGE, NEWEST, last_change, message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.message import State
    from stena.store.database import Connection

# A page has so many groups, of the newest so many messages. Each group is then small enough for
# one decision.
MOST_GROUPS, MOST_READ = 50, MOST_AT_ONCE
# How many messages of a group are shown.
SHOWN = 3
# Texts of a page have so many bytes together; of each further one only the beginning is shown.
TEXT_BYTES, CUT = 128 * 1024, 200
# How many decisions are searched for the one about a message: the newest.
MOST_SEARCHED = 1000
EXCERPT = 200

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


async def groups(
    connection: Connection, state: State, before: int | None, within: Range | None
) -> Groups:
    """A page of the messages in one state, of all walls.

    Args:
        connection: where to read.
        state: `waiting`, `removed` or `visible`.
        before: messages with smaller ids.
        within: of this group only, and each message by itself; None for all.
    """
    rows = await connection.fetch(
        f"""
        WITH listed AS MATERIALIZED (
            SELECT message.id, CASE WHEN author IS NULL OR $6::bigint IS NOT NULL
                THEN message.id::text ELSE encode(author, 'hex') END AS browser
            FROM ({_LISTED[state]}) AS found JOIN message ON message.id = found.id
            WHERE $6 IS NULL OR message.id = $6
                OR author = (SELECT author FROM message WHERE id = $6)
            ORDER BY id DESC LIMIT $3
        ),
        grouped AS (
            SELECT id, max(id) OVER same AS newest,
                row_number() OVER (PARTITION BY browser ORDER BY id DESC) AS place
            FROM listed WINDOW same AS (PARTITION BY browser)
        ),
        -- The group with which the next page begins.
        edge AS (SELECT id FROM grouped WHERE place = 1 ORDER BY id DESC OFFSET $4 LIMIT 1),
        fitting AS (
            SELECT id AS of, newest, place, min(id) OVER same AS oldest, count(*) OVER same AS times
            FROM grouped WHERE id > coalesce((SELECT id FROM edge), 0)
            WINDOW same AS (PARTITION BY newest)
        ),
        kept AS (SELECT message AS held, text AS kept_text, name AS kept_name, why FROM withheld),
        shown AS (
            SELECT fitting.*, {MESSAGE}, why,
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
    found = [_group(list(some), state) for _, some in groupby(rows, lambda row: row["newest"])]
    last = rows[-1]["last"] if rows and rows[-1]["has_more"] else None
    return Groups(found, last, await waiting(connection), await last_change(connection))


async def reported(connection: Connection, before: int | None) -> Groups:
    """A page of the messages with open reports, each a group of its own."""
    found = await report.reported(connection, before, MOST_GROUPS + 1)
    shown: list[Group] = []
    size = 0
    for one in found[:MOST_GROUPS]:
        number, words = one.message.id, one.message.text
        size += len(words.encode())
        held = Held(one.message._replace(text=_fitting(words, size)), one.state)
        shown.append(Group(Range(number, number), 1, [held], one))
    last = found[MOST_GROUPS - 1].message.id if len(found) > MOST_GROUPS else None
    change = await last_change(connection) + await report.last(connection)
    return Groups(shown, last, await waiting(connection), change)


async def waiting(connection: Connection) -> int:
    """How many messages wait, counted up to MOST_COUNTED."""
    count: int = await connection.fetchval(
        """
        SELECT count(*) FROM (SELECT FROM withheld WHERE state = 'waiting' LIMIT $1) AS counted
        """,
        MOST_COUNTED,
    )
    return count


async def ids(connection: Connection, state: State, within: Range) -> list[int]:
    """The ids of a group's messages that are in this state, at most MOST_READ."""
    rows = await connection.fetch(
        f"""
        SELECT message.id FROM ({_LISTED[state]}) AS found JOIN message ON message.id = found.id
        WHERE message.id = $2 OR author = (SELECT author FROM message WHERE id = $2)
        ORDER BY id DESC LIMIT $3
        """,
        within.oldest,
        within.newest,
        MOST_READ,
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


async def entries(
    connection: Connection, before: int | None, limit: int, only: Sequence[int] | None = None
) -> list[Entry]:
    """Decisions as the log shows them, newest first; of `only` these if they are given."""
    rows = await connection.fetch(
        """
        SELECT decision.id, made, member.name, action, cardinality(messages) AS count,
            left(coalesce(withheld.text, nullif(message.text, '')), $3) AS text, undone,
            undone IS NULL AND made > clock_timestamp() - make_interval(days => $4) AS undoable,
            coalesce(undone, made) > clock_timestamp() - make_interval(mins => $5) AS recent
        FROM decision
        LEFT JOIN member ON member.id = decision.member
        LEFT JOIN message ON message.id = messages[cardinality(messages)]
        LEFT JOIN withheld ON withheld.message = message.id
        WHERE decision.id < $1 AND ($6::bigint[] IS NULL OR decision.id = ANY($6))
        ORDER BY decision.id DESC LIMIT $2
        """,
        NEWEST if before is None else before,
        limit,
        EXCERPT,
        KEEP_DAYS,
        UNDO_MINUTES,
        only,
    )
    return [Entry(**dict(row)) for row in rows]


async def last_about(connection: Connection, number: int) -> Entry | None:
    """The newest decision about a message; None if there is none among the newest decisions."""
    found = await connection.fetchval(
        """
        SELECT max(id) FROM (
            SELECT id, messages FROM decision ORDER BY id DESC LIMIT $2
        ) AS newest WHERE $1 = ANY(messages)
        """,
        number,
        MOST_SEARCHED,
    )
    some = await entries(connection, None, 1, [found]) if found else []
    return some[0] if some else None


def _group(rows: list[Record], state: State) -> Group:
    first = rows[0]
    return Group(
        Range(first["oldest"], first["newest"]), first["times"], [_held(row, state) for row in rows]
    )


def _held(row: Record, state: State) -> Held:
    words = _fitting(row["words"], row["bytes"])
    message = message_of(row)._replace(text=words, name=row["signed"], tombstone=None)
    return Held(message, state, row["why"])


def _fitting(words: str, size: int) -> str:
    """A text, or its beginning if the texts up to it have too many bytes together."""
    return words[:CUT] + "…" if size > TEXT_BYTES and len(words) > CUT else words
