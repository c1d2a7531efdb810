"""The devices of a member: the browsers in which the member is signed in."""

from __future__ import annotations

from aiohttp import web

from stena.web.app_keys import PASSKEYS, TEAM
from stena.web.inputs import numbers
from stena.web.owner import code as codes
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

DEVICES = f"{OWNER}/devices"


async def devices(request: web.Request) -> web.Response:
    look = request[LOOK]
    session = await sessions.required(request)
    found = await request.app[TEAM].sessions(session)
    passkeys = request.app[PASSKEYS]
    text = pages.render(
        request,
        look,
        "owner/devices.html",
        devices=found,
        needs_address=passkeys.needs_address,
        passkeys=await passkeys.of_member(session),
        session=session,
    )
    return pages.respond(look, text)


async def code(request: web.Request) -> web.Response:
    """Make a code for another device."""
    session, _ = await sessions.acting(request)
    made = await request.app[TEAM].make_own_code(session)
    return await codes.show(request, session, made, back=DEVICES)


async def sign_out(request: web.Request) -> web.Response:
    """Sign out one device."""
    look = request[LOOK]
    session, _ = await sessions.acting(request)
    number = numbers.in_path(request)
    await request.app[TEAM].sign_out(session, number)
    if number != session.id:
        raise web.HTTPSeeOther(at(look, DEVICES))
    response = web.HTTPSeeOther(at(look, OWNER))
    sessions.forget(response, look)
    raise response


async def sign_out_others(request: web.Request) -> web.Response:
    """Sign out all devices but this one."""
    session, _ = await sessions.acting(request)
    await request.app[TEAM].sign_out_others(session)
    raise web.HTTPSeeOther(at(request[LOOK], DEVICES))
