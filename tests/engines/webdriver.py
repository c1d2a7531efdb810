"""The commands of WebDriver, as far as the journey needs them, over HTTP and over Marionette.

https://www.w3.org/TR/webdriver2/
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import ClientSession, ClientTimeout

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncGenerator

# By the name that Firefox gives the command, its method and address over HTTP.
COMMANDS = {
    "CloseWindow": ("DELETE", "window"),
    "DeleteAllCookies": ("DELETE", "cookie"),
    "ElementClear": ("POST", "element/{id}/clear"),
    "ElementClick": ("POST", "element/{id}/click"),
    "ElementSendKeys": ("POST", "element/{id}/value"),
    "ExecuteScript": ("POST", "execute/sync"),
    "FindElements": ("POST", "elements"),
    "GetCurrentURL": ("GET", "url"),
    "GetElementText": ("GET", "element/{id}/text"),
    "GetWindowHandles": ("GET", "window/handles"),
    "Navigate": ("POST", "url"),
    "NewWindow": ("POST", "window/new"),
    "Refresh": ("POST", "refresh"),
    "SetWindowRect": ("POST", "window/rect"),
    "SwitchToFrame": ("POST", "frame"),
    "SwitchToWindow": ("POST", "window"),
}


# No command takes longer, except for a browser that has stopped.
LONGEST = 120


class Refused(Exception):  # noqa: N818 -- the driver's answer, which a test may expect
    """The browser could not do it."""


class Session(Protocol):
    """A browser that takes commands."""

    async def send(self, command: str, /, **fields: object) -> Any:  # noqa: ANN401 -- JSON
        """Send one command. Returns its value, or raises Refused."""


class Remote:
    """A session over HTTP, as the standard has it."""

    def __init__(self, client: ClientSession, path: str) -> None:
        self._client = client
        self._path = path

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, capabilities: dict[str, Any]) -> AsyncGenerator[Remote]:
        async with ClientSession(url, timeout=ClientTimeout(LONGEST)) as client:
            body = {"capabilities": {"alwaysMatch": capabilities}}
            session = await cls(client, "").ask("POST", "/session", body)
            path = f"/session/{session['sessionId']}"
            yield cls(client, path)
            await cls(client, "").ask("DELETE", path)

    async def send(self, command: str, /, **fields: object) -> Any:  # noqa: ANN401 -- JSON
        method, path = COMMANDS[command]
        body = fields if method == "POST" else None
        return await self.ask(method, f"{self._path}/{path.format(**fields)}", body)

    async def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 -- JSON
        async with self._client.request(method, path, json=body) as answer:
            value = (await answer.json(content_type=None))["value"]
        if not answer.ok:
            raise Refused(f"{value['error']}: {value['message']}")
        return value


class Marionette:
    """A session with Firefox itself, without the program that translates HTTP for it.

    Debian does not have that program, and what is on PyPI is not Mozilla's.
    """

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int) -> AsyncGenerator[Marionette]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        session = cls(reader, writer)
        # It says which protocol it speaks.
        await session._next()
        await session.send("NewSession")
        yield session
        writer.close()

    async def send(self, command: str, /, **fields: object) -> Any:  # noqa: ANN401 -- JSON
        self._number += 1
        packet = json.dumps([0, self._number, f"WebDriver:{command}", fields])
        self._writer.write(f"{len(packet)}:{packet}".encode())
        async with asyncio.timeout(LONGEST):
            _, _, error, result = await self._next()
        if error:
            raise Refused(f"{error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and "value" in result else result

    async def _next(self) -> Any:  # noqa: ANN401 -- JSON
        length = await self._reader.readuntil(b":")
        return json.loads(await self._reader.readexactly(int(length[:-1])))
