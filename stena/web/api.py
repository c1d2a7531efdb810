from __future__ import annotations

from aiohttp import web

from stena.message import Draft
from stena.web import forms, shapes
from stena.web.keys import OPENAPI, WALL


async def list_messages(request: web.Request) -> web.Response:
    page = await request.app[WALL].page(forms.before(request), forms.limit(request))
    return shapes.answer(shapes.page(page))


async def get_message(request: web.Request) -> web.Response:
    message = await request.app[WALL].message(forms.message_id(request))
    return shapes.answer({"message": shapes.message(message)})


async def create_message(request: web.Request) -> web.Response:
    typed = await forms.from_json(request)
    draft = Draft.of(typed.text, typed.name, typed.nonce)
    message = await request.app[WALL].post(draft)
    return shapes.answer({"message": shapes.message(message)}, status=201)


async def openapi(request: web.Request) -> web.Response:
    return web.Response(body=request.app[OPENAPI], content_type="application/json")
