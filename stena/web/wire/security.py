from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.app_keys import FRAME_POLICY
from stena.web.headers import ENCRYPTED, FOR_TEAM, HEADERS, NO_FRAMES, POLICY, PRIVATE
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from stena.web.wire.look import Look


async def seal(request: web.Request, response: web.StreamResponse) -> None:
    """Add security and caching headers; aiohttp calls this for every response it prepares."""
    look = request[LOOK]
    if look.encrypted:
        response.headers.update(ENCRYPTED)
    if look.for_team:
        response.headers.update(FOR_TEAM)
    if "Content-Security-Policy" in response.headers:
        return  # a prepared response has its own
    response.headers.update(headers(request.app, look))
    for name, value in PRIVATE.items():
        response.headers.setdefault(name, value)


def headers(app: web.Application, look: Look) -> dict[str, str]:
    """The headers of every answer; in a frame, with the policy that lets other sites frame it."""
    if look.framed:
        return {**HEADERS, "Content-Security-Policy": app[FRAME_POLICY]}
    return HEADERS


def frame_policy(origins: Sequence[str]) -> str:
    """The content security policy of pages below /embed."""
    return POLICY.replace(NO_FRAMES, f"frame-ancestors {' '.join(origins)}") if origins else POLICY
