"""The log of the decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.wall import PAGE_SIZE
from stena.web.app_keys import MODERATION
from stena.web.inputs import query
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from aiohttp import web

LOG = f"{OWNER}/log"


async def log(request: web.Request) -> web.Response:
    look, moderation = request[LOOK], request.app[MODERATION]
    session = await sessions.required(request)
    before = query.before(request)
    found = await moderation.entries(before, PAGE_SIZE + 1)
    text = pages.render(
        request,
        look,
        "owner/log.html",
        before=before,
        entries=found[:PAGE_SIZE],
        next=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        session=session,
        waiting=await moderation.waiting(),
    )
    return pages.respond(look, text)
