"""The erasure of everything of one browser, by an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.refusal import Refusal
from stena.web.app_keys import ERASURE
from stena.web.inputs import numbers
from stena.web.owner import refused
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire import rate_limit
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from stena.member import Session
    from stena.web.explained import Explained

SAID_ON_THE_PAGE = {"not_confirmed", "not_fresh"}


async def form(request: web.Request) -> web.Response:
    """What would be erased, and a form that has to be confirmed."""
    return await _page(request, await sessions.required(request))


async def erase(request: web.Request) -> web.Response:
    session, sent = await sessions.acting(request)
    try:
        _check_sure(sent)
        number = await request.app[ERASURE].ask_for(session, numbers.in_path(request))
    except Refusal as refusal:
        return await refused.again(
            request, refusal, SAID_ON_THE_PAGE, lambda said: _page(request, session, said)
        )
    raise web.HTTPSeeOther(at(request[LOOK], f"{OWNER}/erasures/{number}"))


async def progress(request: web.Request) -> web.Response:
    """How far an erasure has come."""
    session, look = await sessions.required(request), request[LOOK]
    session.member.check_is_owner()
    erasing = await request.app[ERASURE].progress(numbers.in_path(request))
    if erasing is None:
        raise Refusal("not_found")
    text = pages.render(request, look, "owner/erasing.html", erasing=erasing, session=session)
    return pages.respond(look, text)


def _check_sure(sent: dict[str, str]) -> None:
    if sent.get("sure") != "yes":
        raise Refusal("not_confirmed", "sure")


async def _page(
    request: web.Request, session: Session, explained: Explained | None = None
) -> web.Response:
    session.member.check_is_owner()
    look, number = request[LOOK], numbers.in_path(request)
    with rate_limit.timed(look):
        count = await request.app[ERASURE].of_message(number)
    if count is None:
        raise Refusal("not_found")
    text = pages.render(
        request,
        look,
        "owner/erase.html",
        count=count,
        explained=explained,
        next=f"{OWNER}/erase/{number}",
        number=number,
        session=session,
    )
    return pages.respond(look, text, explained.status if explained else 200)
