"""The script that other sites include to show the wall in a frame.

The pages below /embed are those of the wall, made for a frame. The sites in `wall.origins` may
frame them; no other page may be framed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from stena.web.headers import HEADERS
from stena.web.rendering.assets import STATIC
from stena.web.wire.look import LOOK
from stena.web.wire.packing import encoding_for, pack

if TYPE_CHECKING:
    from aiohttp import web

    from stena.web.internals.prepared import PreparedResponse
    from stena.web.wire.packing import Encoding

SCRIPT_HEADERS = {
    **HEADERS,
    "Content-Type": "text/javascript; charset=utf-8",
    # The only file that other sites may load.
    "Cross-Origin-Resource-Policy": "cross-origin",
    # Without it no browser runs the script as a module.
    "Access-Control-Allow-Origin": "*",
    # They include it without a digest, so it must not be cached for long.
    "Cache-Control": "public, max-age=3600",
    "Vary": "Accept-Encoding",
}


async def script(request: web.Request) -> web.StreamResponse:
    """The script, which creates the frame."""
    encoding = encoding_for(request)
    return _script(encoding).answer(request, encrypted=request[LOOK].encrypted)


@lru_cache(maxsize=4)
def _script(encoding: Encoding) -> PreparedResponse:
    return pack((STATIC / "embed.js").read_bytes(), encoding, SCRIPT_HEADERS)
