from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from aiohttp.abc import AbstractAccessLogger

from stena.web.errors import route

if TYPE_CHECKING:
    from aiohttp import web

log = structlog.get_logger(__name__)


class RequestLog(AbstractAccessLogger):
    """A line for each request: what was asked and how long it took, never who asked."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        log.info(
            "request",
            method=request.method,
            route=route(request),
            status=response.status,
            milliseconds=round(time * 1000, 1),
        )
