"""For search engines: what not to crawl, and where the messages are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from stena.refusal import Refusal
from stena.web.app_keys import SITE, WALL
from stena.web.wire.look import LOOK
from stena.web.wire.packing import encoding_for, pack

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
XML = "application/xml; charset=utf-8"
# By ranges of ids and not by counting: a full range always has the same messages, and every range
# costs the same.
RANGE = 10_000
# The protocol's limit for one index. Beyond half a billion messages the oldest are left out.
MOST_RANGES = 50_000
# Messages keep their addresses, so a list may be an hour old.
HOUR = "max-age=3600"
# Searches are unbounded, and a stream does not end. Private links are not listed here: a crawler
# that may not fetch a page never reads its `noindex`, and lists the bare address.
ROBOTS = """\
User-agent: *
Disallow: {base}/owner
Disallow: {base}/search
Disallow: {base}/api/messages.stream

Sitemap: {home}/sitemap.xml
"""


async def robots(request: web.Request) -> web.Response:
    look = request[LOOK]
    text = ROBOTS.format(base=look.base, home=look.home)
    return web.Response(text=text, headers={"Cache-Control": _cached(request)})


async def sitemaps(request: web.Request) -> web.StreamResponse:
    """The index of sitemaps, the newest first."""
    last = _range_of(await request.app[WALL].newest_id())
    ranges = range(last, max(0, last - MOST_RANGES), -1)
    return await _answer(
        request, "sitemapindex", "sitemap", (f"/sitemap-{one}.xml" for one in ranges)
    )


async def sitemap(request: web.Request) -> web.StreamResponse:
    """The messages of one range of ids; the first one also lists the wall itself."""
    number = int(request.match_info["number"])
    if number > _range_of(await request.app[WALL].newest_id()):
        raise Refusal("not_found")
    last = number * RANGE
    ids = await request.app[WALL].ids(last - RANGE + 1, last)
    paths = ["/"] if number == 1 else []
    paths += [f"/m/{one}" for one in ids]
    return await _answer(request, "urlset", "url", paths)


def _cached(request: web.Request) -> str:
    """Which caches may keep the answer.

    Without wall.url it repeats the request's Host. A shared cache whose key lacks that would give
    one visitor's Host to all, so it may not keep it: caches heed `private` (RFC 9111, 5.2.2.7) more
    than a `Vary` with Host, which a proxy between the two may have replaced.
    """
    return f"{'public' if request.app[SITE] else 'private'}, {HOUR}"


def _range_of(number: int) -> int:
    """The range of an id; there is always a first one."""
    return max(1, -(-number // RANGE))


async def _answer(
    request: web.Request, kind: str, each: str, paths: Iterable[str]
) -> web.StreamResponse:
    """Addresses only: the time of the last change of each would cost more than a crawl."""
    look = request[LOOK]
    lines = [f"<{each}><loc>{look.home}{path}</loc></{each}>" for path in paths]
    opening = f'<?xml version="1.0" encoding="utf-8"?>\n<{kind} xmlns="{NAMESPACE}">'
    body = "\n".join([opening, *lines, f"</{kind}>", ""]).encode()
    encoding = encoding_for(request)
    headers = {"Content-Type": XML, "Cache-Control": _cached(request), "Vary": "Accept-Encoding"}
    # Half a megabyte takes up to 50 ms to compress, so it is done off the loop.
    response = await asyncio.to_thread(pack, body, encoding, headers)
    return response.answer(request, encrypted=look.encrypted)
