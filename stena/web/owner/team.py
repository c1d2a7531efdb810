"""The team: what an owner does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.member import ROLES
from stena.refusal import Refusal
from stena.web.app_keys import TEAM
from stena.web.inputs import numbers
from stena.web.owner import code as codes
from stena.web.owner import refused
from stena.web.owner import session as sessions
from stena.web.owner.sign_in import TEAM_PAGE
from stena.web.rendering import page as pages
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from stena.member import Role, Session
    from stena.web.explained import Explained

# What the page itself says, above its list. Other refusals have a page of their own.
SAID_ON_THE_PAGE = {
    *("last_owner", "not_fresh", "other_role", "too_many_codes"),
    *("name_empty", "name_too_long"),
}


async def team(request: web.Request) -> web.Response:
    session = await sessions.required(request)
    return await _page(request, session)


async def code(request: web.Request) -> web.Response:
    """Make a code for a member, who joins the team if the name is new."""
    session, sent = await sessions.acting(request)
    name = sent.get("name", "")
    try:
        made = await request.app[TEAM].invite(session, name, _role(sent))
    except Refusal as refusal:
        return await _refused(request, session, refusal, name)
    return await codes.show(request, session, made, name=name, back=TEAM_PAGE)


async def set_role(request: web.Request) -> web.Response:
    session, sent = await sessions.acting(request)
    try:
        await request.app[TEAM].set_role(session, numbers.in_path(request), _role(sent))
    except Refusal as refusal:
        return await _refused(request, session, refusal)
    raise web.HTTPSeeOther(at(request[LOOK], TEAM_PAGE))


async def let_leave(request: web.Request) -> web.Response:
    session, _ = await sessions.acting(request)
    try:
        await request.app[TEAM].let_leave(session, numbers.in_path(request))
    except Refusal as refusal:
        return await _refused(request, session, refusal)
    raise web.HTTPSeeOther(at(request[LOOK], TEAM_PAGE))


def _role(sent: dict[str, str]) -> Role:
    role = sent.get("role", "")
    if role not in ROLES:
        raise Refusal("bad_role", "role")
    return role


async def _refused(
    request: web.Request, session: Session, refusal: Refusal, name: str = ""
) -> web.Response:
    """The page again, with what was typed and one sentence."""
    return await refused.again(
        request, refusal, SAID_ON_THE_PAGE, lambda said: _page(request, session, said, name)
    )


async def _page(
    request: web.Request, session: Session, explained: Explained | None = None, name: str = ""
) -> web.Response:
    """The members.

    Raises:
        Refusal: owner_only.
    """
    session.member.check_is_owner()
    look = request[LOOK]
    text = pages.render(
        request,
        look,
        "owner/team.html",
        explained=explained,
        members=await request.app[TEAM].members(),
        name=name,
        next=TEAM_PAGE,
        session=session,
    )
    return pages.respond(look, text, explained.status if explained else 200)
