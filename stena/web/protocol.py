"""What is answered where there is no request: bytes that are no HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from stena.web.errors import REFUSALS, Explained, shape
from stena.web.security import HEADERS
from stena.web.shapes import answer

if TYPE_CHECKING:
    from aiohttp.web_request import BaseRequest

log = structlog.get_logger(__name__)


class Protocol(web.RequestHandler):
    """aiohttp's, but its errors have our shape and headers, and no address in the log."""

    __slots__ = ()

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
        if status == web.HTTPBadRequest.status_code:
            log.debug("not_http", kind=type(exc).__name__)
        else:
            log.error("protocol_failed", exc_info=exc)
        code = "bad_request" if status == web.HTTPBadRequest.status_code else "internal"
        sentence = REFUSALS[code][1] % {"number": "-"}
        response = answer(shape(Explained(status, code, None, sentence)), status=status)
        response.headers.update(HEADERS)
        response.force_close()
        return response


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return Protocol(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """aiohttp's runner with our Protocol, for which it has no parameter."""

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        server.__class__ = _Server
        return server
