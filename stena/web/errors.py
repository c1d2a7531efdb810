"""The middleware that turns refusals and errors into answers."""

from __future__ import annotations

import secrets
import traceback
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from stena import deadline
from stena.refusal import Refusal
from stena.web.app_keys import DEBUG, HAS_HTTPS
from stena.web.explained import explain, shape
from stena.web.inputs.body import BODY_LIMIT
from stena.web.rendering import page, shapes
from stena.web.wire import refusal_log
from stena.web.wire.access_log import route
from stena.web.wire.look import LOOK, Look
from stena.web.wire.packing import compress

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from stena.web.explained import Explained

log = structlog.get_logger(__name__)

# A host asks for its own reasons, and by the way that it has.
HEALTH = {"/healthz", "/readyz"}
# Refusals that tell the owner of an attack, or of a proxy that is set up wrongly.
COUNTED = {403, 428, 429}
# The body of such a request was not read to its end, so the connection cannot be reused.
CLOSES_CONNECTION = {"too_slow", "too_large"}


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Call the view with the facts of the request, and turn what it raises into an answer."""
    request[LOOK] = look = Look(request)
    deadline.begin()
    if look.app[HAS_HTTPS] and not look.encrypted and request.path not in HEALTH:
        raise web.HTTPPermanentRedirect(look.home + str(request.rel_url))
    try:
        return compress(request, await handler(request))
    except Refusal as refusal:
        response = _refused(request, refusal)
    except web.RequestPayloadError:
        response = _refused(request, Refusal("bad_request"))
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        response = _refused_by_aiohttp(request, error)
    except ConnectionError:
        raise  # the client has disconnected
    except Exception:
        number = secrets.token_hex(4)
        log.exception("view_failed", number=number, method=request.method, route=route(request))
        explained = explain(request[LOOK].language, Refusal("internal"), number=number)
        lines = traceback.format_exc() if request.app[DEBUG] else None
        response = respond(request, explained, lines)
    return compress(request, response)


async def expect(request: web.Request) -> web.StreamResponse | None:
    """Answer `Expect: 100-continue`; aiohttp calls this before the middleware and the view."""
    request[LOOK] = Look(request)
    if (request.content_length or 0) > BODY_LIMIT:
        return _refused(request, Refusal("too_large", limit=BODY_LIMIT))
    if request.headers["Expect"].lower() != "100-continue":
        return _refused(request, Refusal("bad_request"))
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0
    return None


def respond(request: web.Request, explained: Explained, lines: str | None = None) -> web.Response:
    """JSON for programs, a page for people; the traceback, if any, is on the page only."""
    if _wants_json(request):
        response = shapes.answer(shape(explained), status=explained.status)
    else:
        text = page.render(
            request, request[LOOK], "error.html", listed=False, explained=explained, traceback=lines
        )
        response = web.Response(text=text, content_type="text/html", status=explained.status)
    return finish(request, response, explained)


def finish(request: web.Request, response: web.Response, explained: Explained) -> web.Response:
    """Add the headers that the status asks for, and close the connection if it has to be."""
    if explained.status in COUNTED:
        refusal_log.count(request, explained.code)
    if explained.status in {429, 503}:
        response.headers["Retry-After"] = str(explained.retry_after)
    if explained.code in CLOSES_CONNECTION:
        response.force_close()
    return response


def _refused(request: web.Request, refusal: Refusal) -> web.Response:
    return respond(request, explain(request[LOOK].language, refusal))


def _refused_by_aiohttp(request: web.Request, error: web.HTTPException) -> web.Response:
    codes = {404: "not_found", 405: "method_not_allowed"}
    response = _refused(request, Refusal(codes.get(error.status, "bad_request")))
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _wants_json(request: web.Request) -> bool:
    if request.path.startswith(("/api/", "/healthz", "/readyz")):
        return True
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted
