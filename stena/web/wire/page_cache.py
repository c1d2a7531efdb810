from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stena.deadline import in_time
from stena.notice import shown
from stena.refusal import Refusal
from stena.web.wire import security, visitor
from stena.web.wire.packing import encoding_for, pack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import web

    from stena.broadcaster import Batch, Broadcaster
    from stena.message import Page
    from stena.wall import Wall
    from stena.web.internals.prepared import PreparedResponse
    from stena.web.wire.look import Look
    from stena.web.wire.packing import Encoding
    from stena.web.wire.rate_limit import RateLimit

    Render = Callable[["CachedPage"], bytes]
    Prepare = Callable[[Page], Awaitable[None]]

CATCH_UP_SECONDS = 2
# What it counts as to render a page whose cards are in memory, in pages that are read.
RENDERING = 0.5
# Thread names come from outside, so the cache is an LRU of so many walls.
MOST_THREADS = 50
# After so many changes that nobody was shown, a page is read again all the same: a stream that
# begins where the page ends has to pass over them.
MOST_BEHIND = 5000
# The variants of one page: languages, feeds, host names. The last come from outside too.
MOST_VARIANTS = 20

SHARED = {
    # A shared cache may answer for a second; a browser revalidates each time, and gets 304.
    "Cache-Control": "public, max-age=0, s-maxage=1",
    "Vary": "Accept-Encoding, Accept-Language, Cookie",
}


@dataclass(slots=True)
class Variant:
    """One rendering of a page, and its responses in the encodings asked for so far."""

    body: bytes
    responses: dict[Encoding, PreparedResponse] = field(default_factory=dict)


@dataclass(slots=True)
class CachedPage:
    """The newest page of a wall as of one change, and what was rendered from it since."""

    page: Page
    _variants: OrderedDict[str, Variant] = field(default_factory=OrderedDict)

    def has(self, name: str) -> bool:
        """Whether a variant is rendered already."""
        return name in self._variants

    def body(self, name: str, render: Render) -> bytes:
        """The bytes of one variant: the cards or a page in a language, the list, a feed."""
        return self._variant(name, render).body

    def answer(  # noqa: PLR0913 -- as PageCache.answer
        self,
        request: web.Request,
        look: Look,
        name: str,
        content_type: str,
        render: Render,
        *,
        shared: bool,
    ) -> web.StreamResponse:
        """One variant in the best encoding, or 304; `shared` as PreparedResponse.answer."""
        found = self._variant(name, render)
        encoding = encoding_for(request)
        response = found.responses.get(encoding)
        if response is None:
            headers = {**security.headers(request.app, look), **SHARED}
            headers["Content-Type"] = content_type
            response = found.responses[encoding] = pack(found.body, encoding, headers)
        return response.answer(request, encrypted=look.encrypted, shared=shared)

    def _variant(self, name: str, render: Render) -> Variant:
        """The variant, rendered if it is not cached; the least recently used one makes room."""
        found = self._variants.get(name)
        if found is None:
            found = self._variants[name] = Variant(render(self))
            if len(self._variants) > MOST_VARIANTS:
                self._variants.popitem(last=False)
        else:
            self._variants.move_to_end(name)
        return found


class PageCache:
    """The newest page of each wall, cached as bytes until that wall changes."""

    def __init__(
        self,
        wall: Wall,
        broadcaster: Broadcaster,
        limit: RateLimit,
        prepare: Prepare,
        *,
        has_site: bool,
    ) -> None:
        """Create an empty cache.

        Args:
            wall: where pages are read.
            broadcaster: of what changes.
            limit: counts the requests that are not answered from memory.
            prepare: awaited for each page before it is rendered.
            has_site: whether the wall has an address of its own, whatever host a client names.
        """
        self._wall = wall
        self._limit = limit
        self._has_site = has_site
        self._prepare = prepare
        self._broadcaster = broadcaster
        # By thread, the least recently used first; the main wall's thread is empty.
        self._pages: OrderedDict[str, CachedPage] = OrderedDict()
        self._loading: dict[str, asyncio.Task[CachedPage]] = {}
        broadcaster.subscribe(self._invalidate)

    async def answer(  # noqa: PLR0913, PLR0917 -- what an answer consists of
        self,
        request: web.Request,
        look: Look,
        name: str,
        content_type: str,
        render: Render,
        thread: str = "",
    ) -> web.StreamResponse:
        """The newest page as the variant `name`, in the best encoding, or 304.

        `render` is called if this variant was not asked for since the last change.

        Raises:
            Refusal: too_many_reads; unavailable; busy.
        """
        # Most requests need no second coroutine.
        seen = visitor.seen(look)
        behind = seen > self._broadcaster.last
        page = (None if behind else self._cached(thread)) or await self.page(look, thread)
        if (thread or not self._has_site) and not page.has(name):
            # Threads can be made up, and so can host names if the wall has no address of its own.
            self._limit.read(look, RENDERING)
        # The change is unknown after a catch-up too: it is lost, for the database went back.
        lost = seen > self._broadcaster.last and self._broadcaster.is_current
        response = page.answer(request, look, name, content_type, render, shared=not lost)
        if lost:
            visitor.forget_change(response, look)
        return response

    async def page(self, look: Look, thread: str = "") -> CachedPage:
        """The newest page, which includes the last change of the client that asks.

        Raises:
            Refusal: too_many_reads.
        """
        seen = visitor.seen(look)
        if seen > self._broadcaster.last:
            await self._catch_up(look, seen)
        page = self._cached(thread)
        if page is None:
            if thread:
                self._limit.read(look, 1)
            page = await self._loaded(thread)
        return page

    async def _catch_up(self, look: Look, number: int) -> None:
        """Read changes that another process committed, so that clients see their own."""
        # If the database does not answer soon, or the client asks for much, an older page is
        # better than none.
        with suppress(Refusal, TimeoutError):
            self._limit.read(look, 1)
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await self._wall.catch_up(number)

    def _cached(self, thread: str) -> CachedPage | None:
        """The cached page; None while changes of other processes may be missed.

        While LISTEN is down the cache is bypassed: an outage shows as an error, not as a stale
        page.
        """
        page = self._pages.get(thread) if self._broadcaster.is_current else None
        if page is not None:
            self._pages.move_to_end(thread)
        return page

    async def _loaded(self, thread: str) -> CachedPage:
        """The page from the database, loaded once for all requests that wait for it."""
        loading = self._loading.get(thread)
        if loading is None:
            # It outlives a request that gives up, and serves those that came later.
            loading = self._loading[thread] = asyncio.create_task(
                self._load(thread), context=Context()
            )
            loading.add_done_callback(_heard)
        async with in_time():
            return await asyncio.shield(loading)

    async def _load(self, thread: str) -> CachedPage:
        task = asyncio.current_task()
        try:
            if not self._broadcaster.started:
                await self._wall.catch_up()
            page = CachedPage(await self._wall.newest_page(thread))
            await self._prepare(page.page)
        finally:
            # If the wall was invalidated meanwhile, this page may lack the change: it answers the
            # requests from before, and is not cached.
            valid = self._loading.get(thread) is task
            if valid:
                del self._loading[thread]
        if valid:
            self._pages[thread] = page
            if len(self._pages) > MOST_THREADS:
                self._pages.popitem(last=False)
        return page

    async def show_notices(self, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        """Drop the walls whose notice is another one now."""
        for thread in {*self._pages, *self._loading}:
            if shown(before, thread) != shown(now, thread):
                self._drop(thread)

    def _invalidate(self, batch: Batch) -> None:
        """Drop the walls that changed; all of them if the changes were skipped."""
        dropped = {change.message.thread for change in batch.changes}
        if batch.skipped or batch.anew:
            dropped = {*self._pages, *self._loading}
        dropped |= {
            thread
            for thread, cached in self._pages.items()
            if batch.last - cached.page.change > MOST_BEHIND
        }
        for thread in dropped:
            self._drop(thread)

    def _drop(self, thread: str) -> None:
        self._pages.pop(thread, None)
        self._loading.pop(thread, None)


def _heard(loading: asyncio.Task[CachedPage]) -> None:
    """Take the exception, which asyncio logs as an error if no request waits for it any more."""
    if not loading.cancelled():
        loading.exception()
