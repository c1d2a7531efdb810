from __future__ import annotations

import asyncio
import gzip
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import brotli
import zstandard

from stena.refusal import Refusal
from stena.web.finished import Finished
from stena.web.security import is_encrypted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp import web

    from stena.feed import Feed
    from stena.message import Change, Page
    from stena.wall import Wall

# The number of the change that a visitor made last, for a minute.
SEEN = "seen"
DIGITS = 19
CATCH_UP_SECONDS = 2

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
    """The head of the wall as it was after one change, and what has been made of it since."""

    page: Page
    _bodies: dict[str, bytes] = field(default_factory=dict)
    _finished: dict[tuple[str, Encoding], Finished] = field(default_factory=dict)

    def finished(
        self, kind: str, content_type: str, encoding: Encoding, make: Callable[[Page], bytes]
    ) -> Finished:
        """The bytes of one `kind` (a page in a language, or the list), made when first asked."""
        if (found := self._finished.get((kind, encoding))) is not None:
            return found
        body = self._bodies.get(kind)
        if body is None:
            body = self._bodies[kind] = make(self.page)
        packed = PACK[encoding](body)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}-{encoding}"'
        headers = {
            "Content-Type": content_type,
            # A shared cache may answer for a second; a browser asks each time, and gets 304.
            "Cache-Control": "public, max-age=0, s-maxage=1",
            "Vary": "Accept-Encoding, Accept-Language, Cookie",
        }
        if encoding != "identity":
            headers["Content-Encoding"] = encoding
        self._finished[kind, encoding] = finished = Finished(packed, headers, etag)
        return finished


class Head:
    """The newest page, kept as finished bytes until the wall changes."""

    def __init__(self, wall: Wall, feed: Feed) -> None:
        self._wall = wall
        self._feed = feed
        self._built: Built | None = None
        self._building: asyncio.Task[Built] | None = None
        feed.follow(self._drop)

    async def answer(
        self,
        request: web.Request,
        kind: str,
        content_type: str,
        make: Callable[[Page], bytes],
    ) -> web.StreamResponse:
        """The head as one `kind`, in the best encoding, or 304.

        `make` turns it into text where nobody has asked for this kind since the last change.
        """
        known = request.cookies.get(SEEN) if "Cookie" in request.headers else None
        if known is not None and known.isascii() and known.isdigit() and len(known) < DIGITS:
            await self._show_own(int(known))
        built = await self._get()
        encoding = encoding_for(request.headers.get("Accept-Encoding", ""))
        return built.finished(kind, content_type, encoding, make).answer(request)

    async def _show_own(self, number: int) -> None:
        """Whoever posted sees it, also where another process took the post."""
        if number > self._feed.last:
            # Where the database does not answer soon, the wall as it was is better than none.
            with suppress(Refusal, TimeoutError):
                async with asyncio.timeout(CATCH_UP_SECONDS):
                    await self._wall.catch_up(number)

    async def _get(self) -> Built:
        """What is there, or one building for all who wait for it.

        What is there is good for as long as somebody would say that it is not.
        """
        if self._built is not None and self._feed.heard:
            return self._built
        if self._building is None:
            self._building = asyncio.create_task(self._build())
        return await asyncio.shield(self._building)

    async def _build(self) -> Built:
        task = asyncio.current_task()
        try:
            if not self._feed.begun:
                await self._wall.catch_up()
            built = Built(await self._wall.head())
        finally:
            # Otherwise the wall changed meanwhile: what was read may lack the change, so it is
            # good for those who asked before, and not kept.
            current = self._building is task
            if current:
                self._building = None
        if current:
            self._built = built
        return built

    def _drop(self, _: Sequence[Change]) -> None:
        self._built = self._building = None


def seen(request: web.Request, change: Change) -> dict[str, str]:
    """The header that lets the visitor's next page have their message, whoever answers."""
    cookie = f"{SEEN}={change.number}; HttpOnly; Max-Age=60; Path=/; SameSite=Lax"
    return {"Set-Cookie": f"{cookie}; Secure" if is_encrypted(request) else cookie}


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
