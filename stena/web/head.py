from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import brotli
import zstandard

from stena.refusal import Refusal
from stena.web import cookies, security
from stena.web.finished import Finished

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import web

    from stena.change import Change
    from stena.feed import Feed, Stretch
    from stena.message import Page
    from stena.wall import Wall

# The number of the change that a visitor made last, for a minute.
SEEN = "seen"
SEEN_SECONDS = 60
DIGITS = 19
CATCH_UP_SECONDS = 2
# Of so many walls the head is kept; anybody may make up names of others.
MOST_THREADS = 50
# In two languages, under the names that the wall is asked by; anybody may make one up.
MOST_KINDS = 20

FOR_MANY = {
    # A shared cache may answer for a second; a browser asks each time, and gets 304.
    "Cache-Control": "public, max-age=0, s-maxage=1",
    "Vary": "Accept-Encoding, Accept-Language, Cookie",
}

Encoding = Literal["identity", "gzip", "br", "zstd"]

# Made once a change and sent many times, so some effort pays; more than this takes longer than
# the change is young.
PACK: dict[Encoding, Callable[[bytes], bytes]] = {
    "zstd": zstandard.ZstdCompressor(level=9).compress,
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "identity": lambda body: body,
}


@dataclass(slots=True)
class Built:
    """The head of a wall as it was after one change, and what has been made of it since."""

    page: Page
    _kinds: OrderedDict[str, Kind] = field(default_factory=OrderedDict)

    def body(self, kind: str, make: Callable[[Built], bytes]) -> bytes:
        """The bytes of one `kind`: the cards or a page in a language, the list, a feed."""
        return self._kind(kind, make).body

    def answer(
        self, request: web.Request, kind: str, content_type: str, make: Callable[[Built], bytes]
    ) -> web.StreamResponse:
        """The same in the best encoding, or 304."""
        found = self._kind(kind, make)
        encoding = encoding_for(request.headers.get("Accept-Encoding", ""))
        finished = found.finished.get(encoding)
        if finished is None:
            headers = {**security.headers(request), **FOR_MANY, "Content-Type": content_type}
            finished = found.finished[encoding] = finish(found.body, encoding, headers)
        return finished.answer(request)

    def _kind(self, kind: str, make: Callable[[Built], bytes]) -> Kind:
        """What nobody has asked for longest makes room."""
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = Kind(make(self))
            if len(self._kinds) > MOST_KINDS:
                self._kinds.popitem(last=False)
        else:
            self._kinds.move_to_end(kind)
        return found


@dataclass(slots=True)
class Kind:
    """The same for the same readers, and its answers in the encodings asked for so far."""

    body: bytes
    finished: dict[Encoding, Finished] = field(default_factory=dict)


def finish(body: bytes, encoding: Encoding, headers: Mapping[str, str]) -> Finished:
    """An answer in one encoding, known by a digest of what it says."""
    if encoding != "identity":
        headers = {**headers, "Content-Encoding": encoding}
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}-{encoding}"'
    return Finished(PACK[encoding](body), headers, etag)


class Head:
    """The newest page of each wall, kept as finished bytes until that wall changes."""

    def __init__(self, wall: Wall, feed: Feed) -> None:
        self._wall = wall
        self._feed = feed
        # By thread, the longest unasked for first; that of the wall itself is the empty one.
        self._built: OrderedDict[str, Built] = OrderedDict()
        self._building: dict[str, asyncio.Task[Built]] = {}
        feed.follow(self._drop)

    async def answer(
        self,
        request: web.Request,
        kind: str,
        content_type: str,
        make: Callable[[Built], bytes],
        thread: str = "",
    ) -> web.StreamResponse:
        """The head as one `kind`, in the best encoding, or 304.

        `make` turns it into text where nobody has asked for this kind since the last change.
        """
        built = await self.built(request, thread)
        return built.answer(request, kind, content_type, make)

    async def built(self, request: web.Request, thread: str = "") -> Built:
        """The head as it is now, with the last change of whoever asks."""
        known = cookies.read(request, SEEN)
        if known is not None and known.isascii() and known.isdigit() and len(known) < DIGITS:
            await self._show_own(int(known))
        return self._kept(thread) or await self._made(thread)

    async def _show_own(self, number: int) -> None:
        """Whoever posted sees it, also where another process took the post."""
        if number > self._feed.last:
            # Where the database does not answer soon, the wall as it was is better than none.
            with suppress(Refusal, TimeoutError):
                async with asyncio.timeout(CATCH_UP_SECONDS):
                    await self._wall.catch_up(number)

    def _kept(self, thread: str) -> Built | None:
        """What is there, good for as long as somebody would say that it is not."""
        built = self._built.get(thread) if self._feed.heard else None
        if built is not None:
            self._built.move_to_end(thread)
        return built

    async def _made(self, thread: str) -> Built:
        """One building for all who wait for it."""
        building = self._building.get(thread)
        if building is None:
            building = self._building[thread] = asyncio.create_task(self._build(thread))
        return await asyncio.shield(building)

    async def _build(self, thread: str) -> Built:
        task = asyncio.current_task()
        try:
            if not self._feed.begun:
                await self._wall.catch_up()
            built = Built(await self._wall.head(thread))
        finally:
            # Otherwise the wall changed meanwhile: what was read may lack the change, so it is
            # good for those who asked before, and not kept.
            current = self._building.get(thread) is task
            if current:
                del self._building[thread]
        if current:
            self._built[thread] = built
            if len(self._built) > MOST_THREADS:
                self._built.popitem(last=False)
        return built

    def _drop(self, stretch: Stretch) -> None:
        """Forget the walls that changed; all of them where nobody knows which."""
        threads = {change.message.thread for change in stretch.changes}
        for kept in (self._built, self._building):
            for thread in threads or list(kept):
                kept.pop(thread, None)


def seen(request: web.Request, change: Change) -> dict[str, str]:
    """The header that lets the visitor's next page have their message, whoever answers."""
    return {cookies.SET_COOKIE: cookies.line(request, SEEN, str(change.number), SEEN_SECONDS)}


@lru_cache(maxsize=256)
def encoding_for(accepted: str) -> Encoding:
    """The best of ours in an Accept-Encoding (RFC 9110, 12.5.3)."""
    offered: dict[str, bool] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        quality = parameter.replace(" ", "")
        offered[name.strip()] = quality not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    for encoding in PACK:
        if encoding != "identity" and offered.get(encoding):
            return encoding
    return "identity"
