"""A proxy between browser and wall that holds back what the wall sends."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncGenerator

    from tests.conftest import Client

STREAM = b"GET /api/messages.stream"


class Relay:
    """Passes bytes on both ways.

    Attributes:
        url: its address, without a slash at the end.
        holds_streams: whether of a stream it passes on the head alone.
        holds_all: whether it passes on nothing that the wall sends.
    """

    def __init__(self, host: str | None, port: int | None) -> None:
        self.url = ""
        self.holds_streams = False
        self.holds_all = False
        self._wall = host, port

    @classmethod
    @asynccontextmanager
    async def open(cls, client: Client) -> AsyncGenerator[Relay]:
        relay = cls(client.server.host, client.server.port)
        server = await asyncio.start_server(relay._serve, "127.0.0.1")
        relay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield relay
        server.close()

    async def _serve(self, browser: StreamReader, to_browser: StreamWriter) -> None:
        wall, to_wall = await asyncio.open_connection(*self._wall)
        streams = False

        async def upwards() -> None:
            nonlocal streams
            while data := await browser.read(65536):
                streams = data.startswith(STREAM)
                to_wall.write(data)

        async def downwards() -> None:
            begun = False
            while data := await wall.read(65536):
                held = self.holds_all
                if streams and self.holds_streams:
                    head, end, _ = data.partition(b"\r\n\r\n")
                    data, held = head + end, held or begun
                begun = streams
                if not held:
                    to_browser.write(data)

        ways = {asyncio.create_task(upwards()), asyncio.create_task(downwards())}
        with suppress(ConnectionError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        to_wall.close()
        to_browser.close()
