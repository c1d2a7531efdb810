from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.message import Draft, digest
from stena.wall import PAGE_SIZE
from stena.web import forms, shapes
from stena.web.finished import Opening
from stena.web.forms import Felt, Named, Reworded, Typed
from stena.web.head import seen
from stena.web.keys import FLOOD, HEAD, OPENAPI, STREAMS, WALL
from stena.web.security import FOR_ONE

if TYPE_CHECKING:
    from stena.change import Change
    from stena.web.head import Built

CREATED = Opening(201, {**FOR_ONE, "Content-Type": shapes.JSON})


async def list_messages(request: web.Request) -> web.StreamResponse:
    before, limit, thread = forms.before(request), forms.limit(request), forms.thread(request)
    if before is None and limit == PAGE_SIZE:
        return await request.app[HEAD].answer(request, "list", shapes.JSON, _list, thread)
    page = await request.app[WALL].page(thread, before, limit)
    return shapes.answer(shapes.page(page))


def _list(built: Built) -> bytes:
    return shapes.text(shapes.page(built.page))


async def get_message(request: web.Request) -> web.Response:
    message = await request.app[WALL].message(forms.message_id(request))
    return shapes.answer({"message": shapes.message(message)})


async def list_replies(request: web.Request) -> web.Response:
    number, after = forms.message_id(request), forms.known(request) or 0
    replies = await request.app[WALL].replies(number, after, forms.limit(request))
    return shapes.answer(shapes.page(replies))


async def create_message(request: web.Request) -> web.StreamResponse:
    typed = await forms.from_json(request, Typed)
    draft = Draft.of(typed.text, typed.name, typed.nonce, typed.reply_to, typed.thread, typed.key)
    request.app[FLOOD].check(request)
    posted = await request.app[WALL].post(draft)
    body = shapes.text({"message": shapes.message(posted.change.message)})
    return CREATED.answer(request, body, seen(request, posted.change))


async def edit_message(request: web.Request) -> web.Response:
    typed = await forms.from_json(request, Reworded)
    draft = Draft.of(typed.text, typed.name)
    request.app[FLOOD].check(request)
    change = await request.app[WALL].edit(typed.id, draft, digest(typed.key))
    return _changed(request, change, {"message": shapes.message(change.message)})


async def delete_message(request: web.Request) -> web.Response:
    named = await forms.from_json(request, Named)
    request.app[FLOOD].check(request)
    change = await request.app[WALL].take_down(named.id, digest(named.key))
    return _changed(request, change, {"deleted": change.message.id})


async def react(request: web.Request) -> web.Response:
    felt = await forms.from_json(request, Felt)
    request.app[FLOOD].check(request)
    change = await request.app[WALL].react(felt.id, felt.kind, digest(felt.key), on=felt.on)
    return _changed(request, change, {"message": shapes.message(change.message)})


def _changed(request: web.Request, change: Change, content: object) -> web.Response:
    response = shapes.answer(content)
    response.headers.extend(seen(request, change))
    return response


async def stream(request: web.Request) -> web.StreamResponse:
    return await request.app[STREAMS].serve(request)


async def openapi(request: web.Request) -> web.Response:
    return web.Response(body=request.app[OPENAPI], content_type="application/json")
