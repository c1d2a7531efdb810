"""What is answered where there is no request: bytes that are no HTTP."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod

from stena.web.errors import REFUSALS, Explained, shape
from stena.web.security import HEADERS
from stena.web.shapes import answer

if TYPE_CHECKING:
    from aiohttp.web_request import BaseRequest

log = structlog.get_logger(__name__)

# How long a stopping program waits for a body that has begun to arrive.
ARRIVAL_SECONDS = 3


class Protocol(web.RequestHandler):
    """aiohttp's, but its errors have our shape and headers, and no address in the log."""

    __slots__ = ()

    def close(self) -> None:
        """Stop after the request in hand; aiohttp drops the body that is still on its way."""
        request = self._current_request
        if request is None or request.content.is_eof():
            super().close()
        else:
            request.content.on_eof(super().close)

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 -- as aiohttp's
        """The same, for the moment when aiohttp closes what is left."""
        request = self._current_request
        if request is not None and not request.content.is_eof():
            arrived = asyncio.Event()
            request.content.on_eof(arrived.set)
            with suppress(TimeoutError):
                async with asyncio.timeout(ARRIVAL_SECONDS):
                    await arrived.wait()
        await super().shutdown(timeout)

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 -- it quotes what was sent
    ) -> web.StreamResponse:
        """Answer and hang up: after such bytes nobody knows where the next request begins."""
        if request.writer.output_size > 0:
            raise ConnectionError("half an answer has been sent, no other can follow")
        code = _code(status, exc)
        if code == "internal":
            log.error("protocol_failed", exc_info=exc)
        else:
            log.debug("not_http", kind=type(exc).__name__)
        status, sentence = REFUSALS[code]
        explained = Explained(status, code, None, sentence % {"number": "-"})
        response = answer(shape(explained), status=status)
        response.headers.update(HEADERS)
        if code == "method_not_allowed":
            # The parser gives up at the method, so nobody has looked which path it was for.
            response.headers["Allow"] = "GET, HEAD, POST"
        response.force_close()
        return response


def _code(status: int, error: BaseException | None) -> str:
    if status != web.HTTPBadRequest.status_code:
        return "internal"
    # The parser quotes what it read: a request line with a method that no standard has is a
    # request all the same.
    if isinstance(error, BadHttpMethod) and _REQUEST_LINE.search(error.message):
        return "method_not_allowed"
    return "bad_request"


_REQUEST_LINE = re.compile(r"[A-Z]+ /\S* HTTP/1\.[01]")


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return Protocol(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """aiohttp's runner with our Protocol, for which it has no parameter."""

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        server.__class__ = _Server
        return server
