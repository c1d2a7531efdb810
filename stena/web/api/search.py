from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.app_keys import WALL
from stena.web.inputs import query
from stena.web.rendering import shapes
from stena.web.wire import rate_limit
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp import web


async def search_messages(request: web.Request) -> web.Response:
    asked = query.search(request)
    with rate_limit.timed(request[LOOK]):
        found = await request.app[WALL].search(asked)
    return shapes.answer(
        {
            "messages": [shapes.message(match.message) for match in found.matches],
            "found": [{"text": match.in_text, "name": match.in_name} for match in found.matches],
            "next": str(found.next) if found.next else None,
        }
    )
