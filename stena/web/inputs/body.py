"""The body of a request: limited in size and in time."""

from __future__ import annotations

import asyncio
import codecs
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from aiohttp import hdrs

from stena.refusal import Refusal
from stena.web.inputs.origin import check_same_origin

if TYPE_CHECKING:
    from aiohttp import web

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 10
# A type with its parameters.
LONGEST_TYPE = 200
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
# Names of UTF-8 and of a part of it; no name means it too.
UTF_8 = {"", "utf-8", "utf8", "utf-8-sig", "us-ascii", "ascii"}


async def read(request: web.Request, media_type: str) -> bytes:
    """The body, if it has the media type and came from our own page or a program.

    Raises:
        Refusal: cross_site, unsupported_media_type, too_large, too_slow.
    """
    check_same_origin(request)
    if _media_type(request.headers.get(hdrs.CONTENT_TYPE, "")) != (media_type, "utf-8"):
        raise Refusal("unsupported_media_type")
    # Some programs name the charset here.
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
    if encoding not in {"", "identity", "utf-8"}:
        raise Refusal("unsupported_media_type")
    # Most bodies arrive with the headers, and need no waiting.
    arrived = request.content.is_eof()
    body = request.content.read_nowait() if arrived else await _arriving(request)
    if len(body) > BODY_LIMIT:
        raise Refusal("too_large", limit=BODY_LIMIT)
    # Editors and Windows begin a file with it.
    return body.removeprefix(codecs.BOM_UTF8)


async def read_json(request: web.Request) -> bytes:
    """The same of JSON, without halves of surrogate pairs: pictures that a program has cut.

    Raises:
        Refusal: as read.
    """
    sent = await read(request, JSON)
    return _ESCAPED.sub(_whole, sent) if b"\\ud" in sent or b"\\uD" in sent else sent


def _whole(escaped: re.Match[bytes]) -> bytes:
    return b"" if escaped["half"] else escaped[0]


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


# Nearly all requests have the same header.
@lru_cache(maxsize=256)
def _media_type(header: str) -> tuple[str, str]:
    """The type and the charset of a Content-Type, however a program writes them; empty if none."""
    if len(header) > LONGEST_TYPE:
        return "", ""
    # Some send the header twice, and a proxy joins both with a comma.
    kind, *parameters = [part.partition(",")[0].strip().lower() for part in header.split(";")]
    pairs = [parameter.partition("=") for parameter in parameters]
    charset = next((value for name, _, value in pairs if name.strip() == "charset"), "")
    charset = charset.strip(" \t\"'").replace("_", "-")
    return (JSON if _JSON.fullmatch(kind) else kind), "utf-8" if charset in UTF_8 else charset


_ESCAPED = re.compile(
    rb"\\u[Dd][89ABab]..\\u[Dd][C-Fc-f].."
    rb"|\\(?:(?P<half>u[Dd][89A-Fa-f][0-9A-Fa-f]{2})|.)",
    re.DOTALL,
)
_JSON = re.compile(r"application/(?:[a-z0-9.-]+\+)?json|text/json|application/x-json")
