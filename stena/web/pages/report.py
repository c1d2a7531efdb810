"""The form by which a visitor reports a message to the team."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.report import Report
from stena.step import StepNeeded
from stena.web import errors
from stena.web.app_keys import WALL
from stena.web.explained import explain
from stena.web.inputs import numbers, typed
from stena.web.rendering import page as pages
from stena.web.wire import price, rate_limit, sources, visitor
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from stena.message import Message
    from stena.web.explained import Explained


async def report_form(request: web.Request) -> web.Response:
    message = await _shown(request)
    return pages.respond(request[LOOK], _page(request, message))


async def report(request: web.Request) -> web.Response:
    """Answers the same whether the report counts or not."""
    look = request[LOOK]
    sent = await typed.fields(request)
    key = look.key or sent.get("key") or visitor.new_key()
    try:
        rate_limit.post(look)
        message = await _shown(request)
        given = Report.of(message.id, sent.get("reason", ""), sent.get("words"), key)
        given = given._replace(source=await sources.of(look))
        step = typed.step(sent)
        await price.report(look, given, step.taken if step else None)
    except StepNeeded as refusal:
        return _asked(request, message, sent, key, refusal)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        return await _refused(request, sent, refusal)
    response = pages.respond(look, _page(request, message, is_sent=True))
    visitor.keep_key(response, look, key)
    return response


def _asked(
    request: web.Request, message: Message, sent: Mapping[str, str], key: str, refusal: StepNeeded
) -> web.Response:
    """The form again, with the step that the report needs.

    A browser that keeps no cookies sends the key with it, since the ticket is for this key.
    """
    look = request[LOOK]
    explained = explain(look.language, refusal)
    again = sent if look.key else {**sent, "key": key}
    text = _page(request, message, sent=again, explained=explained)
    response = pages.respond(look, text, explained.status, is_private=True)
    visitor.keep_key(response, look, key)
    return errors.finish(request, response, explained)


async def _refused(request: web.Request, sent: Mapping[str, str], refusal: Refusal) -> web.Response:
    """The form again, with what was typed and one sentence."""
    explained = explain(request[LOOK].language, refusal)
    message = None
    with suppress(Refusal):
        message = await _shown(request)
    text = _page(request, message, sent=sent, explained=explained)
    # The form may have the key of a browser that keeps no cookies.
    response = pages.respond(request[LOOK], text, explained.status, is_private="key" in sent)
    return errors.finish(request, response, explained)


async def _shown(request: web.Request) -> Message:
    """The message of this page.

    Raises:
        Refusal: not_found, also where only the place of a message is shown.
    """
    message = await request.app[WALL].message(numbers.in_path(request))
    if message.tombstone:
        raise Refusal("not_found")
    return message


def _page(
    request: web.Request,
    message: Message | None,
    *,
    sent: Mapping[str, str] | None = None,
    explained: Explained | None = None,
    is_sent: bool = False,
) -> str:
    """The form, or the thanks; without the message if that cannot be read at the moment."""
    given = sent or {}
    return pages.render(
        request,
        request[LOOK],
        "report.html",
        chosen=given.get("reason"),
        explained=explained,
        is_sent=is_sent,
        key=given.get("key"),
        message=message,
        number=numbers.in_path(request),
        words=given.get("words", ""),
        worked=given.get("way") == "work",
    )
