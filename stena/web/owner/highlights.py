"""What the team puts forward: the notices, the pinned messages, the locked conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.refusal import Refusal
from stena.rule import NOTICE_LIMIT
from stena.thread import slug
from stena.web.app_keys import HIGHLIGHTS
from stena.web.owner import refused
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stena.member import Session
    from stena.web.explained import Explained

NOTICES = f"{OWNER}/notices"
# The refusals that the page says itself.
SAID = {"text_too_long", "thread_invalid", "too_many_notices"}


async def notices(request: web.Request) -> web.Response:
    return await page(request, await sessions.required(request))


async def set_notice(request: web.Request) -> web.Response:
    """Set the notice of a wall; an empty one removes it."""
    session, sent = await sessions.acting(request)
    try:
        thread, text = _thread(sent), sent.get("text", "")
        await request.app[HIGHLIGHTS].set_notice(thread, text, session.member.id)
    except Refusal as refusal:
        return await refused.again(
            request, refusal, SAID, lambda said: page(request, session, said, sent)
        )
    raise web.HTTPSeeOther(at(request[LOOK], NOTICES))


def _thread(sent: Mapping[str, str]) -> str:
    thread = slug(sent.get("thread", "").strip())
    # An empty name is the main wall, which has a form of its own.
    if not thread and "of_a_page" in sent:
        raise Refusal("thread_invalid", "thread")
    return thread


async def page(
    request: web.Request,
    session: Session,
    explained: Explained | None = None,
    sent: Mapping[str, str] | None = None,
) -> web.Response:
    """The page; after a refusal with why, and with what was typed."""
    look, highlights = request[LOOK], request.app[HIGHLIGHTS]
    text = pages.render(
        request,
        look,
        "owner/notices.html",
        explained=explained,
        limit=NOTICE_LIMIT,
        locked=await highlights.locked(),
        notices={"": "", **await highlights.notices()},
        pinned=await highlights.pinned(),
        sent={"thread": "", "text": "", **(sent or {})},
        session=session,
    )
    return pages.respond(look, text, explained.status if explained else 200)
