from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from stena.store.database import Connection

# On which processes announce their readers; the payload is a process's name and a number.
CHANNEL = "stena_audience"
PAYLOAD = re.compile("(?P<name>[0-9a-f]{8}) (?P<readers>[0-9]{1,7})", re.ASCII)


async def announce(connection: Connection, name: str, readers: int) -> None:
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, f"{name} {readers}")


def receive(payload: str, update: Callable[[str, int], None]) -> None:
    """Call `update` with what a process announced; ignore payloads of other programs."""
    if found := PAYLOAD.fullmatch(payload):
        update(found["name"], int(found["readers"]))
