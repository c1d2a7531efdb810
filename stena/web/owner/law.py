"""A removal for legal reasons: the log keeps its ground, and who asked for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from stena.decision import ASKER_LIMIT, GROUND_LIMIT, Law
from stena.refusal import Refusal
from stena.web.app_keys import BULK, MODERATION
from stena.web.owner import desk, refused
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from stena.decision import Decision
    from stena.member import Session
    from stena.web.explained import Explained
    from stena.web.owner.desk import Place

SAID_ON_THE_PAGE = {"ground_empty", "ground_too_long", "decided"}


async def form(request: web.Request) -> web.Response:
    session = await sessions.required(request)
    return await _page(request, session, desk.place_of(request, request.match_info["list"]), {})


async def remove(request: web.Request) -> web.Response:
    session, sent = await sessions.acting(request)
    place = desk.place_of(request, request.match_info["list"])
    try:
        decision = await _remove(request, session, place, sent)
    except Refusal as refusal:
        return await refused.again(
            request,
            refusal,
            SAID_ON_THE_PAGE,
            lambda said: _page(request, session, place, sent, said),
        )
    back = replace(place, within=None)
    raise web.HTTPSeeOther(desk.address(request[LOOK], back, decision.id))


async def _remove(
    request: web.Request, session: Session, place: Place, sent: dict[str, str]
) -> Decision:
    law, member = Law.of(sent.get("ground", ""), sent.get("asked_by", "")), session.member.id
    if place.within is None:
        raise Refusal("bad_request")
    if place.name in desk.ONE_BY_ONE:
        ids = [place.within.newest]
        return await request.app[MODERATION].decide("remove", ids, member, law=law)
    state = desk.STATES[place.name]
    return await request.app[BULK].decide("remove", state, place.within, member, law)


async def _page(
    request: web.Request,
    session: Session,
    place: Place,
    sent: dict[str, str],
    explained: Explained | None = None,
) -> web.Response:
    look = request[LOOK]
    if place.within is None:
        raise Refusal("not_found")
    text = pages.render(
        request,
        look,
        "owner/law.html",
        back=desk.address(look, replace(place, within=None)),
        explained=explained,
        limits={"ground": GROUND_LIMIT, "asked_by": ASKER_LIMIT},
        place=place,
        sent={field: sent.get(field, "") for field in ("ground", "asked_by")},
        session=session,
    )
    return pages.respond(look, text, explained.status if explained else 200)
