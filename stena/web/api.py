from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.message import Draft
from stena.wall import PAGE_SIZE
from stena.web import forms, shapes
from stena.web.finished import Opening
from stena.web.head import seen
from stena.web.keys import FLOOD, HEAD, OPENAPI, STREAMS, WALL
from stena.web.security import FOR_ONE

if TYPE_CHECKING:
    from stena.message import Page


CREATED = Opening(201, {**FOR_ONE, "Content-Type": shapes.JSON})


async def list_messages(request: web.Request) -> web.StreamResponse:
    before, limit = forms.before(request), forms.limit(request)
    if before is None and limit == PAGE_SIZE:
        return await request.app[HEAD].answer(request, "list", shapes.JSON, _list)
    page = await request.app[WALL].page(before, limit)
    return shapes.answer(shapes.page(page))


def _list(page: Page) -> bytes:
    return shapes.text(shapes.page(page))


async def get_message(request: web.Request) -> web.Response:
    message = await request.app[WALL].message(forms.message_id(request))
    return shapes.answer({"message": shapes.message(message)})


async def create_message(request: web.Request) -> web.StreamResponse:
    typed = await forms.from_json(request)
    draft = Draft.of(typed.text, typed.name, typed.nonce)
    request.app[FLOOD].check(request)
    change = await request.app[WALL].post(draft)
    body = shapes.text({"message": shapes.message(change.message)})
    return CREATED.answer(request, body, seen(request, change))


async def stream(request: web.Request) -> web.StreamResponse:
    return await request.app[STREAMS].serve(request)


async def openapi(request: web.Request) -> web.Response:
    return web.Response(body=request.app[OPENAPI], content_type="application/json")
