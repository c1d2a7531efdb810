from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from stena.store.database import Connection

# On which processes announce their readers; the payload is a process's name, a number, and the
# digests of the browsers, unless they are too many.
CHANNEL = "stena_audience"
PAYLOAD = re.compile(
    "(?P<name>[0-9a-f]{8}) (?P<number>[0-9]{1,7})( (?P<browsers>[A-Za-z0-9+/=]+))?", re.ASCII
)


async def announce(connection: Connection, name: str, number: int, browsers: bytes) -> None:
    payload = f"{name} {number} {b64encode(browsers).decode()}".rstrip()
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)


def receive(payload: str, update: Callable[[str, int, bytes], None]) -> None:
    """Call `update` with what a process announced; ignore payloads of other programs."""
    found = PAYLOAD.fullmatch(payload)
    if not found:
        return
    try:
        browsers = b64decode(found["browsers"] or "", validate=True)
    except ValueError:
        return
    update(found["name"], int(found["number"]), browsers)
