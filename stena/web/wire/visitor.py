"""The visitor's cookies: a random key, and the messages that the browser may edit."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from stena.web.wire import cookies
from stena.web.wire.cookies import Cookie
from stena.web.wire.look import KEY_COOKIE, LANGUAGE_COOKIE

if TYPE_CHECKING:
    from aiohttp import web

    from stena.change import Change, Posted
    from stena.web.wire.look import Look

MINE, LINK, SEEN = "mine", "link", "seen"
YEAR = 365 * 24 * 60 * 60
# How long a private link waits to be shown on the page after the post.
LINK_SECONDS = 120
# How long a browser asks for pages that include its own last change.
SEEN_SECONDS = 60
# Of how many of its messages a browser remembers that it may edit them.
MOST_MINE = 20


def new_key() -> str:
    """A random key for a browser that has none, or for a private link."""
    return secrets.token_urlsafe(18)


def link(look: Look) -> tuple[int, str] | None:
    """The message just posted and the key of its private link, which is shown once."""
    given = look.cookies.get(LINK)
    if given is None:
        return None
    number, _, key = given.partition(".")
    return (int(number), key) if _ID.fullmatch(number) and _KEY.fullmatch(key) else None


def seen(look: Look) -> int:
    """The number of the browser's own last change, 0 for none: its next page includes it."""
    known = look.cookies.get(SEEN)
    return int(known) if known and _ID.fullmatch(known) else 0


def saw(look: Look, change: Change) -> dict[str, str]:
    """The header for a program that made a change: its next page includes it."""
    return {cookies.SET_COOKIE: cookies.line(look, _seen(change))}


def keep_change(response: web.StreamResponse, look: Look, change: Change) -> None:
    """Let the browser's next page include this change, whichever process answers."""
    cookies.keep(response, look, [_seen(change)])


def keep_key(response: web.StreamResponse, look: Look, key: str) -> None:
    """Keep the key by which the browser's reports of one message are one."""
    cookies.keep(response, look, [Cookie(KEY_COOKIE, key, YEAR)])


def keep_reaction(response: web.StreamResponse, look: Look, change: Change, key: str) -> None:
    """The same, and keep the key with which the browser can take its reaction back."""
    cookies.keep(response, look, [Cookie(KEY_COOKIE, key, YEAR), _seen(change)])


def keep_post(  # noqa: PLR0913, PLR0917 -- what the cookies consist of
    response: web.StreamResponse, look: Look, posted: Posted, key: str, link: str, seconds: int
) -> None:
    """The same, and keep what the browser needs to edit the message within `seconds`."""
    message = posted.message
    until = int(message.created.timestamp()) + seconds
    known = [
        one
        for one in look.cookies.get(MINE, "").split(".")
        if _OWN.fullmatch(one) and not one.startswith(f"{message.id}-")
    ]
    mine = ".".join([f"{message.id}-{until}", *known][:MOST_MINE])
    kept = [
        Cookie(KEY_COOKIE, key, YEAR),
        # Scripts read it to offer the edit; permission depends on the key alone.
        Cookie(MINE, mine, seconds, scripts=True),
    ]
    if posted.linked:
        kept.append(Cookie(LINK, f"{message.id}.{link}", LINK_SECONDS))
    cookies.keep(response, look, [*kept, _seen(posted.change)])


def forget_change(response: web.StreamResponse, look: Look) -> None:
    """Ask no more for pages with a change that the database has lost."""
    cookies.keep(response, look, [Cookie(SEEN, "", 0)])


def forget_link(response: web.StreamResponse, look: Look) -> None:
    cookies.keep(response, look, [Cookie(LINK, "", 0)])


def keep_language(response: web.StreamResponse, look: Look) -> None:
    """Keep the language that a link asked for; in a frame it is the other site that asked."""
    asked = look.asked_language
    if asked and not look.framed and look.cookies.get(LANGUAGE_COOKIE) != asked:
        cookies.keep(response, look, [Cookie(LANGUAGE_COOKIE, asked, YEAR)])


def _seen(change: Change) -> Cookie:
    return Cookie(SEEN, str(change.number), SEEN_SECONDS)


_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
_ID = re.compile(r"[0-9]{1,18}")
_OWN = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")
