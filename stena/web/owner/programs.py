"""The programs that act for a member of the team: their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.refusal import Refusal
from stena.web.app_keys import TEAM
from stena.web.inputs import numbers
from stena.web.owner import refused
from stena.web.owner import session as sessions
from stena.web.owner.sign_in import PROGRAMS
from stena.web.rendering import page as pages
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from stena.member import Session
    from stena.web.explained import Explained

# What the page itself says. Other refusals have a page of their own.
SAID_ON_THE_PAGE = {
    *("not_fresh", "too_many_tokens"),
    *("name_empty", "name_too_long"),
}


async def programs(request: web.Request) -> web.Response:
    session = await sessions.required(request)
    return await _page(request, session)


async def token(request: web.Request) -> web.Response:
    """Make a token, and show it once."""
    look = request[LOOK]
    session, sent = await sessions.acting(request)
    name = sent.get("name", "")
    try:
        made = await request.app[TEAM].make_token(session, name)
    except Refusal as refusal:
        return await refused.again(
            request, refusal, SAID_ON_THE_PAGE, lambda said: _page(request, session, said, name)
        )
    text = pages.render(
        request, look, "owner/token.html", back=PROGRAMS, made=made, name=name, session=session
    )
    return pages.respond(look, text)


async def revoke(request: web.Request) -> web.Response:
    session, _ = await sessions.acting(request)
    await request.app[TEAM].revoke_token(session, numbers.in_path(request))
    raise web.HTTPSeeOther(at(request[LOOK], PROGRAMS))


async def _page(
    request: web.Request, session: Session, explained: Explained | None = None, name: str = ""
) -> web.Response:
    """The tokens.

    Raises:
        Refusal: owner_only.
    """
    session.member.check_is_owner()
    look = request[LOOK]
    text = pages.render(
        request,
        look,
        "owner/programs.html",
        explained=explained,
        name=name,
        next=PROGRAMS,
        session=session,
        tokens=await request.app[TEAM].tokens(),
    )
    return pages.respond(look, text, explained.status if explained else 200)
