"""The methods of the API: parse, one call, shape the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.message import Draft, Reaction, digest
from stena.report import Report
from stena.thread_counts import FRESH_SECONDS
from stena.wall import PAGE_SIZE
from stena.web.api.moderation import member_of
from stena.web.app_keys import OPENAPI, PAGE_CACHE, STREAMS, THREAD_COUNTS, WALL
from stena.web.headers import HEADERS, JSON, PRIVATE
from stena.web.inputs import query, typed
from stena.web.internals.prepared import ResponseHead
from stena.web.rendering import shapes
from stena.web.rendering.formatting import linked
from stena.web.wire import price, rate_limit, sources, visitor
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from stena.change import Change
    from stena.web.wire.page_cache import CachedPage

# What it counts as to count the messages of one wall, in pages that are read.
COUNTING = 0.25
# Other sites show the numbers, which are no secret.
FOR_SITES = {
    **HEADERS,
    "Content-Type": JSON,
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": f"public, max-age={FRESH_SECONDS:.0f}",
}
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
    shape = shapes.page if before else shapes.newest_page
    return shapes.answer(shape(page))


def _list(cached: CachedPage) -> bytes:
    return shapes.text(shapes.newest_page(cached.page))


async def get_message(request: web.Request) -> web.Response:
    message = await request.app[WALL].message(query.message_id(request))
    return shapes.answer({"message": shapes.message(message)})


async def list_replies(request: web.Request) -> web.Response:
    number, after = query.message_id(request), query.after(request) or 0
    replies = await request.app[WALL].replies(number, after, query.limit(request))
    return shapes.answer(shapes.page(replies))


async def count_messages(request: web.Request) -> web.Response:
    look, counts = request[LOOK], request.app[THREAD_COUNTS]
    threads = query.threads(request)
    if missing := counts.unknown(threads.values()):
        rate_limit.read(look, COUNTING * len(missing))
    found = await counts.of(list(threads.values()))
    numbers = {name: found[thread] for name, thread in threads.items()}
    return web.Response(body=shapes.text({"counts": numbers}), headers=FOR_SITES)


async def create_message(request: web.Request) -> web.StreamResponse:
    look = request[LOOK]
    sent = await typed.from_json(request, typed.TypedPost)
    rate_limit.post(look)
    given = (sent.text, sent.name, sent.nonce, sent.reply_to, sent.thread, sent.key)
    badge = (await member_of(request)).role if sent.as_team else None
    source = None if sent.as_team else await sources.of(look)
    draft = await linked(Draft.of(*given, by_team=sent.as_team, badge=badge, source=source))
    posted = await price.post(look, draft, sent.taken)
    cookie = visitor.saw(look, posted.change)
    if posted.state == "waiting":
        body = shapes.waiting(posted)
        return ACCEPTED.answer(request, body, cookie, encrypted=look.encrypted)
    if posted.state != "visible":
        body = shapes.gone(posted.message, posted.state)
        return CHANGED.answer(request, body, cookie, encrypted=look.encrypted)
    body = shapes.whole(posted.message)
    return CREATED.answer(request, body, cookie, encrypted=look.encrypted)


async def edit_message(request: web.Request) -> web.StreamResponse:
    sent = await typed.from_json(request, typed.TypedEdit)
    rate_limit.post(request[LOOK])
    if sent.as_team:
        await member_of(request)
    source = await sources.of(request[LOOK])
    draft = await linked(Draft.of(sent.text, sent.name, by_team=sent.as_team, source=source))
    posted = await request.app[WALL].edit(sent.id, draft, digest(sent.key))
    if posted.state == "waiting":
        look, body = request[LOOK], shapes.waiting(posted)
        cookie = visitor.saw(look, posted.change)
        return ACCEPTED.answer(request, body, cookie, encrypted=look.encrypted)
    return _changed(request, posted.change, shapes.whole(posted.message))


async def delete_message(request: web.Request) -> web.StreamResponse:
    target = await typed.from_json(request, typed.Target)
    rate_limit.post(request[LOOK])
    change = await request.app[WALL].delete(target.id, digest(target.key))
    return _changed(request, change, shapes.text({"deleted": change.message.id}))


async def react(request: web.Request) -> web.StreamResponse:
    sent = await typed.from_json(request, typed.TypedReaction)
    look = request[LOOK]
    rate_limit.post(look)
    source = await sources.of(look)
    reaction = Reaction(sent.id, sent.kind, digest(sent.key), sent.on, source=source)
    change = await price.react(look, reaction, sent.taken)
    return _changed(request, change, shapes.whole(change.message))


async def report(request: web.Request) -> web.Response:
    sent = await typed.from_json(request, typed.TypedReport)
    look = request[LOOK]
    rate_limit.post(look)
    given = Report.of(sent.id, sent.reason, sent.words, sent.key)
    given = given._replace(source=await sources.of(look))
    await price.report(look, given, sent.taken)
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
