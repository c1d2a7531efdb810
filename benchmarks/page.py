"""The traffic of an open page in bytes: while nothing happens, and for a new message."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks.figures import Figure
from benchmarks.programs import filled, leave, wall

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from benchmarks.figures import Scale

WORDS = "As many words as people write when they write a sentence or two on a wall, and a bit more."
REQUEST = b"GET /api/messages.stream?audience=1 HTTP/1.1\r\nHost: wall\r\n\r\n"


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    """Measure one stream; the page requests nothing else, as the browser tests check."""
    with wall(folder, filled(url, "page", 60)) as ours, stream(ours.url) as reader:
        idle = len(received(reader, scale.idle))
        yield Figure("page idle", idle / scale.idle, "B/s")
        message = leave(ours.url, WORDS)
        event = received(reader, 1)
        plain = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        yield Figure("page message", len(event) / len(plain))


def stream(url: str) -> socket.socket:
    """Open a stream and read its response headers."""
    where = urlsplit(url)
    reader = socket.create_connection((where.hostname, where.port))
    reader.sendall(REQUEST)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if not (byte := reader.recv(1)):
            raise RuntimeError(f"The wall closed the stream after {head!r}")
        head += byte
    return reader


def received(reader: socket.socket, seconds: float) -> bytes:
    """All bytes that arrive in that time."""
    end = time.monotonic() + seconds
    data = b""
    while (left := end - time.monotonic()) > 0:
        reader.settimeout(left)
        try:
            data += reader.recv(65536)
        except TimeoutError:
            break
    return data
