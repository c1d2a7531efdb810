from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stena.store.database import Connection

# Where processes say how many look at their pages; the payload is a name and a number.
CHANNEL = "stena_audience"


async def say(connection: Connection, name: str, readers: int) -> None:
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, f"{name} {readers}")


def said(payload: str) -> tuple[str, int]:
    """Who said how many."""
    name, _, readers = payload.partition(" ")
    return name, int(readers)
