"""The open streams of the team: they say that something has changed, as server-sent events."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from stena.refusal import Refusal
from stena.web.internals.protocol import Protocol
from stena.web.wire.event_stream import HEARTBEAT_SECONDS, RETRY, STREAM_HEADERS, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stena.decision import Decision
    from stena.member import Pass
    from stena.moderation import Moderation

# How many streams one process keeps open for the team, and how many for one member.
MOST, MOST_OF_ONE = 200, 20
# A busy wall changes hundreds of times a second; each stream is written to no more often.
PAUSE = 1.0
# How often it looks without an announcement: LISTEN may be lost, and a session ends by the clock.
LOOK_SECONDS = 2.0
# What a stream may leave unread in our memory before it is closed; it reconnects.
MOST_UNREAD = 64 * 1024


@dataclass(eq=False, slots=True)
class Stream:
    """One open stream.

    Attributes:
        of: the session or the token to which it belongs. It ends with it.
        after: the newest decision that it knows, None if it wants to know none.
        render: the events about a number and new decisions.
        heartbeat: what is sent while nothing changes; None for the newest number.
        number: the one that was sent last.
        unsent: what is not written yet.
        news: set when there is something to do.
        is_over: whether it has to end.
    """

    of: Pass
    after: int | None
    render: Callable[[int, Sequence[Decision]], bytes]
    heartbeat: bytes | None = None
    number: int = -1
    unsent: bytes = b""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False

    def end(self) -> None:
        self.is_over = True
        self.news.set()

    def send(self, number: int, decisions: Sequence[Decision]) -> None:
        """Send the number if it is another one, with the decisions that are new."""
        if number == self.number and not decisions:
            return
        self.number = number
        if decisions:
            self.after = decisions[-1].id
        self.unsent += self.render(number, decisions)
        if len(self.unsent) > MOST_UNREAD:
            self.end()
        self.news.set()

    def take(self) -> bytes:
        """What is to be written next."""
        taken = self.unsent or self.heartbeat or self.render(self.number, [])
        self.unsent = b""
        return taken


class TeamStreams:
    """The streams of the team that this process keeps open."""

    def __init__(self, moderation: Moderation) -> None:
        self._moderation = moderation
        self._streams: list[Stream] = []
        self._some = asyncio.Event()
        self._is_over = False

    def wake(self, _: object = None) -> None:
        """Look soon whether something has changed."""
        if self._streams:
            self._some.set()

    def end(self) -> None:
        """Close all streams, and those of requests that have arrived, as they begin."""
        self._is_over = True
        for stream in self._streams:
            stream.end()

    async def serve(self, request: web.Request, stream: Stream) -> web.StreamResponse:
        """Serve a stream until it ends.

        Raises:
            Refusal: too_many_readers; unavailable.
        """
        if request.method == "HEAD":
            return web.Response(headers=STREAM_HEADERS)
        self._check_room(stream.of)
        self._streams.append(stream)
        if self._is_over:
            stream.end()
        try:
            # At once, so that a reader that was cut off knows whether it missed something.
            await self._tell([stream])
            # From now on it looks every LOOK_SECONDS.
            self._some.set()
            response = await prepared(request)
            if isinstance(request.protocol, Protocol):
                request.protocol.serve_reader(stream.end)
            await self._write(response, stream)
        finally:
            self._streams.remove(stream)
        return response

    async def run(self) -> None:
        """Look when something is announced, and every LOOK_SECONDS, as long as a stream is open."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS if self._streams else None):
                    await self._some.wait()
            self._some.clear()
            if self._streams:
                # The database layer logs a failure, and the next look may succeed.
                with suppress(Refusal):
                    await self._tell(list(self._streams))
                await asyncio.sleep(PAUSE)

    async def _tell(self, streams: Sequence[Stream]) -> None:
        known = {stream: stream.after for stream in streams}
        after = {one for one in known.values() if one is not None}
        state = await self._moderation.desk_state([stream.of for stream in streams], after)
        for stream, decision in known.items():
            if stream.of not in state.valid:
                stream.end()
            # What another look has sent meanwhile is not sent twice.
            elif stream.after == decision:
                new = [] if decision is None else state.decisions[decision]
                stream.send(state.number, new)

    async def _write(self, response: web.StreamResponse, stream: Stream) -> None:
        with suppress(ConnectionError):
            while not stream.is_over:
                await response.write(stream.take())
                with suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await stream.news.wait()
                stream.news.clear()
            await response.write(b"retry: %d\n\n" % random.randint(*RETRY))  # noqa: S311 -- no secret

    def _check_room(self, of: Pass) -> None:
        own = sum(stream.of.member == of.member for stream in self._streams)
        if own >= MOST_OF_ONE or len(self._streams) >= MOST:
            raise Refusal("too_many_readers")
