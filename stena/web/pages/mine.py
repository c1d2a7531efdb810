"""All messages of the visitor's browser, which its author may erase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import digest
from stena.refusal import Refusal
from stena.web import errors
from stena.web.app_keys import ERASURE
from stena.web.explained import explain
from stena.web.inputs import typed
from stena.web.rendering import page as pages
from stena.web.wire import rate_limit
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp import web

    from stena.decision import Erasing
    from stena.web.explained import Explained


async def mine(request: web.Request) -> web.Response:
    """How many there are, or how far their erasure has come."""
    return await _page(request)


async def erase(request: web.Request) -> web.Response:
    """Erase them. The browser's key is all that permits it."""
    look = request[LOOK]
    sent = await typed.fields(request)
    rate_limit.post(look)
    if sent.get("sure") != "yes":
        explained = explain(look.language, Refusal("not_confirmed", "sure"))
        return errors.finish(request, await _page(request, explained), explained)
    if not look.key:
        return await _page(request)
    return _respond(request, erasing=await request.app[ERASURE].ask_for_own(digest(look.key)))


async def _page(request: web.Request, explained: Explained | None = None) -> web.Response:
    look = request[LOOK]
    if not look.key:
        return _respond(request)
    with rate_limit.timed(look):
        count, erasing = await request.app[ERASURE].own(digest(look.key))
    return _respond(request, count, erasing, explained)


def _respond(
    request: web.Request,
    count: int | None = None,
    erasing: Erasing | None = None,
    explained: Explained | None = None,
) -> web.Response:
    look = request[LOOK]
    text = pages.render(
        request, look, "mine.html", count=count, erasing=erasing, explained=explained
    )
    return pages.respond(look, text, explained.status if explained else 200, is_private=True)
