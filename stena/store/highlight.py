"""What the team puts forward: pinned messages, and conversations that take no more replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.rule import MOST_PINNED
from stena.store.message import CHANGE, MESSAGE, STATE, change_of, message_of

if TYPE_CHECKING:
    from stena.change import Change
    from stena.message import Message
    from stena.store.database import Connection

# How many pinned messages and how many locked conversations are listed: no page is longer.
MOST_LISTED = 100

# SQL: whether a `draft` may be a reply in its conversation. One of the team always may.
UNLOCKED = """
    (draft.by_team OR NOT EXISTS (
        SELECT FROM conversation_lock WHERE conversation_lock.message = draft.parent
    ))
"""


async def pin(connection: Connection, message: Message) -> None:
    """Pin a message above the others of its wall; one that is pinned stays as it is.

    Raises:
        Refusal: too_many_pins.
    """
    await connection.execute(
        "INSERT INTO pin (message, thread) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        message.id,
        message.thread,
    )
    await check_room(connection, message.id)


async def unpin(connection: Connection, number: int) -> None:
    await connection.execute("DELETE FROM pin WHERE message = $1", number)


async def may_be_pinned(connection: Connection, number: int) -> bool:
    """Whether a message may come back pinned: its author has not deleted it."""
    found: bool = await connection.fetchval(
        f"SELECT EXISTS (SELECT FROM message WHERE id = $1 AND {STATE} <> 'deleted')", number
    )
    return found


async def check_room(connection: Connection, number: int) -> None:
    """Return if a pinned message leaves at most MOST_PINNED shown on its wall.

    Raises:
        Refusal: too_many_pins.
    """
    are_too_many: bool = await connection.fetchval(
        """
        SELECT count(*) > $2 FROM pin JOIN message ON message.id = pin.message
        WHERE pin.thread = (SELECT thread FROM pin WHERE message = $1)
            AND message.state = 'visible' AND NOT message.gone
        """,
        number,
        MOST_PINNED,
    )
    if are_too_many:
        raise Refusal("too_many_pins", most=MOST_PINNED)


async def lock(connection: Connection, number: int) -> None:
    """Let a conversation take no more replies."""
    await connection.execute(
        "INSERT INTO conversation_lock (message) VALUES ($1) ON CONFLICT DO NOTHING", number
    )


async def unlock(connection: Connection, number: int) -> None:
    await connection.execute("DELETE FROM conversation_lock WHERE message = $1", number)


async def change(connection: Connection, number: int) -> list[Change]:
    """Give a message that is shown a new number, so that readers learn of its pin or its lock.

    Runs inside `ordered`; the caller announces the change.
    """
    rows = await connection.fetch(
        f"""
        WITH told AS MATERIALIZED (
            SELECT id AS of, nextval('message_change') AS number FROM message
            WHERE id = $1 AND state = 'visible'
        )
        UPDATE message SET change = told.number, worded = told.number,
            appeared = coalesce(appeared, change)
        FROM told WHERE message.id = told.of
        RETURNING {CHANGE}
        """,
        number,
    )
    return [change_of(row) for row in rows]


async def pinned(connection: Connection, thread: str) -> list[Message]:
    """The messages above the others of a wall, the last pinned first.

    Where an undo has brought back a removed one beside others, the last pinned are shown.
    """
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE} FROM message
        WHERE id IN (SELECT message FROM pin WHERE thread = $1)
            AND state = 'visible' AND NOT gone
        ORDER BY (SELECT since FROM pin WHERE pin.message = id) DESC, id DESC LIMIT $2
        """,
        thread,
        MOST_PINNED,
    )
    return [message_of(row) for row in rows]


async def all_pinned(connection: Connection) -> list[Message]:
    """The pinned messages that are shown, of all walls by name; at most MOST_LISTED."""
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE} FROM message
        WHERE id IN (SELECT message FROM pin) AND state = 'visible' AND NOT gone
        ORDER BY thread, (SELECT since FROM pin WHERE pin.message = id) DESC LIMIT $1
        """,
        MOST_LISTED,
    )
    return [message_of(row) for row in rows]


async def all_locked(connection: Connection) -> list[Message]:
    """The messages with locked conversations that are shown, the last locked first.

    At most MOST_LISTED.
    """
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE} FROM message
        WHERE id IN (SELECT message FROM conversation_lock) AND state = 'visible'
        ORDER BY (SELECT since FROM conversation_lock WHERE conversation_lock.message = id) DESC
        LIMIT $1
        """,
        MOST_LISTED,
    )
    return [message_of(row) for row in rows]
