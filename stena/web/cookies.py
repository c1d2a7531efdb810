"""What a browser is asked to keep; for a frame apart from what it keeps for the wall's own page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from stena.web.security import FRAME, in_frame, is_encrypted

if TYPE_CHECKING:
    from aiohttp import web

SET_COOKIE = "Set-Cookie"


def read(request: web.Request, name: str) -> str | None:
    if "Cookie" not in request.headers:
        return None
    return request.cookies.get(_named(name, framed=in_frame(request)))


def keep(  # noqa: PLR0913 -- the parts of a cookie
    request: web.Request,
    answer: web.StreamResponse,
    name: str,
    value: str,
    seconds: int,
    *,
    scripts: bool = False,
) -> None:
    """Ask the browser to keep it; `seconds` 0 forgets it."""
    answer.headers.add(SET_COOKIE, line(request, name, value, seconds, scripts=scripts))


def line(
    request: web.Request, name: str, value: str, seconds: int, *, scripts: bool = False
) -> str:
    """The header, word for word: http.cookies knows no Partitioned before Python 3.14."""
    framed = in_frame(request)
    rest = _attributes(seconds, framed=framed, encrypted=is_encrypted(request), scripts=scripts)
    return f"{_named(name, framed=framed)}={value}; {rest}"


@lru_cache(maxsize=64)
def _attributes(seconds: int, *, framed: bool, encrypted: bool, scripts: bool) -> str:
    parts = [f"Max-Age={seconds}", f"Path={FRAME if framed else '/'}"]
    if framed and encrypted:
        # Of a site within another, browsers keep only what is kept apart for each of the others;
        # and that only over an encrypted connection.
        parts += ["SameSite=None", "Partitioned"]
    else:
        parts.append("SameSite=Lax")
    parts += ["Secure"] if encrypted else []
    parts += [] if scripts else ["HttpOnly"]
    return "; ".join(parts)


def _named(name: str, *, framed: bool) -> str:
    """Where both sites are one to the browser, both cookies are sent: names tell them apart."""
    return f"frame-{name}" if framed else name
