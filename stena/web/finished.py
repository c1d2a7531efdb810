"""Answers in one write: aiohttp's way through a response costs a third of answering."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, web

from stena.web.security import ENCRYPTED, HEADERS, is_encrypted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.web_request import BaseRequest


class Finished:
    """An answer that is the same for many, made once as it goes over the wire."""

    __slots__ = ("_body", "_etag", "_headers", "_not_modified", "_whole")

    def __init__(self, body: bytes, headers: Mapping[str, str], etag: str) -> None:
        self._body = body
        self._etag = etag
        self._headers = {**headers, "ETag": etag}
        self._whole = _both(200, {**self._headers, "Content-Length": str(len(body))}, body)
        self._not_modified = _both(304, self._headers, b"")

    def answer(self, request: web.Request) -> web.StreamResponse:
        """All of it, or 304 for who has it already."""
        # One of a list, perhaps marked as weak by a proxy; a tag is quoted, so it is found whole.
        known = self._etag in request.headers.get("If-None-Match", "")
        if is_plain(request) and not request.rel_url.raw_query_string:
            return (self._not_modified if known else self._whole)[is_encrypted(request)]
        status, body = (304, None) if known else (200, self._body)
        return web.Response(status=status, body=body, headers=self._headers)


class Opening:
    """What answers of one kind have in common: their status and most of their headers."""

    __slots__ = ("_common", "_headers", "_status")

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self._status = status
        self._headers = headers
        self._common = head(status, headers)

    def answer(
        self, request: web.Request, body: bytes, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        """An answer to one request, with headers of its own."""
        if is_plain(request):
            own = b"%b%bContent-Length: %d\r\n" % (lines(headers), _encrypted(request), len(body))
            return _AsItIs(self._status, self._common + own, body)
        return web.Response(status=self._status, body=body, headers={**self._headers, **headers})


def is_plain(request: web.Request) -> bool:
    """Whether the answer needs no word on the connection, and has a body."""
    return request.version == HttpVersion11 and request.keep_alive and request.method != "HEAD"


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """The first line and the headers that every answer has, and these."""
    return f"HTTP/1.1 {_STATUS[status]}\r\n".encode("ascii") + lines({**HEADERS, **headers})


def lines(headers: Mapping[str, str]) -> bytes:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode("ascii")


class _AsItIs(web.StreamResponse):
    """A response that needs nothing from aiohttp but its connection, so any number may share it."""

    def __init__(self, status: int, opening: bytes, body: bytes) -> None:
        super().__init__(status=status)
        self._undated = opening
        self._second = 0
        self._opening = b""
        self._rest = body

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter:
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._opening = b"%bDate: %b\r\n\r\n" % (self._undated, _date(second))
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the visitor has left")
        # Both in one call, and the body, which may be a page, is not copied for it.
        transport.writelines((self._opening, self._rest))
        request.writer.output_size += len(self._opening) + len(self._rest)
        # Who asks and does not read has to wait, or the answers pile up in our memory.
        await request.writer.drain()
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the length was among the headers."""


def _both(status: int, headers: Mapping[str, str], body: bytes) -> tuple[_AsItIs, _AsItIs]:
    """For who came as they are, and for who came encrypted."""
    opening = head(status, headers)
    return _AsItIs(status, opening, body), _AsItIs(status, opening + _ENCRYPTED, body)


def _encrypted(request: web.Request) -> bytes:
    return _ENCRYPTED if is_encrypted(request) else b""


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode("ascii")


_ENCRYPTED = lines(ENCRYPTED)
_STATUS = {200: "200 OK", 201: "201 Created", 304: "304 Not Modified"}
