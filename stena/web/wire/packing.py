"""Compression: the encodings that the wall sends, and which one a client gets."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import brotli
import zstandard
from aiohttp import hdrs

from stena.web.internals.prepared import PreparedResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import web

Encoding = Literal["identity", "gzip", "br", "zstd"]

# What is read of a list of encodings; a browser's has 30 characters.
LONGEST_LIST = 500

# In the order of preference. A page is compressed once a change and sent many times, so some
# effort pays; higher levels take longer than a page stays valid on a busy wall.
PACK: dict[Encoding, Callable[[bytes], bytes]] = {
    "zstd": zstandard.ZstdCompressor(level=9).compress,
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "identity": lambda body: body,
}


def pack(body: bytes, encoding: Encoding, headers: Mapping[str, str]) -> PreparedResponse:
    """A response in one encoding; its ETag is a digest of the body."""
    if encoding != "identity":
        headers = {**headers, "Content-Encoding": encoding}
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}-{encoding}"'
    return PreparedResponse(PACK[encoding](body), headers, etag)


def encoding_for(request: web.Request) -> Encoding:
    """The best of our encodings that the client accepts."""
    return _best(request.headers.get(hdrs.ACCEPT_ENCODING, ""))


@lru_cache(maxsize=256)
def _best(accepted: str) -> Encoding:
    """The best of our encodings in an Accept-Encoding (RFC 9110, 12.5.3)."""
    offered: dict[str, bool] = {}
    for part in accepted[:LONGEST_LIST].lower().split(","):
        name, _, parameter = part.partition(";")
        quality = parameter.replace(" ", "")
        offered[name.strip()] = quality not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    for encoding in PACK:
        if encoding != "identity" and offered.get(encoding):
            return encoding
    return "identity"
