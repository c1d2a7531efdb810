"""Changes as they are committed, to all readers: server-sent events."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, web

from stena.broadcaster import Batch
from stena.refusal import Refusal
from stena.web.api.events import EventBatch
from stena.web.headers import HEADERS
from stena.web.inputs import query
from stena.web.internals.protocol import Protocol
from stena.web.internals.reader import HEARTBEAT, Reader
from stena.web.rendering.formatting import prepare
from stena.web.wire.buckets import network
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from stena.audience import Audience
    from stena.broadcaster import Broadcaster
    from stena.wall import Wall

# The share of the places that readers at one address may have, so that nobody can take all.
LARGEST_SHARE = 1 / 4
# A reader that missed more reloads the page, which costs less than sending all of it: so many
# changes, whose texts have so many bytes together, and which make an event of so many.
MOST_MISSED = 1000
MOST_MISSED_TEXT = 128 * 1024
MOST_MISSED_BYTES = 256 * 1024
# Routers close a connection after 55 s without a byte, and some after 30 s.
HEARTBEAT_SECONDS = 15
# Readers get their heartbeat in so many groups, one after the other, so that no event waits until
# all have been written to.
BEATS = 60
# How often processes announce their number of readers to each other.
COUNT_SECONDS = 10
# How many readers are written to before the event loop runs other tasks.
SLICE = 250
# After a stop, readers reconnect spread over so many milliseconds.
RETRY = (1000, 6000)

STREAM_HEADERS = {
    **HEADERS,
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}


class Streams:
    """The open streams of this process."""

    def __init__(
        self, wall: Wall, broadcaster: Broadcaster, audience: Audience, *, most: int
    ) -> None:
        """Create no streams yet; `most` is how many may be open, a share of it at one address."""
        self._wall = wall
        self._broadcaster = broadcaster
        self._audience = audience
        self._most = most
        # The network of each reader, and how many readers each network has.
        self._readers: dict[Reader, str] = {}
        self._networks: Counter[str] = Counter()
        self._beats = itertools.cycle(range(BEATS))
        self._unsent: list[Batch] = []
        self._some = asyncio.Event()
        # How often the database went back.
        self._histories = 0
        broadcaster.subscribe(self._enqueue)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one reader until its connection ends.

        Raises:
            Refusal: too_many_readers; bad_number; unavailable.
        """
        after, thread = query.last_event(request), query.thread(request)
        wants_audience = query.wants_audience(request)
        if request.method == "HEAD":
            return web.Response(headers=STREAM_HEADERS)
        client = network(request[LOOK].address)
        self._check_room(client)
        if not self._readers:
            # Without readers, changes are skipped and not read. From now on the process has to
            # notice if the history that it knows is replaced by another one.
            await self._wall.catch_up()
        if after is not None and after > self._broadcaster.last:
            await self._wall.catch_up(after)
        # A number beyond the last change comes from another wall, or from this one before it was
        # restored from a backup.
        lost = after is not None and after > self._broadcaster.last
        last = self._broadcaster.last if after is None or lost else after
        reader = Reader(last, thread, beat=next(self._beats), wants_audience=wants_audience)
        # Registered before the missed changes are read: what is committed meanwhile is held back,
        # so nothing is missed or repeated.
        self._add(reader, client)
        try:
            missed = None if lost else await self._missed(after, thread)
            response = await _prepared(request)
            chunked = request.version >= HttpVersion11
            reader.open(request.transport, missed, chunked=chunked)
            if isinstance(request.protocol, Protocol):
                request.protocol.serve_reader(reader.disconnected.set)
            reader.send_audience(self._audience.total)
            await reader.disconnected.wait()
            reader.close(random.randint(*RETRY))  # noqa: S311 -- no secret
        finally:
            self._discard(reader)
        return response

    async def run(self) -> None:
        """Send what the broadcaster published, batch after batch."""
        # A restart after a failure: some readers did not get everything.
        self.disconnect_all()
        while True:
            await self._some.wait()
            self._some.clear()
            batches, self._unsent = self._unsent, []
            if self._readers and batches:
                texts = (change.message.text for batch in batches for change in batch.changes)
                await prepare(texts, patient=True)
                await self._send(EventBatch(batches))

    async def beat(self) -> None:
        """Keep connections open through routers, and notice the ones that broke.

        A page gets its heartbeat as an event, since a browser shows no comments to scripts: so the
        page notices when something on the way holds its stream back.
        """
        for beat in itertools.cycle(range(BEATS)):
            await asyncio.sleep(HEARTBEAT_SECONDS / BEATS)
            for reader in list(self._readers):
                if reader.beat == beat and not reader.send_audience(self._audience.total):
                    reader.write(HEARTBEAT)

    async def count(self) -> None:
        """Announce the number of readers of this process to the other processes."""
        announced = -1  # unknown: after a restart the others may have another number
        while True:
            await asyncio.sleep(COUNT_SECONDS)
            if self._audience.here or announced:
                here = self._audience.here
                # If it fails, the next announcement follows soon.
                with suppress(Refusal):
                    await self._wall.announce_audience(self._audience)
                    announced = here

    def disconnect_all(self) -> None:
        """Close all streams; the readers reconnect and get what they missed."""
        self._unsent.clear()
        for reader in self._readers:
            reader.disconnected.set()

    def _enqueue(self, batch: Batch) -> None:
        if batch.anew:
            self._histories += 1
            self._unsent.clear()
            for reader in self._readers:
                reader.reset(batch.since)
        elif batch.skipped:
            self.disconnect_all()
        elif batch.changes:
            self._unsent.append(batch)
            self._some.set()
        elif self._unsent and not self._unsent[-1].changes:
            # Nothing to send: it goes with the next batch, so that readers know of it.
            self._unsent[-1] = Batch(self._unsent[-1].since, batch.last)
        else:
            self._unsent.append(batch)

    async def _send(self, events: EventBatch) -> None:
        history = self._histories
        for place, reader in enumerate(list(self._readers), 1):
            reader.send(events)
            if place % SLICE == 0:
                await asyncio.sleep(0)
                if history != self._histories:
                    # The others know by now that these changes are lost.
                    return

    async def _missed(self, after: int | None, thread: str) -> list[EventBatch] | None:
        """What the reader missed, as one batch or none; None if that is too much."""
        if after is None:
            return []
        missed = await self._wall.changes(after, MOST_MISSED, MOST_MISSED_TEXT)
        if missed is None:
            return None
        changes = [change for change in missed.changes if change.kind(after)]
        await prepare(change.message.text for change in changes)
        events = EventBatch([Batch(after, missed.last, changes)])
        return [events] if len(events.after(after, thread)) <= MOST_MISSED_BYTES else None

    def _check_room(self, client: str) -> None:
        if self._is_full(client):
            for reader in list(self._readers):
                reader.write(b"")
                if reader.disconnected.is_set():
                    self._discard(reader)
        if self._is_full(client):
            raise Refusal("too_many_readers")

    def _is_full(self, client: str) -> bool:
        share = max(1, int(self._most * LARGEST_SHARE))
        return len(self._readers) >= self._most or self._networks[client] >= share

    def _add(self, reader: Reader, client: str) -> None:
        self._readers[reader] = client
        self._networks[client] += 1
        self._broadcaster.has_readers = True
        self._audience.here = len(self._readers)

    def _discard(self, reader: Reader) -> None:
        client = self._readers.pop(reader, None)
        if client is not None:
            self._networks[client] -= 1
            if not self._networks[client]:
                del self._networks[client]
        self._broadcaster.has_readers = bool(self._readers)
        self._audience.here = len(self._readers)


async def _prepared(request: web.Request) -> web.StreamResponse:
    """The head of the response, sent."""
    response = web.StreamResponse(headers=STREAM_HEADERS)
    # aiohttp sends chunks to each version that is not older than 1.1, also to one that is none.
    if request.version < HttpVersion11:
        response.force_close()
    await response.prepare(request)
    return response
