"""The member of the team who makes a request, by the session's cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.app_keys import TEAM
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp import web

    from stena.member import Session
    from stena.web.wire.look import Look

# The cookie with the token of the session.
TOKEN_COOKIE = "owner"  # noqa: S105 -- its name


def token(look: Look) -> str | None:
    return look.cookies.get(TOKEN_COOKIE)


async def session(request: web.Request) -> Session | None:
    """The session of the request, None if nobody is signed in.

    Without a session's cookie nothing is read.
    """
    given = token(request[LOOK])
    return await request.app[TEAM].session(given) if given else None
