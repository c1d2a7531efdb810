"""Changes as they are committed, to all readers: server-sent events."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, web

from stena.broadcaster import Batch
from stena.notice import shown
from stena.refusal import Refusal
from stena.web.api.events import EventBatch, notice, time
from stena.web.inputs import query
from stena.web.internals.protocol import Protocol
from stena.web.internals.reader import HEARTBEAT, Reader
from stena.web.rendering.shapes import prepare_messages
from stena.web.wire.buckets import network
from stena.web.wire.event_stream import HEARTBEAT_SECONDS, RETRY, STREAM_HEADERS, prepared
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from stena.audience import Audience
    from stena.broadcaster import Broadcaster
    from stena.notices import Notices
    from stena.wall import Wall

# The share of the places that readers at one address may have, so that nobody can take all.
LARGEST_SHARE = 1 / 4
# A reader that missed more reloads the page, which costs less than sending all of it: so many
# changes, whose texts have so many bytes together, and which make an event of so many.
MOST_MISSED = 1000
MOST_MISSED_TEXT = 128 * 1024
MOST_MISSED_BYTES = 256 * 1024
# Readers get their heartbeat in so many groups, one after the other, so that no event waits until
# all have been written to.
BEATS = 60
# How often processes announce their readers to each other, and send their number if there are more
# or fewer. Of a large number, a change is sent that is a larger share of it.
COUNT_SECONDS = 3
SMALLEST_CHANGE = 1 / 20
# How many readers are written to before the event loop runs other tasks.
SLICE = 250


class Streams:
    """The open streams of this process."""

    def __init__(  # noqa: PLR0913 -- what it works with
        self,
        wall: Wall,
        broadcaster: Broadcaster,
        audience: Audience,
        notices: Notices,
        now: Callable[[], Awaitable[float]],
        *,
        most: int,
    ) -> None:
        """Create no streams yet.

        Args:
            wall: whose changes they carry.
            broadcaster: of the changes.
            audience: the readers, counted.
            notices: of the team.
            now: returns the seconds since 1970 by the clock of the database.
            most: how many may be open, a share of it at one address.
        """
        self._wall = wall
        self._broadcaster = broadcaster
        self._audience = audience
        self._notices = notices
        self._now = now
        self._most = most
        # The network of each reader, and its browser if it is counted.
        self._readers: dict[Reader, tuple[str, bytes | None]] = {}
        # How many readers each network has.
        self._networks: Counter[str] = Counter()
        self._sent = 0
        self._beats = itertools.cycle(range(BEATS))
        self._unsent: list[Batch] = []
        self._some = asyncio.Event()
        # How often the database went back.
        self._histories = 0
        self._is_over = False
        broadcaster.subscribe(self._enqueue)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one reader until its connection ends.

        Raises:
            Refusal: too_many_readers; bad_number; unavailable.
        """
        after, thread = query.last_event(request), query.thread(request)
        wants_audience, wants_time = query.wants_audience(request), query.wants_time(request)
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
        browser = self._audience.enter(query.reader(request)) if wants_audience else None
        self._add(reader, client, browser)
        try:
            missed = None if lost else await self._missed(after, thread)
            response = await prepared(request)
            chunked = request.version >= HttpVersion11
            reader.open(request.transport, missed, chunked=chunked)
            if isinstance(request.protocol, Protocol):
                request.protocol.serve_reader(reader.disconnected.set)
            reader.send_audience(self._audience.total)
            if wants_time:
                await self._send_time(reader)
            # It may have been set or removed since the page was made.
            if self._notices.has_history:
                reader.send_notice(lambda thread: notice(self._notices.shown(thread)))
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
                changed = (change.message for batch in batches for change in batch.changes)
                await prepare_messages(changed, patient=True)
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

    async def show_notices(self, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        """Tell the readers whose wall has another notice now."""

        @cache
        def event(thread: str) -> bytes:
            text = shown(now, thread)
            return notice(text) if text != shown(before, thread) else b""

        for place, reader in enumerate(list(self._readers), 1):
            reader.send_notice(event)
            if place % SLICE == 0:
                await asyncio.sleep(0)

    async def count(self) -> None:
        """Announce the readers of this process to the other processes, and all to the readers."""
        announced = -1  # unknown: after a restart the others may have another number
        while True:
            await asyncio.sleep(COUNT_SECONDS)
            if self._audience.here or announced:
                here = self._audience.here
                # If it fails, the next announcement follows soon.
                with suppress(Refusal):
                    await self._wall.announce_audience(self._audience)
                    announced = here
            await self._send_audience()

    async def _send_audience(self) -> None:
        total = self._audience.total
        if abs(total - self._sent) <= self._sent * SMALLEST_CHANGE:
            return
        self._sent = total
        for place, reader in enumerate(list(self._readers), 1):
            reader.send_audience(total)
            if place % SLICE == 0:
                await asyncio.sleep(0)

    @property
    def readers(self) -> int:
        """The number of browsers that read, in all processes."""
        return self._audience.total

    def end(self) -> None:
        """Close all streams, and those of requests that have arrived, as they begin."""
        self._is_over = True
        self.disconnect_all()

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

    async def _send_time(self, reader: Reader) -> None:
        # The clock of the device may be wrong. Without the time the page goes by it.
        with suppress(Refusal):
            reader.write(time(await self._now()))

    async def _missed(self, after: int | None, thread: str) -> list[EventBatch] | None:
        """What the reader missed, as one batch or none; None if that is too much."""
        if after is None:
            return []
        missed = await self._wall.changes(after, MOST_MISSED, MOST_MISSED_TEXT)
        if missed is None:
            return None
        changes = [change for change in missed.changes if change.kind(after)]
        await prepare_messages(change.message for change in changes)
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

    def _add(self, reader: Reader, client: str, browser: bytes | None) -> None:
        if self._is_over:
            reader.disconnected.set()
        self._readers[reader] = client, browser
        self._networks[client] += 1
        self._broadcaster.has_readers = True

    def _discard(self, reader: Reader) -> None:
        client, browser = self._readers.pop(reader, (None, None))
        if client is not None:
            self._networks[client] -= 1
            if not self._networks[client]:
                del self._networks[client]
        if browser is not None:
            self._audience.leave(browser)
        self._broadcaster.has_readers = bool(self._readers)
