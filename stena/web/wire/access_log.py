from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from aiohttp.abc import AbstractAccessLogger

if TYPE_CHECKING:
    from aiohttp import web

log = structlog.get_logger(__name__)

# The name of the route of all paths that no other route matches.
UNKNOWN = "unknown"


class AccessLog(AbstractAccessLogger):
    """A line for each request: what was asked and how long it took, without the client."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        log.info(
            "request",
            method=request.method,
            route=route(request),
            status=response.status,
            milliseconds=round(time * 1000, 1),
        )


def route(request: web.BaseRequest) -> str:
    """The pattern of the path, not the path itself, which may contain a visitor's text."""
    try:
        resource = request.match_info.route.resource  # type: ignore[attr-defined]  # see below
    except (AssertionError, AttributeError):
        # No route was looked for, since the request could not be parsed: aiohttp's match is None.
        return UNKNOWN
    return resource.canonical if resource and resource.name != UNKNOWN else UNKNOWN
