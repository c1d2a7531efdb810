"""The wall on another site's page, in a frame: the same pages, at paths of their own.

Everything below /embed may be framed by the origins in `wall.origins`, and leads to nothing else
that stays in the frame. All other pages may be framed by nobody.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup

from stena.web import language
from stena.web.assets import STATIC
from stena.web.head import encoding_for, finish
from stena.web.security import FRAME, HEADERS, in_frame
from stena.web.themes import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import web

    from stena.web.finished import Finished
    from stena.web.head import Encoding

# In a frame links lead out of it, into a new tab, unless they say that they do not.
STAYING = Markup(' target="_self"')
SCRIPT_HEADERS = {
    **HEADERS,
    "Content-Type": "text/javascript; charset=utf-8",
    # The one file that others may load. They name it without a digest, so it is asked for again.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=3600",
    "Vary": "Accept-Encoding",
}


async def script(request: web.Request) -> web.StreamResponse:
    """What the other site includes; it makes the frame."""
    encoding = encoding_for(request.headers.get("Accept-Encoding", ""))
    return _script(encoding).answer(request)


def context(request: web.Request) -> dict[str, Any]:
    """What templates have to know of where their page will be."""
    framed = in_frame(request)
    return {
        "at": paths(request),
        "base": "frame.html" if framed else "base.html",
        "framed": framed,
        "staying": STAYING if framed else "",
        "theme": look(request).get("theme"),
    }


def paths(request: web.Request) -> Callable[..., str]:
    """A function from a path and a query to the address of that page.

    In a frame it stays in there, and keeps the look that the other site has asked for.
    """
    return partial(_framed, look(request)) if in_frame(request) else _own


def look(request: web.Request) -> dict[str, str]:
    """The theme and the language that the other site has asked for; both else the visitor's."""
    if not in_frame(request):
        return {}
    looks = {}
    if (theme := request.query.get("theme")) in THEMES:
        looks["theme"] = str(theme)
    if asked := language.asked(request):
        looks["lang"] = asked
    return looks


def _own(path: str, **query: object) -> str:
    if not query:
        return path
    asked = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(asked, safe='/')}" if asked else path


def _framed(looks: Mapping[str, str], path: str, **query: object) -> str:
    return _own(FRAME if path == "/" else FRAME + path, **query, **looks)


@lru_cache(maxsize=4)
def _script(encoding: Encoding) -> Finished:
    return finish((STATIC / "embed.js").read_bytes(), encoding, SCRIPT_HEADERS)
