"""The head of a response with server-sent events."""

from __future__ import annotations

from aiohttp import HttpVersion11, web

from stena.web.headers import HEADERS

# Routers close a connection after 55 s without a byte, and some after 30 s.
HEARTBEAT_SECONDS = 15
# After a stop, readers reconnect spread over so many milliseconds.
RETRY = (1000, 6000)

STREAM_HEADERS = {
    **HEADERS,
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}


async def prepared(request: web.Request) -> web.StreamResponse:
    """The head of the response, sent."""
    response = web.StreamResponse(headers=STREAM_HEADERS)
    # aiohttp sends chunks to each version that is not older than 1.1, also to one that is none.
    if request.version < HttpVersion11:
        response.force_close()
    await response.prepare(request)
    return response
