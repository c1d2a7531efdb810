"""What search engines ask for: what to leave alone, and where the messages are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from stena.refusal import Refusal
from stena.web import addresses
from stena.web.head import encoding_for, finish
from stena.web.keys import WALL

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
XML = "application/xml; charset=utf-8"
# By ranges of ids and not by counting: a range once full has the same messages for ever, and the
# last one costs what the first does.
RANGE = 10_000
# The protocol's limit for one index; beyond it, on a wall of half a billion, the oldest go.
MOST_RANGES = 50_000
# Messages stay where they are, so a list may be an hour old.
CACHED = "public, max-age=3600"
# A search has no end of results, and a stream no end at all. Private links are not named: who may
# not look never learns from the page that it is not to be listed, and lists the bare address.
ROBOTS = """\
User-agent: *
Disallow: /search
Disallow: /api/messages.stream

Sitemap: {site}/sitemap.xml
"""


async def robots(request: web.Request) -> web.Response:
    text = ROBOTS.format(site=addresses.site(request))
    return web.Response(text=text, headers={"Cache-Control": CACHED})


async def sitemaps(request: web.Request) -> web.StreamResponse:
    """The list of lists, the newest first."""
    last = _range_of(await request.app[WALL].newest_id())
    ranges = range(last, max(0, last - MOST_RANGES), -1)
    return await _answer(
        request, "sitemapindex", "sitemap", (f"/sitemap-{one}.xml" for one in ranges)
    )


async def sitemap(request: web.Request) -> web.StreamResponse:
    """The messages of one range of ids; the wall itself stands in the first."""
    number = int(request.match_info["number"])
    if number > _range_of(await request.app[WALL].newest_id()):
        raise Refusal("not_found")
    last = number * RANGE
    ids = await request.app[WALL].ids(last - RANGE + 1, last)
    paths = ["/"] if number == 1 else []
    paths += [f"/m/{one}" for one in ids]
    return await _answer(request, "urlset", "url", paths)


def _range_of(number: int) -> int:
    """Which range an id is in; there is always a first one."""
    return max(1, -(-number // RANGE))


async def _answer(
    request: web.Request, kind: str, each: str, paths: Iterable[str]
) -> web.StreamResponse:
    """Addresses alone: when each was changed last would cost more to tell than to ask."""
    site = addresses.site(request)
    lines = [f"<{each}><loc>{site}{path}</loc></{each}>" for path in paths]
    opening = f'<?xml version="1.0" encoding="utf-8"?>\n<{kind} xmlns="{NAMESPACE}">'
    body = "\n".join([opening, *lines, f"</{kind}>", ""]).encode()
    encoding = encoding_for(request.headers.get("Accept-Encoding", ""))
    headers = {"Content-Type": XML, "Cache-Control": CACHED, "Vary": "Accept-Encoding"}
    # Half a megabyte takes up to 50 ms to pack; nobody else has to wait for that.
    finished = await asyncio.to_thread(finish, body, encoding, headers)
    return finished.answer(request)
