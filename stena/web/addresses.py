"""Where the wall is, for what leaves it: feeds, search engines, previews of links."""

from __future__ import annotations

import re
from functools import lru_cache

from aiohttp import web
from yarl import URL

from stena.web.security import is_encrypted

# What the owner set, or nothing.
SITE = web.AppKey("site", str)
# A name of letters, digits and what joins them, or an address; longer than any name may be.
LONGEST = 260


def site(request: web.Request) -> str:
    """As https://wall.example: the owner's word, else what this request came to.

    Empty where its Host is no name: then addresses are without it.
    """
    if known := request.app[SITE]:
        return known
    scheme = "https" if is_encrypted(request) else "http"
    return _came_to(scheme, request.headers.get("Host", ""))


def path(request: web.Request) -> str | None:
    """The one address of this page, below the site; None for what nobody should find."""
    if request.method not in {"GET", "HEAD"} or _UNLISTED.fullmatch(request.path):
        return None
    query = {name: request.query[name] for name in _PARTS if name in request.query}
    return str(URL.build(path=request.path, query=query))


@lru_cache(maxsize=256)
def _came_to(scheme: str, host: str) -> str:
    if len(host) > LONGEST or not _HOST.fullmatch(host):
        return ""
    return f"{scheme}://{host.lower()}"


# The parts of a query that make it another page; the language, say, does not.
_PARTS = ("thread", "before", "after")
_UNLISTED = re.compile(r"/search|/edit/.*|/.*/edit")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
