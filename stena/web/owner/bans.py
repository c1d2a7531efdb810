"""What is banned: browsers, addresses and networks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from stena.ban import DAYS, MODERATORS_DAYS, TARGETS, Terms
from stena.refusal import Refusal
from stena.wall import PAGE_SIZE
from stena.web.app_keys import BANS
from stena.web.inputs import numbers, query
from stena.web.owner import desk, refused
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire import rate_limit, sources
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stena.decision import Range
    from stena.member import Session
    from stena.web.explained import Explained
    from stena.web.owner.desk import Place

PATH = f"{OWNER}/bans"
SAID_ON_THE_PAGE = {"own_address", "no_address"}


async def bans(request: web.Request) -> web.Response:
    session = await sessions.required(request)
    found = await request.app[BANS].bans(query.before(request), PAGE_SIZE + 1)
    text = pages.render(
        request,
        request[LOOK],
        "owner/bans.html",
        bans=found[:PAGE_SIZE],
        next=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        session=session,
    )
    return pages.respond(request[LOOK], text)


async def form(request: web.Request) -> web.Response:
    """Whom a ban of an address or a network would affect, and the forms for it."""
    session = await sessions.required(request)
    place = desk.place_of(request, request.match_info["list"])
    if place.within is None:
        raise Refusal("not_found")
    return await _page(request, session, place, place.within)


async def ban(request: web.Request) -> web.Response:
    """Ban what a group of the desk came from, and remove it as spam if the form says so."""
    session, sent = await sessions.acting(request)
    place = desk.place_of(request, request.match_info["list"])
    group = desk.range_of(sent.get("oldest", ""), sent.get("newest", ""))
    terms = _terms(sent)
    own = None if "sure" in sent else await sources.of(request[LOOK])
    try:
        banned = await request.app[BANS].ban(group, terms, session.member, own)
    except Refusal as refusal:
        return await refused.again(
            request,
            refusal,
            SAID_ON_THE_PAGE,
            lambda said: _page(request, session, place, group, said, terms),
        )
    removed = None
    if "spam" in sent:
        # What another member has removed meanwhile is removed.
        try:
            removed = (await desk.carry_out(request, session, place, group, "reject")).id
        except Refusal as refusal:
            if refusal.code != "decided":
                raise
    path = desk.PATHS[place.name]
    target = at(request[LOOK], path, **place.query, banned=banned.id, done=removed)
    raise web.HTTPSeeOther(target)


async def lift(request: web.Request) -> web.Response:
    session, _ = await sessions.acting(request)
    await request.app[BANS].lift(numbers.in_path(request), session.member)
    raise web.HTTPSeeOther(at(request[LOOK], PATH))


def _terms(sent: Mapping[str, str]) -> Terms:
    """The terms of a ban in a form.

    Raises:
        Refusal: bad_days, bad_target.
    """
    target = next((one for one in TARGETS if one == sent.get("target", TARGETS[0])), None)
    if target is None:
        raise Refusal("bad_target", "target")
    for days in DAYS:
        if sent.get("days") == str(days):
            return Terms(days, "refuses" in sent, target)
    raise Refusal("bad_days", "days")


async def _page(  # noqa: PLR0913, PLR0917 -- the states of the page
    request: web.Request,
    session: Session,
    place: Place,
    group: Range,
    explained: Explained | None = None,
    terms: Terms | None = None,
) -> web.Response:
    """The page with the preview.

    Args:
        request: of the member.
        session: of the member.
        place: the page of the desk from which the member came.
        group: the messages.
        explained: why a ban was refused.
        terms: of that ban.
    """
    look = request[LOOK]
    own = await sources.of(look)
    with rate_limit.timed(look):
        preview = await request.app[BANS].preview(group, own)
    back = replace(place, within=None)
    text = pages.render(
        request,
        look,
        "owner/ban.html",
        back=desk.address(look, back),
        days=DAYS,
        explained=explained,
        group=group,
        most_days=MODERATORS_DAYS,
        place=back,
        preview=preview,
        session=session,
        terms=terms,
    )
    return pages.respond(look, text, explained.status if explained else 200)
