"""An open stream, written to past aiohttp's writer.

Relies on aiohttp's internals, which tests/web/test_internals.py pins: that a prepared chunked
response leaves the transport to us until its handler returns.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    class Events(Protocol):
        """Events that are the same for all readers of one wall."""

        last: int

        def after(self, number: int, thread: str) -> bytes:
            """The chunk for a reader that knows all changes up to `number`."""


# What a slow reader may leave unread in our memory before it is disconnected; it reconnects and
# gets what it missed.
MOST_UNREAD = 256 * 1024
# An empty comment, as a chunk.
HEARTBEAT = b"3\r\n:\n\n\r\n"


class Reader:
    """One open stream. Writes never wait; a reader that is too slow is disconnected."""

    __slots__ = (
        "_chunked",
        "_held",
        "_last",
        "_lost",
        "_thread",
        "_transport",
        "_wants_audience",
        "beat",
        "disconnected",
    )

    def __init__(self, last: int, thread: str, *, beat: int, wants_audience: bool) -> None:
        self.beat = beat
        self._wants_audience = wants_audience
        self.disconnected = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._chunked = True
        self._last = last
        self._lost = False
        self._thread = thread
        self._held: list[Events] = []

    def open(
        self,
        transport: asyncio.Transport | None,
        missed: Sequence[Events] | None,
        *,
        chunked: bool,
    ) -> None:
        """Send what the reader missed, then what was published meanwhile.

        `missed` None sends `reset`. A proxy that speaks HTTP/1.0 knows no chunks.
        """
        self._chunked = chunked
        if transport is None:
            self.disconnected.set()
            return
        self._transport = transport
        if missed is None or self._lost:
            self.reset(self._last)
            missed = []
        held, self._held = self._held, []
        for events in [*missed, *held]:
            self.send(events)

    def reset(self, last: int) -> None:
        """Tell the reader to read anew; it resumes after change `last`."""
        self._last = last
        if self._transport is None:
            self._lost, self._held = True, []
        else:
            # A browser resumes from the last id that it got, so `reset` is followed by one.
            self.write(chunk(b"event: reset\ndata:\n\nid: %d\n\n" % last))

    def send(self, events: Events) -> None:
        if self._transport is None:
            self._held.append(events)
        # A stream that is being closed may have sent its end.
        elif events.last > self._last and not self.disconnected.is_set():
            self.write(events.after(self._last, self._thread))
            self._last = events.last

    def send_audience(self, total: int) -> bool:
        """Send the number of readers, if this one asks for it."""
        if self._wants_audience:
            self.write(chunk(b"event: audience\ndata: %d\n\n" % total))
        return self._wants_audience

    def send_notice(self, event: Callable[[str], bytes]) -> None:
        """Send the notice of the reader's wall, if this one asks for the audience.

        Args:
            event: returns the chunk for a thread, empty for none.
        """
        if self._wants_audience:
            self.write(event(self._thread))

    def close(self, pause: int) -> None:
        """Send from where to resume, and after how many milliseconds to reconnect."""
        self.write(chunk(b"id: %d\nretry: %d\n\n" % (self._last, pause)))

    def write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        if transport.is_closing():
            self.disconnected.set()
        elif transport.get_write_buffer_size() > MOST_UNREAD:
            transport.abort()
            self.disconnected.set()
        elif data:
            transport.write(data if self._chunked else data[data.index(b"\r\n") + 2 : -2])


def chunk(body: bytes) -> bytes:
    """A chunk of a body of unknown length (HTTP/1.1); built once, sent to all readers."""
    return b"%x\r\n%b\r\n" % (len(body), body)
