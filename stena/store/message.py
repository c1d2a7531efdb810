from __future__ import annotations

from contextlib import asynccontextmanager
from secrets import token_bytes
from typing import TYPE_CHECKING

from stena.change import Change, Posted
from stena.message import Message, hue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from asyncpg import Record

    from stena.message import Draft
    from stena.store.database import Connection

# Ids and numbers of changes are handed out one transaction at a time, so that their order is
# the order of commits: a reader who saw 7 never meets a 6 that was committed later. The number
# names this lock among the advisory locks of the database and means nothing else.
ORDER_LOCK = 7_836_201

# Where committed changes are announced; the payload is the number of the newest.
CHANNEL = "stena"

# As good as unique: of 2**64 messages two would be alike.
KEY_BYTES = 16

# `before` nothing: the largest bigint, which no message reaches.
NEWEST = 2**63 - 1


async def insert(
    connection: Connection, drafts: Sequence[Draft]
) -> tuple[list[Change], list[Posted | None]]:
    """Commit messages in the order given, and find those that the same drafts made before.

    Returns:
        The changes that this made, in order; and for each draft what became of it, None for a
        reply to what is not there.
    """
    chance = token_bytes(KEY_BYTES * len(drafts))
    keys = [
        draft.once or chance[KEY_BYTES * place :][:KEY_BYTES] for place, draft in enumerate(drafts)
    ]
    if any(draft.reply_to for draft in drafts):
        made = await _insert_replies(connection, drafts, keys)
    else:
        made = await _insert(connection, drafts, keys)
    rows = {row["once"]: row for row in made}
    known: dict[bytes, tuple[Change, bytes | None]] = {}
    for key, draft in zip(keys, drafts, strict=True):
        # Of two drafts that are the same the first one was written.
        if row := rows.pop(key, None):
            known[key] = (_made(draft, row), draft.link)
    changes = [change for change, _ in known.values()]
    if len(known) < len(keys):
        before = await _made_before(connection, [key for key in keys if key not in known])
        known |= {row["once"]: (change_of(row), row["link"]) for row in before}
    return changes, [
        Posted(found[0], linked=found[1] == draft.link) if found else None
        for draft, found in zip(drafts, map(known.get, keys), strict=True)
    ]


async def _insert(
    connection: Connection, drafts: Sequence[Draft], keys: Sequence[bytes]
) -> list[Record]:
    # The lock is taken before any number is: defaults are computed for each row that `turn`
    # yields, and it yields none until the lock is held.
    return await connection.fetch(
        """
        WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($1)),
        made AS (
            INSERT INTO message (text, name, once, thread, author, link)
            SELECT draft.text, draft.name, draft.once, draft.thread, draft.author, draft.link
            FROM turn,
                unnest($2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::bytea[])
                WITH ORDINALITY AS draft (text, name, once, thread, author, link, place)
            ORDER BY draft.place
            ON CONFLICT (once) DO NOTHING
            RETURNING id, created, parent, thread, change, once
        )
        SELECT *, (SELECT pg_notify($8, max(change)::text) FROM made) FROM made ORDER BY change
        """,
        ORDER_LOCK,
        *_columns(drafts, keys),
        CHANNEL,
    )


async def _insert_replies(
    connection: Connection, drafts: Sequence[Draft], keys: Sequence[bytes]
) -> list[Record]:
    """The same where some of them answer others: one level deep, whatever they answer."""
    async with turn(connection):
        return await connection.fetch(
            """
            WITH made AS (
                INSERT INTO message (text, name, once, thread, author, link, parent)
                SELECT draft.text, draft.name, draft.once,
                    coalesce(above.thread, draft.thread), draft.author, draft.link,
                    coalesce(above.parent, above.id)
                FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bytea[],
                    $6::bytea[], $7::bigint[])
                    WITH ORDINALITY
                    AS draft (text, name, once, thread, author, link, parent, place)
                LEFT JOIN message AS above ON above.id = draft.parent AND above.state = 'visible'
                WHERE draft.parent IS NULL OR above.id IS NOT NULL
                ORDER BY draft.place
                ON CONFLICT (once) DO NOTHING
                RETURNING id, created, parent, thread, change, once
            ),
            counted AS (
                UPDATE message SET replies = message.replies + answered.times
                FROM (SELECT parent, count(*) AS times FROM made GROUP BY parent) AS answered
                WHERE message.id = answered.parent
            )
            SELECT *, (SELECT pg_notify($8, max(change)::text) FROM made) FROM made ORDER BY change
            """,
            *_columns(drafts, keys),
            [draft.reply_to for draft in drafts],
            CHANNEL,
        )


@asynccontextmanager
async def turn(connection: Connection) -> AsyncGenerator[None]:
    """A transaction that nobody else's change comes in between.

    The lock is taken by a statement of its own, so that what the next one sees is not older
    than its turn.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", ORDER_LOCK)
        yield


def _columns(drafts: Sequence[Draft], keys: Sequence[bytes]) -> tuple[Sequence[object], ...]:
    return (
        [draft.text for draft in drafts],
        [draft.name for draft in drafts],
        keys,
        [draft.thread for draft in drafts],
        [draft.author for draft in drafts],
        [draft.link for draft in drafts],
    )


async def _made_before(connection: Connection, keys: Sequence[bytes]) -> list[Record]:
    # Rows are never taken away (a message that goes changes its state), so they are there.
    return await connection.fetch(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone,
            state, change, appeared, worded, once, link
        FROM message WHERE once = ANY($1)
        """,
        keys,
    )


async def newest(
    connection: Connection, thread: str, before: int | None, limit: int
) -> list[Message]:
    """By key and never by OFFSET: a page costs the same at any depth of any wall."""
    rows = await connection.fetch(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone
        FROM message
        WHERE thread = $1 AND parent IS NULL AND state = 'visible' AND id < $2
        ORDER BY id DESC LIMIT $3
        """,
        thread,
        NEWEST if before is None else before,
        limit,
    )
    return [message_of(row) for row in rows]


async def get(connection: Connection, number: int) -> Message | None:
    row = await connection.fetchrow(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone
        FROM message WHERE id = $1 AND state = 'visible'
        """,
        number,
    )
    return message_of(row) if row else None


async def last_change_of(connection: Connection, number: int) -> Change | None:
    """The change that made a message what it is; None where it is not shown."""
    row = await connection.fetchrow(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone,
            state, change, appeared, worded
        FROM message WHERE id = $1 AND state = 'visible'
        """,
        number,
    )
    return change_of(row) if row else None


async def last_replies(
    connection: Connection, ids: Sequence[int], limit: int
) -> dict[int, list[Message]]:
    """At most `limit` to each, the newest of them, oldest first."""
    rows = await connection.fetch(
        """
        SELECT reply.* FROM unnest($1::bigint[]) AS asked (id)
        CROSS JOIN LATERAL (
            SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone
            FROM message WHERE parent = asked.id AND state = 'visible'
            ORDER BY id DESC LIMIT $2
        ) AS reply
        ORDER BY reply.id
        """,
        ids,
        limit,
    )
    found: dict[int, list[Message]] = {}
    for row in rows:
        found.setdefault(row["parent"], []).append(message_of(row))
    return found


async def replies(connection: Connection, parent: int, after: int, limit: int) -> list[Message]:
    """Oldest first, by key."""
    rows = await connection.fetch(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone
        FROM message WHERE parent = $1 AND state = 'visible' AND id > $2
        ORDER BY id LIMIT $3
        """,
        parent,
        after,
        limit,
    )
    return [message_of(row) for row in rows]


async def changes(connection: Connection, after: int, limit: int) -> list[Change]:
    """In order, at most `limit`; of a message that changed twice only the last."""
    rows = await connection.fetch(
        """
        SELECT id, text, name, created, edited, parent, thread, replies, reactions, author, gone,
            state, change, appeared, worded
        FROM message
        WHERE change > $1
        ORDER BY change LIMIT $2
        """,
        after,
        limit,
    )
    return [change_of(row) for row in rows]


async def last_change(connection: Connection) -> int:
    """The number of the newest change, 0 where there is none."""
    number: int = await connection.fetchval("SELECT coalesce(max(change), 0) FROM message")
    return number


def _made(draft: Draft, row: Record) -> Change:
    """What a draft has become: what the visitor wrote, and what the database made of it."""
    message = Message(
        id=row["id"],
        text=draft.text,
        name=draft.name,
        created=row["created"],
        reply_to=row["parent"],
        thread=row["thread"],
        hue=hue(draft.author),
    )
    number = row["change"]
    return Change(number, message, shown=True, appeared=number, worded=number)


def message_of(row: Record) -> Message:
    return Message(
        id=row["id"],
        text=row["text"],
        name=row["name"],
        created=row["created"],
        edited=row["edited"],
        reply_to=row["parent"],
        thread=row["thread"],
        replies=row["replies"],
        reactions=tuple(row["reactions"]),
        hue=hue(row["author"]),
        gone=row["gone"],
    )


def change_of(row: Record) -> Change:
    # Both are kept only once something has happened to the message since.
    appeared = row["appeared"] or row["change"]
    return Change(
        number=row["change"],
        message=message_of(row),
        shown=row["state"] == "visible",
        appeared=appeared,
        worded=row["worded"] or appeared,
    )
