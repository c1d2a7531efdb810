"""Counts each request that a view answers, where the owner has set up metrics."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiohttp import web

from stena.web.app_keys import COUNTING
from stena.web.wire.access_log import route

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

EVENTS = "text/event-stream"


@web.middleware
async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: it sees the answer to a refusal as it leaves."""
    start = time.perf_counter()
    try:
        response = await handler(request)
    except web.HTTPException as redirect:
        _count(request, redirect, start)
        raise
    _count(request, response, start)
    return response


def _count(request: web.Request, response: web.StreamResponse, start: float) -> None:
    seconds = None if response.content_type == EVENTS else time.perf_counter() - start
    request.app[COUNTING].request(route(request), response.status, seconds)
