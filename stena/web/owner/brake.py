"""The brake, as an owner sets it for a while."""

from __future__ import annotations

from aiohttp import web

from stena.brake import LONGEST_MINUTES, level_of
from stena.web.app_keys import POLICY
from stena.web.inputs.numbers import whole
from stena.web.owner import session as sessions
from stena.web.owner.rules import RULES
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER


async def set_brake(request: web.Request) -> web.Response:
    """Set the level for some minutes; an empty one leaves it to the wall."""
    session, sent = await sessions.acting_as_owner(request)
    level, minutes = None, 0
    if typed := sent.get("level", ""):
        level = level_of(whole("level", [typed], most=2, least=0))
        minutes = whole("minutes", [sent.get("minutes", "")], LONGEST_MINUTES)
    await request.app[POLICY].set_brake(level, minutes, session.member.id)
    raise web.HTTPSeeOther(at(request[LOOK], OWNER if "desk" in sent else RULES))
