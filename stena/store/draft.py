"""Drafts become messages: a batch in one statement, each draft once (idempotency)."""

from __future__ import annotations

from secrets import token_bytes
from typing import TYPE_CHECKING

from stena.change import Change, Posted
from stena.message import Message
from stena.refusal import Refusal
from stena.store.message import CHANGE, change_of, hue_of
from stena.store.order import ANNOUNCE, ORDER_LOCK, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.message import Draft
    from stena.store.database import Connection

# Random and unique in practice: a collision is likely only among 2**64 messages.
KEY_BYTES = 16


async def insert(
    connection: Connection, drafts: Sequence[Draft]
) -> tuple[list[Change], list[Posted | Refusal]]:
    """Insert messages in the given order, and find those that repeated drafts made before.

    Returns:
        The changes that were made, in order; and a result for each draft, not_found for a reply to
        a message that is not visible.
    """
    random = token_bytes(KEY_BYTES * len(drafts))
    keys = [
        draft.dedup_key or random[KEY_BYTES * place :][:KEY_BYTES]
        for place, draft in enumerate(drafts)
    ]
    if any(draft.reply_to for draft in drafts):
        made = await _insert_replies(connection, drafts, keys)
    else:
        made = await _insert(connection, drafts, keys)
    rows = {row["once"]: row for row in made}
    known: dict[bytes, tuple[Change, bytes | None]] = {}
    for key, draft in zip(keys, drafts, strict=True):
        # Of two equal drafts in one batch the first one was inserted.
        if row := rows.pop(key, None):
            known[key] = (_made(draft, row), draft.link)
    changes = [change for change, _ in known.values()]
    if len(known) < len(keys):
        before = await _made_before(connection, [key for key in keys if key not in known])
        known |= {row["once"]: (change_of(row), row["link"]) for row in before}
    return changes, [
        Posted(found[0], linked=found[1] == draft.link)
        if found
        else Refusal("not_found", "reply_to")
        for draft, found in zip(drafts, map(known.get, keys), strict=True)
    ]


async def _insert(
    connection: Connection, drafts: Sequence[Draft], keys: Sequence[bytes]
) -> list[Record]:
    # Defaults, and so numbers, are computed for each row that `locked` yields, and it yields none
    # until the lock is held. A message that answers nothing reads no other message, so it needs
    # no statement before, and saves a round trip.
    return await connection.fetch(
        f"""
        WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock($1)),
        made AS (
            INSERT INTO message (text, name, once, thread, author, link)
            SELECT draft.text, draft.name, draft.once, draft.thread, draft.author, draft.link
            FROM locked,
                unnest($2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::bytea[])
                WITH ORDINALITY AS draft (text, name, once, thread, author, link, place)
            ORDER BY draft.place
            ON CONFLICT (once) DO NOTHING
            RETURNING id, created, parent, thread, change, once
        )
        SELECT *, (SELECT {ANNOUNCE} FROM made) FROM made ORDER BY change
        """,
        ORDER_LOCK,
        *_columns(drafts, keys),
    )


async def _insert_replies(
    connection: Connection, drafts: Sequence[Draft], keys: Sequence[bytes]
) -> list[Record]:
    """The same for a batch with replies: a reply to a reply goes below the same message."""
    async with ordered(connection):
        return await connection.fetch(
            f"""
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
            SELECT *, (SELECT {ANNOUNCE} FROM made) FROM made ORDER BY change
            """,
            *_columns(drafts, keys),
            [draft.reply_to for draft in drafts],
        )


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
    # Rows are never removed (a deleted message changes its state), so they are there.
    return await connection.fetch(
        f"""
        SELECT {CHANGE}, once, link FROM message WHERE once = ANY($1)
        """,
        keys,
    )


def _made(draft: Draft, row: Record) -> Change:
    """The change by a draft that was inserted: the visitor's fields and the database's."""
    message = Message(
        id=row["id"],
        text=draft.text,
        name=draft.name,
        created=row["created"],
        reply_to=row["parent"],
        thread=row["thread"],
        hue=hue_of(draft.author),
    )
    number = row["change"]
    return Change(number, message, "visible", created_at_change=number, edited_at_change=number)
