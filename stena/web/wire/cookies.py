"""The cookies that an answer sets; `Look` has those that a request sends."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from stena.web.wire.look import FRAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp import web

    from stena.web.wire.look import Look

SET_COOKIE = "Set-Cookie"


class Cookie(NamedTuple):
    """A cookie to set.

    Attributes:
        seconds: how long the browser keeps it; 0 deletes it.
        scripts: whether scripts of the page may read it.
    """

    name: str
    value: str
    seconds: int
    scripts: bool = False


def keep(response: web.StreamResponse, look: Look, cookies: Iterable[Cookie]) -> None:
    """Set cookies."""
    for cookie in cookies:
        response.headers.add(SET_COOKIE, line(look, cookie))


def line(look: Look, cookie: Cookie) -> str:
    """The header's value. http.cookies knows no `Partitioned` before Python 3.14."""
    name = look.prefix + cookie.name
    attributes = _attributes(
        cookie.seconds,
        path=look.base + FRAME if look.framed else look.base or "/",
        framed=look.framed,
        encrypted=look.encrypted,
        scripts=cookie.scripts,
    )
    return f"{name}={cookie.value}; {attributes}"


@lru_cache(maxsize=64)
def _attributes(seconds: int, *, path: str, framed: bool, encrypted: bool, scripts: bool) -> str:
    parts = [f"Max-Age={seconds}", f"Path={path}"]
    if framed and encrypted:
        # In a frame, browsers accept only cookies that are partitioned by the site around it, and
        # only over HTTPS.
        parts += ["SameSite=None", "Partitioned"]
    else:
        parts.append("SameSite=Lax")
    parts += ["Secure"] if encrypted else []
    parts += [] if scripts else ["HttpOnly"]
    return "; ".join(parts)
