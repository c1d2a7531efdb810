"""The wall on a screen in a hall: read from afar, with nothing to press."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import segno
from markupsafe import Markup
from yarl import URL

from stena.web import addresses, forms, language, pages
from stena.web.embed import paths
from stena.web.formatting import unlinked
from stena.web.keys import HEAD, HTML
from stena.web.themes import THEMES

if TYPE_CHECKING:
    from aiohttp import web

    from stena.message import Page
    from stena.web.head import Built

# No screen has room for more; hall.js keeps as many.
MOST_SHEETS = 40
# Up to so many characters are set larger, and more than so many smaller.
SHORT, LONG = 48, 180


class Screen(NamedTuple):
    """What one screen's page depends on, beside the messages."""

    language: str
    theme: str
    site: str


async def wall(request: web.Request) -> web.StreamResponse:
    # The name that the wall is called by may be anybody's word, so each has bytes of its own.
    screen = Screen(language.of(request), _theme(request), addresses.site(request))

    def make(built: Built) -> bytes:
        return _page(request, built.page, screen).encode()

    kind = f"hall {screen}"
    thread = forms.thread(request)
    return await request.app[HEAD].answer(request, kind, pages.HTML_TYPE, make, thread)


def _theme(request: web.Request) -> str:
    """The theme in the address of the page; without one the screen's own setting decides."""
    theme = request.query.get("theme", "")
    return theme if theme in THEMES else ""


def _page(request: web.Request, page: Page, screen: Screen) -> str:
    address = screen.site and screen.site + paths(request)("/", thread=page.thread)
    there = [one for one in page.messages if not one.gone][:MOST_SHEETS]
    return request.app[HTML].render(
        "hall.html",
        screen.language,
        address=_spoken(address),
        change=page.change,
        code=_code(address) if address else "",
        long=LONG,
        most=MOST_SHEETS,
        sheets=[(one, unlinked(one.text)) for one in there],
        short=SHORT,
        theme=screen.theme,
        thread=page.thread,
    )


def _spoken(address: str) -> Markup:
    """As people say it, without https:// and with its own letters; it may break at its joints."""
    with suppress(ValueError):  # letters that are none
        address = URL(address).human_repr()
    human = address.partition("://")[2].removesuffix("/")
    return Markup("<wbr>").join(_JOINT.split(human))


@lru_cache(maxsize=64)
def _code(address: str) -> Markup:
    """A QR code, for eyes that are a phone's: dark on light in every theme."""
    code = segno.make(address, micro=False, error="m")
    drawn = code.svg_inline(border=4, omitsize=True, dark="#2a1d18")
    return Markup(drawn)  # noqa: S704 -- made of numbers


_JOINT = re.compile(r"(?<=[./=-])(?=.)")
