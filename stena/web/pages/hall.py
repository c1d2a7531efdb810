"""The wall on a screen in a hall: read from afar, without any controls."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from cachetools import LRUCache
from markupsafe import Markup
from yarl import URL

from stena.web.app_keys import HTML, PAGE_CACHE
from stena.web.inputs import query
from stena.web.rendering import qr_code
from stena.web.rendering.formatting import unlinked
from stena.web.rendering.page import HTML_TYPE
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp import web

    from stena.message import Page
    from stena.web.wire.look import Look
    from stena.web.wire.page_cache import CachedPage

# No screen has room for more; hall.js keeps as many.
MOST_SHEETS = 40
# A text of up to SHORT characters is set larger, one of more than LONG smaller.
SHORT, LONG = 48, 180


async def hall(request: web.Request) -> web.StreamResponse:
    look = request[LOOK]

    thread = query.thread(request)
    address = look.site and look.site + at(look, "/", thread=thread)
    code = await _code(address) if address else ""

    def render(cached: CachedPage) -> bytes:
        return _page(request, look, cached.page, address, code).encode()

    cache, name = request.app[PAGE_CACHE], f"hall {look.variant}"
    return await cache.answer(request, look, name, HTML_TYPE, render, thread)


def _page(request: web.Request, look: Look, page: Page, address: str, code: str) -> str:
    above = {one.id for one in page.pinned}
    below = [one for one in page.messages if not one.tombstone and one.id not in above]
    shown = [*page.pinned, *below][:MOST_SHEETS]
    return request.app[HTML].render(
        "hall.html",
        look.language,
        address=_spoken(address),
        change=page.change,
        code=code,
        long=LONG,
        most=MOST_SHEETS,
        notice=unlinked(page.notice) if page.notice else "",
        sheets=[(one, unlinked(one.text, links=one.links)) for one in shown],
        short=SHORT,
        theme=look.theme,
        thread=page.thread,
    )


def _spoken(address: str) -> Markup:
    """As people say it: without https://, in its own script; lines may break between its parts."""
    with suppress(ValueError):  # malformed punycode
        address = URL(address).human_repr()
    human = address.partition("://")[2].removesuffix("/")
    return Markup("<wbr>").join(_JOINT.split(human))


async def _code(address: str) -> Markup:
    code = _codes.get(address)
    if code is None:
        code = _codes[address] = await qr_code.draw(address)
    return code


# Host names and threads come from outside.
_codes: LRUCache[str, Markup] = LRUCache(64)
_JOINT = re.compile(r"(?<=[./=-])(?=.)")
