"""The one place where a refusal becomes HTTP."""

from __future__ import annotations

import secrets
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from stena.refusal import Refusal
from stena.web import embed, language
from stena.web.forms import BODY_LIMIT
from stena.web.keys import DEBUG, HTML
from stena.web.shapes import answer
from stena.web.words import words

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

log = structlog.get_logger(__name__)

RETRY_AFTER = 5


def _(sentence: str) -> str:
    """Mark a sentence for translators; it is translated when it is said."""
    return sentence


# Every code that the wall can answer with: its status and its sentence. docs/api.md has the
# same table, and a test compares them.
REFUSALS: dict[str, tuple[int, str]] = {
    "bad_request": (400, _("This request cannot be understood.")),
    "bad_form": (400, _("This form cannot be read: its fields must be UTF-8.")),
    "bad_json": (400, _("The body must be a JSON object in UTF-8.")),
    "bad_type": (400, _("“%(field)s” must be a string.")),
    "bad_number": (400, _("“%(field)s” must be a whole number from %(least)d to %(most)d.")),
    "bad_kind": (400, _("“%(field)s” must be love, like, laugh, wow or sad.")),
    "bad_switch": (400, _("“%(field)s” must be true or false.")),
    "bad_order": (400, _("“%(field)s” must be newest or relevance.")),
    "bad_place": (400, _("“%(field)s” must be what an answer to the same query gave as “next”.")),
    "field_missing": (400, _("“%(field)s” is missing.")),
    "cross_site": (403, _("This came from another site. Please write on the wall's own page.")),
    "not_yours": (403, _("Only whoever wrote this can change it, in the browser it came from.")),
    "too_late": (
        403,
        _("It has stood for more than %(minutes)d minutes and stays as it is."),
    ),
    "not_found": (404, _("There is nothing here. Perhaps there was once.")),
    "method_not_allowed": (405, _("This cannot be done here.")),
    "too_slow": (408, _("The message took too long to arrive. Please send it again.")),
    "too_large": (413, _("This is more than the wall takes: %(limit)d bytes at most.")),
    "unsupported_media_type": (415, _("This type of content is not accepted here.")),
    "text_empty": (422, _("Write a few words first.")),
    "text_too_long": (
        422,
        _("That is %(length)d characters; the wall takes up to %(limit)d. Please shorten it."),
    ),
    "text_characters": (422, _("There is a character in the text that cannot be shown.")),
    "name_too_long": (422, _("A name may have up to %(limit)d characters.")),
    "name_characters": (422, _("There is a character in the name that cannot be shown.")),
    "nonce_invalid": (422, _("“nonce” must be 8 to 64 letters, digits, “-” or “_”.")),
    "key_invalid": (422, _("“key” must be 16 to 128 letters, digits, “-” or “_”.")),
    "thread_invalid": (
        422,
        _("“thread” must be up to 100 letters, digits, “.”, “_”, “~”, “/” or “-”."),
    ),
    "query_empty": (422, _("Write what to look for.")),
    "query_too_long": (
        422,
        _("That is %(length)d characters; a search takes up to %(limit)d. Please shorten it."),
    ),
    "query_characters": (422, _("There is a character in it that no message has.")),
    "query_common": (422, _("That is too common to look for. Try a rarer word.")),
    "search_too_broad": (422, _("This would take too long to find. Try a rarer word.")),
    "too_many_posts": (
        429,
        _("So many messages at once? The wall takes a breath. Please send it again in a minute."),
    ),
    "internal": (500, _("Something broke on our side. It is written down as %(number)s.")),
    "busy": (503, _("So many are writing that the wall cannot keep up. Please try again.")),
    "too_many_readers": (503, _("So many are reading live that there is no room for one more.")),
    "too_many_searches": (503, _("So many are searching just now. Please try again in a moment.")),
    "unavailable": (503, _("The wall cannot reach its database. Please try again in a moment.")),
    "not_migrated": (503, _("The wall is being set up. Please try again in a moment.")),
}
# Answers to a body that was not read to its end: the connection is of no more use.
HANG_UP = {"too_slow", "too_large"}


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal in the visitor's language; `code` and `field` are for programs."""

    status: int
    code: str
    field: str | None
    sentence: str


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what a view raised: JSON to programs, a page to people."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return respond(request, explain(request, refusal))
    except web.RequestPayloadError:
        return respond(request, explain(request, Refusal("bad_request")))
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        return _respond_to_aiohttp(request, error)
    except ConnectionError:
        raise  # the visitor has left
    except Exception:
        number = secrets.token_hex(4)
        log.exception("view_failed", number=number, method=request.method, route=route(request))
        lines = traceback.format_exc() if request.app[DEBUG] else None
        return respond(request, explain(request, Refusal("internal"), number=number), lines)


async def expect(request: web.Request) -> web.StreamResponse | None:
    """Answer `Expect: 100-continue` before the body is sent: aiohttp asks here, not the views."""
    if (request.content_length or 0) > BODY_LIMIT:
        return respond(request, explain(request, Refusal("too_large", limit=BODY_LIMIT)))
    if request.headers["Expect"].lower() != "100-continue":
        return respond(request, explain(request, Refusal("bad_request")))
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0
    return None


def explain(request: web.Request, refusal: Refusal, **details: str) -> Explained:
    status, sentence = REFUSALS[refusal.code]
    translated = words(language.of(request)).gettext(sentence)
    numbers: dict[str, Any] = {**refusal.numbers, **details, "field": refusal.field}
    return Explained(status, refusal.code, refusal.field, translated % numbers)


def respond(request: web.Request, explained: Explained, lines: str | None = None) -> web.Response:
    """JSON to programs, a page to people; the lines of the program stand on the page alone."""
    if _wants_json(request):
        response = answer(shape(explained), status=explained.status)
    else:
        page = request.app[HTML].render(
            "error.html",
            language.of(request),
            explained=explained,
            language_link=None,
            traceback=lines,
            **embed.context(request),
        )
        response = web.Response(text=page, content_type="text/html", status=explained.status)
    return finish(response, explained)


def finish(response: web.Response, explained: Explained) -> web.Response:
    """What the status asks of the headers and the connection."""
    if explained.status in {429, 503}:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    if explained.code in HANG_UP:
        response.force_close()
    return response


def route(request: web.BaseRequest) -> str:
    """The pattern, not the path: a path is a visitor's own words."""
    # An empty match is false, and a request that was no HTTP has none.
    matched = getattr(request, "match_info", None)
    resource = matched.route.resource if matched is not None else None
    return resource.canonical if resource else "unknown"


def shape(explained: Explained) -> dict[str, dict[str, str]]:
    """The JSON of every error."""
    error = {"code": explained.code, "message": explained.sentence}
    if explained.field:
        error["field"] = explained.field
    return {"error": error}


def _respond_to_aiohttp(request: web.Request, error: web.HTTPException) -> web.Response:
    codes = {404: "not_found", 405: "method_not_allowed"}
    code = codes.get(error.status, "bad_request")
    response = respond(request, explain(request, Refusal(code)))
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _wants_json(request: web.Request) -> bool:
    if request.path.startswith(("/api/", "/healthz", "/readyz")):
        return True
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted
