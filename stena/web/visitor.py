"""Who is asking, as far as their own browser says: a key made by chance, known to nobody else."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from stena.web import cookies
from stena.web.keys import WINDOW

if TYPE_CHECKING:
    from aiohttp import web

    from stena.change import Posted

KEY, MINE, LINK = "key", "mine", "link"
YEAR = 365 * 24 * 60 * 60
# How long a private link waits to be shown on the page that follows the post.
LINK_SECONDS = 120
# Of how many of their messages a browser is told that it may still change them.
MOST_MINE = 20


def key(request: web.Request) -> str | None:
    """The browser's key, where it has one."""
    known = cookies.read(request, KEY)
    return known if known and _KEY.fullmatch(known) else None


def new_key() -> str:
    return secrets.token_urlsafe(18)


def posted(request: web.Request, answer: web.Response, posted: Posted, key: str, link: str) -> None:
    """Let the browser keep what it needs to change this message later."""
    number = posted.change.message.id
    window = int(request.app[WINDOW].total_seconds())
    until = int(posted.change.message.created.timestamp()) + window
    mine = [f"{number}-{until}", *known_as_mine(request)][:MOST_MINE]
    cookies.keep(request, answer, KEY, key, YEAR)
    # For scripts, which show the way to change it; the key decides.
    cookies.keep(request, answer, MINE, ".".join(mine), window, scripts=True)
    if posted.linked:
        cookies.keep(request, answer, LINK, f"{number}.{link}", LINK_SECONDS)


def known_as_mine(request: web.Request) -> list[str]:
    """Each an id, and until when it may be changed."""
    told = (cookies.read(request, MINE) or "").split(".")
    return [one for one in told if _OWN.fullmatch(one)]


def link(request: web.Request) -> tuple[int, str] | None:
    """The message just left, and the key of its private link; shown once."""
    told = cookies.read(request, LINK)
    if told is None:
        return None
    number, _, key = told.partition(".")
    return (int(number), key) if _ID.fullmatch(number) and _KEY.fullmatch(key) else None


_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
_ID = re.compile(r"[0-9]{1,18}")
_OWN = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")
