"""Responses in one write: aiohttp's own way through a response takes a third of a request's time.

Relies on aiohttp's internals, which tests/web/test_internals.py pins: that the server calls only
`prepare` and `write_eof` of a response, and logs from its `status` and the writer's `output_size`.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, hdrs, web

from stena.web.headers import ENCRYPTED, HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.web_request import BaseRequest


class PreparedResponse:
    """A response that many clients get, built once as it goes over the wire."""

    __slots__ = ("_body", "_etag", "_headers", "_not_modified", "_whole")

    def __init__(self, body: bytes, headers: Mapping[str, str], etag: str) -> None:
        self._body = body
        self._etag = etag
        self._headers = {**headers, "ETag": etag}
        self._whole = _both(200, {**self._headers, "Content-Length": str(len(body))}, body)
        self._not_modified = _both(304, self._headers, b"")

    def answer(
        self, request: web.Request, *, encrypted: bool, shared: bool = True
    ) -> web.StreamResponse:
        """The whole response, or 304 if the client has it already.

        One that is not `shared` can get headers of its own.
        """
        # The header may list several tags, marked as weak by a proxy; a tag is quoted, so a
        # substring is the whole tag.
        known = self._etag in request.headers.get(hdrs.IF_NONE_MATCH, "")
        if shared and _is_plain(request) and not request.rel_url.raw_query_string:
            return (self._not_modified if known else self._whole)[encrypted]
        status, body = (304, None) if known else (200, self._body)
        return web.Response(status=status, body=body, headers=self._headers)


class ResponseHead:
    """The status and the headers that the answers of one kind share."""

    __slots__ = ("_common", "_headers", "_status")

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self._status = status
        self._headers = headers
        self._common = response_head(status, headers)

    def answer(
        self, request: web.Request, body: bytes, headers: Mapping[str, str], *, encrypted: bool
    ) -> web.StreamResponse:
        """A response to one request, with `headers` of its own."""
        if _is_plain(request):
            secure = _ENCRYPTED if encrypted else b""
            own = b"%b%bContent-Length: %d\r\n" % (header_lines(headers), secure, len(body))
            return _RawResponse(self._status, self._common + own, body)
        return web.Response(status=self._status, body=body, headers={**self._headers, **headers})


def response_head(status: int, headers: Mapping[str, str]) -> bytes:
    """The status line, the headers of every answer, and `headers`."""
    line = f"HTTP/1.1 {_STATUS[status]}\r\n".encode("ascii")
    return line + header_lines({**HEADERS, **headers})


def header_lines(headers: Mapping[str, str]) -> bytes:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode("ascii")


class _RawResponse(web.StreamResponse):
    """Bytes that need only aiohttp's connection; any number of requests may share it."""

    def __init__(self, status: int, head: bytes, body: bytes) -> None:
        super().__init__(status=status)
        self._undated_head = head
        self._second = 0
        self._dated_head = b""
        self._raw_body = body

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter:
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._dated_head = b"%bDate: %b\r\n\r\n" % (self._undated_head, _date(second))
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has disconnected")
        # One call for both, so that a large body is not copied.
        transport.writelines((self._dated_head, self._raw_body))
        writer = request.writer
        writer.output_size += len(self._dated_head) + len(self._raw_body)
        # Back-pressure: a client that does not read must not fill our memory.
        if transport.get_write_buffer_size():
            await writer.drain()
        return writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the head contains the length."""


def _is_plain(request: web.Request) -> bool:
    """Whether the raw bytes fit the request: HTTP/1.1, kept alive, with a body."""
    return request.version == HttpVersion11 and request.keep_alive and request.method != "HEAD"


def _both(
    status: int, headers: Mapping[str, str], body: bytes
) -> tuple[_RawResponse, _RawResponse]:
    """The response over HTTP and over HTTPS."""
    head = response_head(status, headers)
    return _RawResponse(status, head, body), _RawResponse(status, head + _ENCRYPTED, body)


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode("ascii")


_ENCRYPTED = header_lines(ENCRYPTED)
_STATUS = {200: "200 OK", 201: "201 Created", 202: "202 Accepted", 304: "304 Not Modified"}
