"""Changes as they happen, to everyone who is looking: server-sent events."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, web

from stena.feed import Stretch
from stena.refusal import Refusal
from stena.web import forms, shapes
from stena.web.security import HEADERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.audience import Audience
    from stena.change import Change, Kind
    from stena.feed import Feed
    from stena.wall import Wall

# Who is further behind reads the page anew, which costs less than telling all of it.
MOST_MISSED = 1000
MOST_MISSED_BYTES = 512 * 1024
# What a slow reader may leave lying in our memory before we hang up; it comes back by itself
# and is told what it missed.
MOST_UNREAD = 256 * 1024
# Routers hang up after 55 s without a byte, and some after 30 s.
HEARTBEAT_SECONDS = 15
# Each reader's beat has its place in that time, so that no news waits until all have theirs.
BEATS = 60
# How often processes tell each other how many are looking.
COUNT_SECONDS = 10
# How many readers are told before others get a turn of the loop.
SLICE = 250
# After a stop, readers come back spread over so many milliseconds.
RETRY = (1000, 6000)

STREAM_HEADERS = {
    **HEADERS,
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
# A comment, as a chunk of a body whose length is not known.
BEAT = b"3\r\n:\n\n\r\n"


class Streams:
    """The open streams of this process."""

    def __init__(self, wall: Wall, feed: Feed, audience: Audience, *, most: int) -> None:
        self._wall = wall
        self._feed = feed
        self._audience = audience
        self._most = most
        self._readers: set[Reader] = set()
        self._beats = itertools.cycle(range(BEATS))
        self._untold: deque[Stretch] = deque()
        self._some = asyncio.Event()
        feed.follow(self._tell)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One reader, from the request to the end of its connection.

        Raises:
            Refusal: too_many_readers; bad_number; unavailable.
        """
        after, thread = forms.after(request), forms.thread(request)
        if request.method == "HEAD":
            return web.Response(headers=STREAM_HEADERS)
        if len(self._readers) >= self._most:
            self._forget_the_gone()
        if len(self._readers) >= self._most:
            raise Refusal("too_many_readers")
        # Registered first and read after: what is committed meanwhile is held back, so there
        # is neither a gap nor a repeat at the seam.
        if not self._feed.begun or (after or 0) > self._feed.last:
            await self._wall.catch_up(after)
        # What is beyond the last change was said by another wall, or by this one before it was
        # restored from a backup.
        lost = after is not None and after > self._feed.last
        last = self._feed.last if after is None or lost else after
        counts = forms.wants_audience(request)
        reader = Reader(last, thread, beat=next(self._beats), counts=counts)
        self._readers.add(reader)
        self._feed.wanted = True
        self._audience.here = len(self._readers)
        try:
            missed = None if lost else await self._missed(after, thread)
            response = web.StreamResponse(headers=STREAM_HEADERS)
            framed = request.version >= HttpVersion11
            if framed:
                response.enable_chunked_encoding()
            else:
                response.force_close()
            await response.prepare(request)
            reader.open(request.transport, missed, framed=framed)
            reader.count(self._audience.total)
            await reader.gone.wait()
        finally:
            self._readers.discard(reader)
            self._feed.wanted = bool(self._readers)
            self._audience.here = len(self._readers)
        return response

    async def run(self) -> None:
        """Tell what the feed told, one stretch after the other."""
        while True:
            await self._some.wait()
            self._some.clear()
            stretches = list(self._untold)
            self._untold.clear()
            if self._readers and stretches:
                await self._to_all(News(stretches))

    async def beat(self) -> None:
        """Show each reader, and each router on the way, that the connection lives."""
        for beat in itertools.cycle(range(BEATS)):
            await asyncio.sleep(HEARTBEAT_SECONDS / BEATS)
            for reader in list(self._readers):
                if reader.beat == beat and not reader.count(self._audience.total):
                    reader.write(BEAT)

    async def count(self) -> None:
        """Tell the other processes how many are looking in this one."""
        said = 0
        while True:
            await asyncio.sleep(COUNT_SECONDS)
            if self._audience.here or said:
                here = self._audience.here
                # Otherwise they will hear it the next time.
                with suppress(Refusal):
                    await self._wall.say_audience(self._audience)
                    said = here

    def send_away(self) -> None:
        """Everybody, to come back at different times."""
        for reader in list(self._readers):
            pause = random.randint(*RETRY)  # noqa: S311 -- nothing to guess
            reader.write(_chunk(b"retry: %d\n\n" % pause))
            reader.gone.set()

    def _tell(self, stretch: Stretch) -> None:
        if stretch.changes:
            self._untold.append(stretch)
            self._some.set()
        else:
            # Nobody reads, or it is too much at once: who comes back is told what they missed.
            self._untold.clear()
            self.send_away()

    async def _to_all(self, news: News) -> None:
        for place, reader in enumerate(list(self._readers), 1):
            reader.tell(news)
            if place % SLICE == 0:
                await asyncio.sleep(0)

    async def _missed(self, after: int | None, thread: str) -> list[News] | None:
        """What the reader has not seen, as one piece or none; None where that is too much."""
        missed = [] if after is None else await self._wall.changes(after, MOST_MISSED + 1)
        if not missed or after is None:
            return []
        if len(missed) > MOST_MISSED:
            return None
        news = News([Stretch(after, missed)])
        return [news] if len(news.after(after, thread)) <= MOST_MISSED_BYTES else None

    def _forget_the_gone(self) -> None:
        for reader in list(self._readers):
            reader.write(b"")
            if reader.gone.is_set():
                self._readers.discard(reader)


class News:
    """Stretches of changes, and their bytes, the same for all readers of one wall."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self.last = stretches[-1].changes[-1].number
        self._stretches = stretches
        self._since = stretches[0].since
        self._chunks: dict[str, bytes] = {}

    def after(self, number: int, thread: str) -> bytes:
        """For who knows all up to `number`."""
        if number != self._since:
            return self._made(number, thread)
        if thread not in self._chunks:
            self._chunks[thread] = self._made(number, thread)
        return self._chunks[thread]

    def _made(self, number: int, thread: str) -> bytes:
        events = [
            event
            for stretch in self._stretches
            for event in _events(stretch, max(number, stretch.since), thread)
        ]
        return _chunk(b"".join(events)) if events else b""


class Reader:
    """One open stream; it is written to without waiting, and hung up on where it is slow."""

    __slots__ = ("_counted", "_framed", "_held", "_last", "_thread", "_transport", "beat", "gone")

    def __init__(self, last: int, thread: str, *, beat: int, counts: bool) -> None:
        self.beat = beat
        # How many others it knows of; None where it does not want to know.
        self._counted = 0 if counts else None
        self.gone = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._framed = True
        self._last = last
        self._thread = thread
        self._held: list[News] = []

    def open(
        self, transport: asyncio.Transport | None, missed: list[News] | None, *, framed: bool
    ) -> None:
        """Begin with what was missed, then with what was told meanwhile.

        A proxy that speaks HTTP/1.0 knows no chunks, and gets what is `framed` for others bare.
        """
        self._framed = framed
        if transport is None:
            self.gone.set()
            return
        self._transport = transport
        if missed is None:
            self.write(_chunk(b"event: reset\ndata:\n\n"))
        held, self._held = self._held, []
        for news in [*(missed or []), *held]:
            self.tell(news)

    def tell(self, news: News) -> None:
        if self._transport is None:
            self._held.append(news)
        elif news.last > self._last:
            self.write(news.after(self._last, self._thread))
            self._last = news.last

    def count(self, total: int) -> bool:
        """Say how many are looking, where that is wanted and news."""
        if self._counted in {None, total}:
            return False
        self._counted = total
        self.write(_chunk(b"event: audience\ndata: %d\n\n" % total))
        return True

    def write(self, chunk: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        if transport.is_closing():
            self.gone.set()
        elif transport.get_write_buffer_size() > MOST_UNREAD:
            transport.abort()
            self.gone.set()
        elif chunk:
            transport.write(chunk if self._framed else chunk[chunk.index(b"\r\n") + 2 : -2])


def _events(stretch: Stretch, after: int, thread: str) -> list[bytes]:
    """One for each message of a wall, for who knows all up to `after`."""
    found = [
        (change.place(after), change)
        for change in stretch.changes
        if change.number > after and change.message.thread == thread
    ]
    if not found:
        return []
    found.sort(key=lambda placed: placed[0])
    # With the last they know all of it, and come back for what follows.
    _, last = found.pop()
    found.append((stretch.changes[-1].number, last))
    return [event(place, change, change.kind(after)) for place, change in found]


def event(place: int, change: Change, kind: Kind) -> bytes:
    """What happens most often has the shortest."""
    message = change.message
    if kind == "created":
        return b"id: %d\ndata: %b\n\n" % (place, shapes.text(shapes.shown(message)))
    shape = {"edited": shapes.shown, "reacted": shapes.counted, "hidden": shapes.taken}[kind]
    data = shapes.text(shape(message))
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (place, kind.encode(), data)


def _chunk(body: bytes) -> bytes:
    """As HTTP/1.1 frames a body of unknown length; made once, sent to all."""
    return b"%x\r\n%b\r\n" % (len(body), body)
