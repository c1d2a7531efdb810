"""The session of a request: its cookie, and the member who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.member import LONGEST
from stena.refusal import Refusal
from stena.web.inputs import typed
from stena.web.wire import cookies, member
from stena.web.wire.addresses import at
from stena.web.wire.cookies import Cookie
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from stena.member import Session
    from stena.web.wire.look import Look

# Beside the token's cookie, and no secret: by it scripts of the wall's own pages know that a member
# may be signed in, while the pages stay the same bytes for everybody.
SIGNED_IN = "team"
SECONDS = int(LONGEST.total_seconds())


async def required(request: web.Request) -> Session:
    """The session of a page.

    Raises:
        HTTPSeeOther: to the form, if nobody is signed in.
    """
    session = await member.session(request)
    if session is None:
        raise web.HTTPSeeOther(at(request[LOOK], OWNER))
    return session


async def acting(request: web.Request) -> tuple[Session, dict[str, str]]:
    """The session of a form, and the fields of the form.

    Raises:
        Refusal: signed_out; as typed.fields.
    """
    sent = await typed.fields(request)
    session = await member.session(request)
    if session is None:
        raise Refusal("signed_out")
    return session, sent


async def acting_as_owner(request: web.Request) -> tuple[Session, dict[str, str]]:
    """The same for a form that only owners send.

    Raises:
        Refusal: owner_only; as acting.
    """
    session, sent = await acting(request)
    session.member.check_is_owner()
    return session, sent


def keep(response: web.StreamResponse, look: Look, token: str) -> None:
    """Let the browser keep a new session."""
    cookies.keep(
        response,
        look,
        [
            Cookie(member.TOKEN_COOKIE, token, SECONDS),
            Cookie(SIGNED_IN, "1", SECONDS, scripts=True),
        ],
    )


def forget(response: web.StreamResponse, look: Look) -> None:
    cookies.keep(
        response, look, [Cookie(member.TOKEN_COOKIE, "", 0), Cookie(SIGNED_IN, "", 0, scripts=True)]
    )
