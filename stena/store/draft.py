"""Drafts become messages: a batch in one statement, each draft once (idempotency)."""

from __future__ import annotations

from secrets import token_bytes
from typing import TYPE_CHECKING

from stena.change import Change, Posted
from stena.message import Message
from stena.refusal import Refusal
from stena.store.message import CHANGE, change_of, hue_of
from stena.store.order import ANNOUNCE, ANNOUNCE_SHOWN, ORDER_LOCK, ordered
from stena.store.rule import ALL_OPEN, MODE, RULES, TAKEN, WAITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.message import Draft
    from stena.store.database import Connection

# Random and unique in practice: a collision is likely only among 2**64 messages.
KEY_BYTES = 16

# SQL: a row of `judged` as the columns of a message. The text of one that waits is elsewhere, as
# stena/store/visibility.py says.
WRITTEN = """
    CASE WHEN waits THEN '' ELSE text END, CASE WHEN NOT waits THEN name END, once, thread, author,
    link, CASE WHEN waits THEN 'waiting' ELSE 'visible' END, CASE WHEN waits THEN 0 END
"""
WITHHELD = """
    withheld_now AS (
        INSERT INTO withheld (message, text, name, why)
        SELECT made.id, judged.text, judged.name, judged.mode FROM made JOIN judged USING (once)
        WHERE made.state = 'waiting'
    )
"""


async def insert(
    connection: Connection, drafts: Sequence[Draft]
) -> tuple[list[Change], list[Posted | Refusal]]:
    """Insert messages in the given order, and find those that repeated drafts made before.

    Returns:
        The changes that were made, in order; and a result for each draft: not_found for a reply to
        a message that is not visible, closed where nobody may post.
    """
    random = token_bytes(KEY_BYTES * len(drafts))
    keys = [
        draft.dedup_key or random[KEY_BYTES * place :][:KEY_BYTES]
        for place, draft in enumerate(drafts)
    ]
    if any(draft.reply_to for draft in drafts):
        made = await _insert_replies(connection, drafts, keys)
    else:
        made = await _insert_where_open(connection, drafts, keys)
        if not made and len(await _made_before(connection, keys)) < len(set(keys)):
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
    left_out = [draft for draft, key in zip(drafts, keys, strict=True) if key not in known]
    refusals = iter(await _refusals(connection, left_out) if left_out else ())
    return changes, [
        _posted(draft, *known[key]) if key in known else next(refusals)
        for draft, key in zip(drafts, keys, strict=True)
    ]


def _posted(draft: Draft, change: Change, link: bytes | None) -> Posted:
    message = change.message
    if change.state == "waiting":
        message = message._replace(text=draft.text, name=draft.name)
    return Posted(change, message, linked=link == draft.link)


async def _insert_where_open(
    connection: Connection, drafts: Sequence[Draft], keys: Sequence[bytes]
) -> list[Record]:
    """Insert messages if no wall has a rule that they could break; none otherwise.

    PostgreSQL plans this statement once for a connection. One that judges each draft it plans anew
    each time, since it knows the number of drafts by then; that takes longer than the rest.
    """
    # Defaults, and so numbers, are computed for each row that `locked` yields, and it yields none
    # until the lock is held. A message that answers nothing reads no other message, so it needs
    # no statement before, and saves a round trip.
    return await connection.fetch(
        f"""
        WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock($1) WHERE {ALL_OPEN}),
        made AS (
            INSERT INTO message (text, name, once, thread, author, link)
            SELECT draft.text, draft.name, draft.once, draft.thread, draft.author, draft.link
            FROM locked,
                unnest($2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::bytea[])
                WITH ORDINALITY AS draft (text, name, once, thread, author, link, place)
            ORDER BY draft.place
            ON CONFLICT (once) DO NOTHING
            RETURNING id, created, parent, thread, change, once, state
        )
        SELECT *, (SELECT {ANNOUNCE} FROM made) FROM made ORDER BY change
        """,
        ORDER_LOCK,
        *_columns(drafts, keys),
    )


async def _insert(
    connection: Connection, drafts: Sequence[Draft], keys: Sequence[bytes]
) -> list[Record]:
    """Insert messages as the rules of their walls say. `locked` as above."""
    return await connection.fetch(
        f"""
        WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock($1)),
        judged AS MATERIALIZED (
            SELECT draft.*, {MODE} AS mode, {WAITS} AS waits
            FROM unnest($2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::bytea[],
                $8::boolean[])
                WITH ORDINALITY AS draft (text, name, once, thread, author, link, by_team, place)
            {RULES}
            WHERE {TAKEN}
        ),
        made AS (
            INSERT INTO message (text, name, once, thread, author, link, state, appeared)
            SELECT {WRITTEN} FROM locked, judged ORDER BY place
            ON CONFLICT (once) DO NOTHING
            RETURNING id, created, parent, thread, change, once, state
        ),
        {WITHHELD}
        SELECT *, (SELECT {ANNOUNCE_SHOWN} FROM made) FROM made ORDER BY change
        """,
        ORDER_LOCK,
        *_columns(drafts, keys),
        [draft.by_team for draft in drafts],
    )


async def _insert_replies(
    connection: Connection, drafts: Sequence[Draft], keys: Sequence[bytes]
) -> list[Record]:
    """The same for a batch with replies: a reply to a reply goes below the same message."""
    async with ordered(connection):
        return await connection.fetch(
            f"""
            WITH draft AS MATERIALIZED (
                SELECT draft.text, draft.name, draft.once, draft.author, draft.link,
                    draft.by_team, draft.place,
                    coalesce(above.thread, draft.thread) AS thread,
                    coalesce(above.parent, above.id) AS parent
                FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bytea[],
                    $6::bytea[], $7::boolean[], $8::bigint[])
                    WITH ORDINALITY
                    AS draft (text, name, once, thread, author, link, by_team, parent, place)
                LEFT JOIN message AS above ON above.id = draft.parent AND above.state = 'visible'
                WHERE draft.parent IS NULL OR above.id IS NOT NULL
            ),
            judged AS MATERIALIZED (
                SELECT draft.*, {MODE} AS mode, {WAITS} AS waits FROM draft {RULES}
                WHERE {TAKEN}
            ),
            made AS (
                INSERT INTO message
                    (text, name, once, thread, author, link, state, appeared, parent)
                SELECT {WRITTEN}, parent FROM judged ORDER BY place
                ON CONFLICT (once) DO NOTHING
                RETURNING id, created, parent, thread, change, once, state
            ),
            {WITHHELD},
            counted AS (
                UPDATE message SET replies = message.replies + answered.times
                FROM (
                    SELECT parent, count(*) AS times FROM made
                    WHERE state = 'visible' GROUP BY parent
                ) AS answered
                WHERE message.id = answered.parent
            )
            SELECT *, (SELECT {ANNOUNCE_SHOWN} FROM made) FROM made ORDER BY change
            """,
            *_columns(drafts, keys),
            [draft.by_team for draft in drafts],
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


async def _refusals(connection: Connection, drafts: Sequence[Draft]) -> list[Refusal]:
    """Why each of these drafts became no message."""
    rows = await connection.fetch(
        f"""
        SELECT NOT {TAKEN} AS is_closed FROM (
            SELECT coalesce(above.thread, draft.thread) AS thread, draft.by_team, place
            FROM unnest($1::text[], $2::bigint[], $3::boolean[])
                WITH ORDINALITY AS draft (thread, parent, by_team, place)
            LEFT JOIN message AS above ON above.id = draft.parent AND above.state = 'visible'
        ) AS draft
        {RULES}
        ORDER BY place
        """,
        [draft.thread for draft in drafts],
        [draft.reply_to for draft in drafts],
        [draft.by_team for draft in drafts],
    )
    return [
        Refusal("closed", "text") if row["is_closed"] else Refusal("not_found", "reply_to")
        for row in rows
    ]


def _made(draft: Draft, row: Record) -> Change:
    """The change by a draft that was inserted: the visitor's fields and the database's."""
    is_shown = row["state"] == "visible"
    message = Message(
        id=row["id"],
        text=draft.text if is_shown else "",
        name=draft.name if is_shown else None,
        created=row["created"],
        reply_to=row["parent"],
        thread=row["thread"],
        hue=hue_of(draft.author),
    )
    number = row["change"]
    appeared = number if is_shown else 0
    return Change(number, message, row["state"], appeared, edited_at_change=appeared)
