"""The channels of alerts: how each does, and a test."""

from __future__ import annotations

from aiohttp import web

from stena.web.app_keys import ALERTS
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

PATH = f"{OWNER}/alerts"


async def alerts(request: web.Request) -> web.Response:
    session = await sessions.required(request)
    session.member.check_is_owner()
    text = pages.render(
        request,
        request[LOOK],
        "owner/alerts.html",
        channels=await request.app[ALERTS].channels(),
        session=session,
        tested=request.query.get("tested"),
    )
    return pages.respond(request[LOOK], text)


async def test(request: web.Request) -> web.Response:
    """Send a test. The page says what became of it."""
    await sessions.acting_as_owner(request)
    name = request.match_info["channel"]
    await request.app[ALERTS].test(name)
    raise web.HTTPSeeOther(at(request[LOOK], PATH, tested=name))
