"""The notices of the walls: a few words of the team above the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.refusal import Refusal

if TYPE_CHECKING:
    from stena.store.database import Connection

# How many notices there are: each process keeps them in memory, and the page lists them.
MOST_NOTICES = 500


async def of(connection: Connection, thread: str) -> str:
    """The notice of a wall: its own, else that of the main wall; mostly empty."""
    text: str | None = await connection.fetchval(
        "SELECT text FROM notice WHERE thread IN ($1, '') ORDER BY thread DESC LIMIT 1", thread
    )
    return text or ""


async def all_notices(connection: Connection) -> dict[str, str]:
    """The notices by thread, the main wall's first."""
    rows = await connection.fetch(
        "SELECT thread, text FROM notice ORDER BY thread LIMIT $1", MOST_NOTICES
    )
    return {row["thread"]: row["text"] for row in rows}


async def was_ever_set(connection: Connection) -> bool:
    """Whether the team has ever set a notice, on any wall. Reads the log, which keeps that."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM decision WHERE action = 'notice')"
    )
    return found


async def put(connection: Connection, thread: str, text: str) -> None:
    """Set the notice of a wall.

    Raises:
        Refusal: too_many_notices.
    """
    await connection.execute(
        """
        INSERT INTO notice (thread, text) VALUES ($1, $2)
        ON CONFLICT (thread) DO UPDATE SET text = excluded.text
        """,
        thread,
        text,
    )
    await check_room(connection)


async def check_room(connection: Connection) -> None:
    """Return if there are at most MOST_NOTICES.

    Raises:
        Refusal: too_many_notices.
    """
    if await connection.fetchval("SELECT count(*) FROM notice") > MOST_NOTICES:
        raise Refusal("too_many_notices", most=MOST_NOTICES)


async def remove(connection: Connection, thread: str) -> None:
    await connection.execute("DELETE FROM notice WHERE thread = $1", thread)
