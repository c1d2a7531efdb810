"""The methods of the API: parse, one call, shape the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.message import Draft, digest
from stena.report import Report
from stena.wall import PAGE_SIZE
from stena.web.app_keys import MODERATION, OPENAPI, PAGE_CACHE, STREAMS, WALL
from stena.web.headers import JSON, PRIVATE
from stena.web.inputs import query, typed
from stena.web.internals.prepared import ResponseHead
from stena.web.rendering import shapes
from stena.web.wire import rate_limit, visitor
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from stena.change import Change
    from stena.web.wire.page_cache import CachedPage

CREATED = ResponseHead(201, {**PRIVATE, "Content-Type": JSON})
ACCEPTED = ResponseHead(202, {**PRIVATE, "Content-Type": JSON})
CHANGED = ResponseHead(200, {**PRIVATE, "Content-Type": JSON})


async def list_messages(request: web.Request) -> web.StreamResponse:
    look = request[LOOK]
    before, limit, thread = query.page(request)
    if before is None and limit == PAGE_SIZE:
        cache = look.app[PAGE_CACHE]
        return await cache.answer(request, look, "list", JSON, _list, thread)
    rate_limit.read(look)
    page = await look.app[WALL].page(thread, before, limit)
    return shapes.answer(shapes.page(page))


def _list(cached: CachedPage) -> bytes:
    return shapes.text(shapes.page(cached.page))


async def get_message(request: web.Request) -> web.Response:
    message = await request.app[WALL].message(query.message_id(request))
    return shapes.answer({"message": shapes.message(message)})


async def list_replies(request: web.Request) -> web.Response:
    number, after = query.message_id(request), query.after(request) or 0
    replies = await request.app[WALL].replies(number, after, query.limit(request))
    return shapes.answer(shapes.page(replies))


async def create_message(request: web.Request) -> web.StreamResponse:
    look = request[LOOK]
    sent = await typed.from_json(request, typed.Typed)
    rate_limit.post(look)
    draft = Draft.of(sent.text, sent.name, sent.nonce, sent.reply_to, sent.thread, sent.key)
    posted = await request.app[WALL].post(draft)
    cookie = visitor.saw(look, posted.change)
    if posted.change.state == "waiting":
        body = shapes.waiting(posted.message)
        return ACCEPTED.answer(request, body, cookie, encrypted=look.encrypted)
    body = shapes.whole(posted.message)
    return CREATED.answer(request, body, cookie, encrypted=look.encrypted)


async def edit_message(request: web.Request) -> web.StreamResponse:
    sent = await typed.from_json(request, typed.TypedEdit)
    rate_limit.post(request[LOOK])
    draft = Draft.of(sent.text, sent.name)
    change = await request.app[WALL].edit(sent.id, draft, digest(sent.key))
    return _changed(request, change, shapes.whole(change.message))


async def delete_message(request: web.Request) -> web.StreamResponse:
    target = await typed.from_json(request, typed.Target)
    rate_limit.post(request[LOOK])
    change = await request.app[WALL].delete(target.id, digest(target.key))
    return _changed(request, change, shapes.text({"deleted": change.message.id}))


async def react(request: web.Request) -> web.StreamResponse:
    sent = await typed.from_json(request, typed.TypedReaction)
    rate_limit.post(request[LOOK])
    change = await request.app[WALL].react(sent.id, sent.kind, digest(sent.key), on=sent.on)
    return _changed(request, change, shapes.whole(change.message))


async def report(request: web.Request) -> web.Response:
    sent = await typed.from_json(request, typed.TypedReport)
    rate_limit.post(request[LOOK])
    given = Report.of(sent.id, sent.reason, sent.words, sent.key)
    is_first = rate_limit.is_first_report(request[LOOK], sent.id)
    await request.app[MODERATION].report(given, is_first=is_first)
    response = shapes.answer({"reported": sent.id})
    response.headers.update(PRIVATE)
    return response


def _changed(request: web.Request, change: Change, body: bytes) -> web.StreamResponse:
    look = request[LOOK]
    return CHANGED.answer(request, body, visitor.saw(look, change), encrypted=look.encrypted)


async def stream(request: web.Request) -> web.StreamResponse:
    return await request.app[STREAMS].serve(request)


async def openapi(request: web.Request) -> web.Response:
    return web.Response(body=request.app[OPENAPI], content_type="application/json")
