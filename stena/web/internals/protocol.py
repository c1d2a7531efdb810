"""aiohttp's protocol and runner, with the wall's error format and a graceful shutdown.

Relies on aiohttp's internals, which tests/web/test_internals.py pins: `_current_request`,
`_manager`, `close`, `shutdown`, `handle_error`, `connection_lost` and `_request_factory` of
RequestHandler, `_connections` of Server, how AppRunner makes its server, and how that makes a
request.
"""

from __future__ import annotations

import asyncio
import gc
import re
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod
from pydantic_core import to_json

from stena import files
from stena.tally import Tally
from stena.web.app_keys import BASE, STOPPING
from stena.web.explained import Explained, shape
from stena.web.headers import HEADERS, JSON
from stena.web.refusals import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.http_parser import RawRequestMessage
    from aiohttp.web_request import BaseRequest

log = structlog.get_logger(__name__)

# How long a process that stops waits for a body that has begun to arrive.
ARRIVAL_SECONDS = 2
# A client that has not taken a byte of what it asked for in so many seconds is disconnected.
UNREAD_SECONDS = 30
# Of idle connections, so many are closed at once when there is no room for a new one: all of them
# have to be looked at to find one.
BATCH = 50


class Protocol(web.RequestHandler):
    """Errors have our shape and headers, and the log has no client address."""

    __slots__ = ("_check", "_on_lost", "_unsent")

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop, **kwargs: Any) -> None:  # noqa: ANN401 -- as aiohttp's
        super().__init__(server, loop=loop, **kwargs)
        self._on_lost: Callable[[], object] | None = None
        self._unsent = 0
        self._check: asyncio.TimerHandle | None = None

    @property
    def is_stream(self) -> bool:
        """Whether it serves a live reader, whose request does not end."""
        return self._on_lost is not None

    def serve_reader(self, on_lost: Callable[[], object]) -> None:
        """Keep the connection open, and call this when it ends.

        A view that only writes learns of the end when it writes next.
        """
        self._on_lost = on_lost

    def pause_writing(self) -> None:
        """Watch a client that does not read as fast as it is written to."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unwatch()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._unwatch()
        super().connection_lost(exc)
        if self._on_lost is not None:
            self._on_lost()

    def _watch(self) -> None:
        if self.transport is not None:
            self._unsent = self.transport.get_write_buffer_size()
            self._check = self._loop.call_later(UNREAD_SECONDS, self._disconnect_if_unread)

    def _unwatch(self) -> None:
        if self._check is not None:
            self._check.cancel()

    def _disconnect_if_unread(self) -> None:
        if self.transport is None:
            return
        if self.transport.get_write_buffer_size() < self._unsent:
            self._watch()
        else:
            cast("Server", self._manager).tally.count("unread")
            self.transport.abort()

    def close(self) -> None:
        """Stop after the current request; aiohttp would drop a body that is still arriving."""
        request = self._current_request
        if request is None or request.content.is_eof():
            super().close()
        else:
            request.content.on_eof(super().close)

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 -- as aiohttp's
        """The same for the moment when aiohttp closes the remaining connections."""
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
        """Answer and close: after malformed bytes the start of the next request is unknown."""
        if request.writer.output_size > 0:
            raise ConnectionError("part of a response has been sent, no other can follow")
        code = _code(status, exc)
        if isinstance(exc, ConnectionError):
            # While its body arrived. The answer reaches nobody, but aiohttp wants one.
            log.info("client_disconnected")
        elif code == "internal":
            log.error("protocol_failed", exc_info=exc)
        else:
            log.debug("not_http", kind=type(exc).__name__)
        status, sentence = REFUSALS[code]
        explained = Explained(status, code, None, sentence % {"number": "-"})
        body, headers = to_json(shape(explained)), {**HEADERS, "Content-Type": JSON}
        response = web.Response(body=body, status=status, headers=headers)
        if code == "method_not_allowed":
            # The parser stops at the method, so the path and its methods are not known.
            response.headers["Allow"] = "GET, HEAD, POST"
        response.force_close()
        return response


def _code(status: int, error: BaseException | None) -> str:
    # The request was never complete; a 500 in the access log would be a failure of the wall.
    if isinstance(error, ConnectionError):
        return "bad_request"
    if status != web.HTTPBadRequest.status_code:
        return "internal"
    # A request line with a method that no standard defines is a well-formed request; the parser
    # quotes the line in its message.
    if isinstance(error, BadHttpMethod) and _REQUEST_LINE.search(error.message):
        return "method_not_allowed"
    return "bad_request"


_REQUEST_LINE = re.compile(r"[A-Z]+ /\S* HTTP/1\.[01]")


class Server(web.Server):
    """The connections of one process; a new one always gets a place.

    Attributes:
        places: how many connections there may be.
        tally: of the connections that were closed, by the reason.
    """

    places: int
    tally: Tally

    def __call__(self) -> web.RequestHandler:
        return Protocol(self, self._loop, **self._kwargs)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        if len(self._connections) >= self.places:
            self._make_room()
        super().connection_made(handler, transport)

    def _make_room(self) -> None:
        """Close the oldest connections that wait for a request, or else the oldest busy one.

        So neither idle connections nor slow requests keep others from being served. A health check
        asks as soon as it is connected.
        """
        idle = [one for one in self._connections if one._current_request is None]  # noqa: SLF001 -- see above
        busy = (one for one in self._connections if isinstance(one, Protocol) and not one.is_stream)
        reason, chosen = ("idle", idle[:BATCH]) if idle else ("slow", [*islice(busy, 1)])
        for one in chosen:
            # aiohttp would forget it later, and the next connection would find no room either.
            del self._connections[one]
            if one.transport is not None:
                one.transport.abort()
        self.tally.count(reason, len(chosen))

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- as aiohttp's
        self.tally.close()
        await super().shutdown(timeout)


class Runner(web.AppRunner):
    """aiohttp's runner, which has no parameter for a protocol, with ours."""

    async def setup(self) -> None:
        """Start the application; once in a process."""
        await super().setup()
        # What is loaded by now stays. Without this the garbage collector visits all of it again and
        # again, and the event loop waits.
        gc.collect()
        gc.freeze()

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        server.__class__ = Server
        own = cast("Server", server)
        own.places = files.connections()
        own.tally = Tally("connections_closed", "reason")
        if base := self.app[BASE]:
            own.request_factory = partial(_below, base, own.request_factory)
        return own

    def drain(self) -> None:
        """Serve on, but not ready, and close each connection with its next answer.

        A proxy then keeps none open that would be closed when it sends the next request.
        """
        self.app[STOPPING].set()
        server = self.server
        assert server is not None  # noqa: S101 -- it serves
        server.request_factory = make = partial(_last, server.request_factory)
        for protocol in server.connections:
            protocol._request_factory = make  # noqa: SLF001 -- its copy of the server's


def _last(
    make: Callable[..., BaseRequest], message: RawRequestMessage, *rest: object
) -> BaseRequest:
    """The request, as if its client had asked to close the connection."""
    return make(message._replace(should_close=True), *rest)


def _below(
    base: str, make: Callable[..., BaseRequest], message: RawRequestMessage, *rest: object
) -> BaseRequest:
    """The request, without the wall's path; some proxies have removed it, others pass it on."""
    path = message.url.raw_path
    if path == base or path.startswith(f"{base}/"):
        path = path[len(base) :] or "/"
        url = message.url.with_path(path, encoded=True, keep_query=True)
        message = message._replace(url=url)
    return make(message, *rest)
