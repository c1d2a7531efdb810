from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.keys import WALL
from stena.web.shapes import answer

if TYPE_CHECKING:
    from aiohttp import web


async def alive(_: web.Request) -> web.Response:
    """The process answers; nothing is said of the database."""
    return answer({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """The database answers too, and has been migrated."""
    await request.app[WALL].ready()
    return answer({"status": "ok"})
