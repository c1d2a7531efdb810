from __future__ import annotations

from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.web.app_keys import JOBS, STOPPING, WALL
from stena.web.rendering.shapes import answer

if TYPE_CHECKING:
    from aiohttp import web


async def alive(_: web.Request) -> web.Response:
    """Liveness: the process answers; the database is not checked."""
    return answer({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Readiness: the database answers too and is migrated, and all background jobs run.

    A process that stops is not ready, so that proxies send no more to it.
    """
    if request.app[STOPPING].is_set():
        raise Refusal("stopping")
    request.app[JOBS].check()
    await request.app[WALL].ready()
    return answer({"status": "ok"})
