"""The body of a request: limited in size and in time."""

from __future__ import annotations

import asyncio
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING

from aiohttp import hdrs

from stena.refusal import Refusal
from stena.web.inputs.origin import check_same_origin

if TYPE_CHECKING:
    from aiohttp import web

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 10
# A type with its parameters. Python's parser takes time that grows with the square of the length:
# 0.2 s for a header of 8,000 semicolons.
LONGEST_TYPE = 200


async def read(request: web.Request, media_type: str) -> bytes:
    """The body, if it has the media type and came from our own page or a program.

    Raises:
        Refusal: cross_site, unsupported_media_type, too_large, too_slow.
    """
    check_same_origin(request)
    if _media_type(request.headers.get(hdrs.CONTENT_TYPE, "")) != (media_type, "utf-8"):
        raise Refusal("unsupported_media_type")
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Refusal("unsupported_media_type")
    # Most bodies arrive with the headers, and need no waiting.
    arrived = request.content.is_eof()
    body = request.content.read_nowait() if arrived else await _arriving(request)
    if len(body) > BODY_LIMIT:
        raise Refusal("too_large", limit=BODY_LIMIT)
    return body


async def _arriving(request: web.Request) -> bytes:
    """The whole body, or slightly more than the limit."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise Refusal("too_large", limit=BODY_LIMIT)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_LIMIT:
                    break
    except TimeoutError:
        raise Refusal("too_slow") from None
    return bytes(body)


# Nearly all requests have the same header, and parsing it costs more than parsing the body.
@lru_cache(maxsize=256)
def _media_type(header: str) -> tuple[str, str]:
    """The type and the charset of a Content-Type, in lower case; empty if it has none."""
    if len(header) > LONGEST_TYPE:
        return "", ""
    parsed = Message()
    parsed["Content-Type"] = header or "application/octet-stream"
    try:
        return parsed.get_content_type(), parsed.get_content_charset() or "utf-8"
    except ValueError:
        return "", ""  # a parameter in parts (RFC 2231) whose number is no number
