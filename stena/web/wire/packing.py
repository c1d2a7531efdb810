"""Compression: the encodings that the wall sends, and which one a client gets."""

from __future__ import annotations

import gzip
import hashlib
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import brotli
import zstandard
from aiohttp import hdrs, web

from stena.web.internals.prepared import PreparedResponse
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Encoding = Literal["identity", "gzip", "br", "zstd"]

# What is read of a list of encodings; a browser's has 30 characters.
LONGEST_LIST = 500

# In the order of preference, for what is compressed often.
FASTEST: tuple[Encoding, ...] = ("zstd", "br", "gzip")
# A page is compressed once a change and sent many times, so some
# effort pays; higher levels take longer than a page stays valid on a busy wall.
PACK: dict[Encoding, Callable[[bytes], bytes]] = {
    "zstd": zstandard.ZstdCompressor(level=9).compress,
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "identity": lambda body: body,
}
# What stays the same until the next release: the largest takes 40 ms, once.
PACK_SMALL: dict[Encoding, Callable[[bytes], bytes]] = {
    **PACK,
    "zstd": zstandard.ZstdCompressor(level=19).compress,
    "br": lambda body: brotli.compress(body, quality=11),
    "gzip": lambda body: gzip.compress(body, 9, mtime=0),
}
# Brotli knows the words of scripts and styles, and makes them a tenth smaller than zstd does.
SMALLEST: tuple[Encoding, ...] = ("br", "zstd", "gzip")
# What is sent once. These levels take less than a millisecond for the largest page of most walls.
PACK_ONCE: dict[Encoding, Callable[[bytes], bytes]] = {
    **PACK,
    "zstd": zstandard.ZstdCompressor(level=3).compress,
    "br": lambda body: brotli.compress(body, quality=4),
    "gzip": lambda body: gzip.compress(body, 4, mtime=0),
}
# Shorter texts are one packet anyway.
LEAST = 500
# The random padding of what is for one reader: fewer bytes than this, as twice as many digits.
PADDING = 32


def compress(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Compress an answer that is made for one request.

    Streams are left alone: a compressor would hold back their events.
    """
    if not isinstance(response, web.Response) or hdrs.CONTENT_ENCODING in response.headers:
        return response
    body, kind = response.body, response.content_type
    if not isinstance(body, bytes) or len(body) < LEAST or not _is_text(kind):
        return response
    encoding = encoding_for(request)
    if encoding != "identity":
        if kind == "text/html" and (request[LOOK].for_team or _is_stored_nowhere(response)):
            body += _padding()
        response.body = PACK_ONCE[encoding](body)
        response.headers[hdrs.CONTENT_ENCODING] = encoding
    return response


def pack(body: bytes, encoding: Encoding, headers: Mapping[str, str]) -> PreparedResponse:
    """A response in one encoding; its ETag is a digest of the body."""
    if encoding != "identity":
        headers = {**headers, "Content-Encoding": encoding}
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}-{encoding}"'
    return PreparedResponse(PACK[encoding](body), headers, etag)


def encoding_for(request: web.Request, preferred: tuple[Encoding, ...] = FASTEST) -> Encoding:
    """The best of our encodings that the client accepts."""
    return _best(request.headers.get(hdrs.ACCEPT_ENCODING, ""), preferred)


def _is_text(content_type: str) -> bool:
    return content_type.startswith("text/") or content_type.endswith(("json", "xml"))


def _is_stored_nowhere(response: web.Response) -> bool:
    return "no-store" in response.headers.get(hdrs.CACHE_CONTROL, "")


def _padding() -> bytes:
    """Bytes of a random number, so that the length of an answer says nothing of a secret in it.

    Someone who sees the lengths of encrypted answers, and has words of their own in them, could
    otherwise guess the secret piece by piece (BREACH): a right guess compresses better.
    """
    return b"<!-- %b -->" % secrets.token_hex(secrets.randbelow(PADDING)).encode()


@lru_cache(maxsize=256)
def _best(accepted: str, preferred: tuple[Encoding, ...]) -> Encoding:
    """The best of our encodings in an Accept-Encoding (RFC 9110, 12.5.3)."""
    offered: dict[str, bool] = {}
    for part in accepted[:LONGEST_LIST].lower().split(","):
        name, _, parameter = part.partition(";")
        quality = parameter.replace(" ", "")
        offered[name.strip()] = quality not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    for encoding in preferred:
        if offered.get(encoding):
            return encoding
    return "identity"
