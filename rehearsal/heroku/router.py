"""Heroku's router: TLS to the client, a connection for each request to the dyno, timeouts."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import hdrs, web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rehearsal.heroku.app import App
    from rehearsal.heroku.dynos import Dyno, Dynos

# https://devcenter.heroku.com/articles/error-codes: H12 after 30 seconds to the first byte, H15
# after 55 between bytes, H20 after 75 without a dyno that is up.
FIRST_BYTE_SECONDS = 30
BETWEEN_BYTES_SECONDS = 55
WAITING_SECONDS = 75
# It tries again after 0.1 seconds if a dyno does not accept the connection.
RETRY_SECONDS = 0.1
HOP_BY_HOP = {
    hdrs.CONNECTION,
    hdrs.KEEP_ALIVE,
    hdrs.TRANSFER_ENCODING,
    hdrs.TE,
    hdrs.TRAILER,
    hdrs.UPGRADE,
    "Proxy-Connection",
}
LARGEST_BODY = 2**24


class Router:
    """Forwards each request to the web dyno of the app, and waits while none is up."""

    def __init__(self, app: App, dynos: Dynos) -> None:
        self._app = app
        self._dynos = dynos
        self.errors: list[str] = []

    def application(self) -> web.Application:
        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_route("*", "/{path:.*}", self._route)
        application.cleanup_ctx.append(self._session)
        return application

    async def _session(self, _: web.Application) -> AsyncGenerator[None]:
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        self._client = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
        )
        yield
        await self._client.close()

    async def _route(self, request: web.Request) -> web.StreamResponse:
        started = time.monotonic()
        number = secrets.token_hex(16)
        body = await request.read()
        deadline = started + WAITING_SECONDS
        while True:
            dyno = self._dynos.web
            if dyno is None:
                return self._refuse(request, number, "H14", "No web processes running")
            if dyno.is_up:
                try:
                    answer = await self._ask(dyno, request, number, body)
                except aiohttp.ClientConnectorError:
                    pass
                except TimeoutError:
                    return self._refuse(request, number, "H12", "Request timeout")
                except aiohttp.ClientError as error:
                    return self._refuse(request, number, "H13", f"No response: {error!r}")
                else:
                    return await self._hand_over(request, number, dyno, answer, started)
            elif dyno.state == "crashed":
                return self._refuse(request, number, "H10", "App crashed")
            if time.monotonic() > deadline:
                return self._refuse(request, number, "H20", "App boot timeout")
            await asyncio.sleep(RETRY_SECONDS)

    async def _ask(
        self, dyno: Dyno, request: web.Request, number: str, body: bytes
    ) -> aiohttp.ClientResponse:
        headers = request.headers.copy()
        for name in HOP_BY_HOP:
            headers.popall(name, None)
        hops = [*headers.popall("X-Forwarded-For", []), request.remote or ""]
        headers["X-Forwarded-For"] = ", ".join(hops)
        headers["X-Forwarded-Proto"] = "https"
        headers["X-Forwarded-Port"] = "443"
        headers["X-Request-Id"] = number
        headers["X-Request-Start"] = str(int(time.time() * 1000))
        headers["Via"] = "1.1 heroku-router"
        headers["Connection"] = "close"
        async with asyncio.timeout(FIRST_BYTE_SECONDS):
            return await self._client.request(
                request.method,
                f"http://127.0.0.1:{dyno.port}{request.raw_path}",
                headers=headers,
                data=body or None,
                allow_redirects=False,
            )

    async def _hand_over(
        self,
        request: web.Request,
        number: str,
        dyno: Dyno,
        answer: aiohttp.ClientResponse,
        started: float,
    ) -> web.StreamResponse:
        headers = answer.headers.copy()
        for name in HOP_BY_HOP:
            headers.popall(name, None)
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        size = 0
        try:
            while True:
                async with asyncio.timeout(BETWEEN_BYTES_SECONDS):
                    chunk = await answer.content.readany()
                if not chunk:
                    break
                size += len(chunk)
                await response.write(chunk)
            await response.write_eof()
        except ConnectionResetError:
            pass  # the client has disconnected
        except TimeoutError:
            self._error(request, number, "H15", "Idle connection")
        except aiohttp.ClientError as error:
            self._error(request, number, "H18", f"Server closed: {error!r}")
            if request.transport:
                request.transport.abort()
        finally:
            answer.close()
            milliseconds = (time.monotonic() - started) * 1000
            self._line(
                request,
                number,
                f"at=info dyno={dyno.name} service={milliseconds:.0f}ms status={answer.status} "
                f"bytes={size}",
            )
        return response

    def _refuse(self, request: web.Request, number: str, code: str, what: str) -> web.Response:
        self._error(request, number, code, what)
        return web.Response(status=503, text="<h1>Application error</h1>", content_type="text/html")

    def _error(self, request: web.Request, number: str, code: str, what: str) -> None:
        self.errors.append(f"{code} {what} {request.method} {request.path}")
        self._line(request, number, f'at=error code={code} desc="{what}"')

    def _line(self, request: web.Request, number: str, rest: str) -> None:
        self._app.log.write(
            "heroku",
            "router",
            f'method={request.method} path="{request.path}" host={request.host} '
            f'request_id={number} fwd="{request.remote}" protocol=https {rest}',
        )
