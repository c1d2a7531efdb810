from __future__ import annotations

from secrets import token_bytes
from typing import TYPE_CHECKING

from stena.message import Change, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

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
) -> tuple[list[Change], list[Change]]:
    """Commit messages in the order given, and find those that the same drafts made before.

    Returns:
        The changes that this made, in order; and for each draft the change that made its
        message, now or before.
    """
    chance = token_bytes(KEY_BYTES * len(drafts))
    keys = [
        draft.once or chance[KEY_BYTES * place :][:KEY_BYTES] for place, draft in enumerate(drafts)
    ]
    # The lock is taken before any number is: defaults are computed for each row that `turn`
    # yields, and it yields none until the lock is held.
    rows = await connection.fetch(
        """
        WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($1)),
        made AS (
            INSERT INTO message (text, name, once)
            SELECT draft.text, draft.name, draft.once
            FROM turn, unnest($2::text[], $3::text[], $4::bytea[])
                WITH ORDINALITY AS draft (text, name, once, place)
            ORDER BY draft.place
            ON CONFLICT (once) DO NOTHING
            RETURNING id, text, name, created, state, change, once
        )
        SELECT *, (SELECT pg_notify($5, max(change)::text) FROM made) FROM made ORDER BY change
        """,
        ORDER_LOCK,
        [draft.text for draft in drafts],
        [draft.name for draft in drafts],
        keys,
        CHANNEL,
    )
    made = {row["once"]: _change(row) for row in rows}
    if len(made) < len(keys):
        known = made | await _made_before(connection, [key for key in keys if key not in made])
    else:
        known = made
    return list(made.values()), [known[key] for key in keys]


async def _made_before(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Change]:
    # Rows are never taken away (a message that goes changes its state), so they are there.
    rows = await connection.fetch(
        """
        SELECT id, text, name, created, 'visible' AS state, change, once FROM message
        WHERE once = ANY($1)
        """,
        keys,
    )
    return {row["once"]: _change(row) for row in rows}


async def newest(connection: Connection, before: int | None, limit: int) -> list[Message]:
    """By key and never by OFFSET: a page costs the same at any depth of any wall."""
    rows = await connection.fetch(
        """
        SELECT id, text, name, created FROM message
        WHERE state = 'visible' AND id < $1
        ORDER BY id DESC LIMIT $2
        """,
        NEWEST if before is None else before,
        limit,
    )
    return [_message(row) for row in rows]


async def get(connection: Connection, number: int) -> Message | None:
    row = await connection.fetchrow(
        "SELECT id, text, name, created FROM message WHERE id = $1 AND state = 'visible'",
        number,
    )
    return _message(row) if row else None


async def changes(connection: Connection, after: int, limit: int) -> list[Change]:
    """In order, at most `limit`; of a message that changed twice only the last."""
    rows = await connection.fetch(
        """
        SELECT id, text, name, created, state, change FROM message
        WHERE change > $1
        ORDER BY change LIMIT $2
        """,
        after,
        limit,
    )
    return [_change(row) for row in rows]


async def last_change(connection: Connection) -> int:
    """The number of the newest change, 0 where there is none."""
    number: int = await connection.fetchval("SELECT coalesce(max(change), 0) FROM message")
    return number


def _message(row: Record) -> Message:
    return Message(id=row["id"], text=row["text"], name=row["name"], created=row["created"])


def _change(row: Record) -> Change:
    return Change(
        number=row["change"],
        kind="created" if row["state"] == "visible" else "hidden",
        message=_message(row),
    )
