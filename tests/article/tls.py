"""A TCP proxy for a PostgreSQL on a Unix socket: with TLS, as hosts have it, or without."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import trustme

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from stena.store.database import Address

# The first bytes of a client that asks for TLS: the length, and a fixed number.
SSL_REQUEST = struct.pack("!II", 8, 80877103)
CHUNK = 65536
PATIENCE = 60
# The server trusts everybody; the test is that the password appears in no log.
PASSWORD = "correct-horse"  # noqa: S105 -- as above


class Way:
    """An open port on 127.0.0.1.

    Attributes:
        encrypted: how many connections have shaken hands over TLS.
        refused: how many did not ask for TLS although it was required.
        cut: nothing passes any more, and neither side receives an error.
    """

    def __init__(self, target: Path, context: ssl.SSLContext | None) -> None:
        self.port = 0
        self.encrypted = 0
        self.refused = 0
        self.cut = False
        self._target = target
        self._context = context

    def url(self, address: Address) -> str:
        """The URL of the same database through this port, in the form that Heroku uses."""
        name = urlsplit(address.url).path
        return f"postgres://postgres:{PASSWORD}@127.0.0.1:{self.port}{name}"

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        talks: set[asyncio.Task[None]] = set()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0)
            self.port = listener.getsockname()[1]
            accepting = asyncio.create_task(self._accept(listener, talks))
            try:
                yield
            finally:
                ending = (accepting, *talks)
                for task in ending:
                    task.cancel()
                await asyncio.gather(*ending, return_exceptions=True)

    async def _accept(self, listener: socket.socket, talks: set[asyncio.Task[None]]) -> None:
        while True:
            client, _ = await asyncio.get_running_loop().sock_accept(listener)
            talk = asyncio.create_task(self._talk(client))
            talks.add(talk)
            talk.add_done_callback(talks.discard)

    async def _talk(self, client: socket.socket) -> None:
        # A client that disconnects or rejects the certificate is no failure of the test.
        with client, suppress(OSError):
            client.settimeout(0)
            if self._context and not await self._greet(client):
                return
            loop = asyncio.get_running_loop()
            reader = asyncio.StreamReader()
            # With a context this does the handshake: the client has waited for the answer.
            transport, protocol = await loop.connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader), client, ssl=self._context
            )
            self.encrypted += self._context is not None
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            async with _closing(writer):
                there, back = await asyncio.open_unix_connection(self._target)
                async with _closing(back):
                    await asyncio.gather(self._pipe(reader, back), self._pipe(there, writer))

    async def _greet(self, client: socket.socket) -> bool:
        loop = asyncio.get_running_loop()
        if await loop.sock_recv(client, len(SSL_REQUEST)) != SSL_REQUEST:
            self.refused += 1
            return False
        await loop.sock_sendall(client, b"S")
        return True

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(CHUNK):
                while self.cut:  # noqa: ASYNC110 -- a test in another thread sets it
                    await asyncio.sleep(0.02)
                writer.write(chunk)
                await writer.drain()
        finally:
            # Data in flight still arrives; then the other side closes the other direction.
            writer.close()


@contextmanager
def with_tls(target: Path) -> Generator[Way]:
    """Requires TLS, with a certificate that no public authority signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with _opened(Way(target, context)) as way:
        yield way


@contextmanager
def without_tls(target: Path) -> Generator[Way]:
    """Without TLS: PostgreSQL itself answers requests for it, and has none."""
    with _opened(Way(target, None)) as way:
        yield way


@contextmanager
def _opened(way: Way) -> Generator[Way]:
    """In a separate thread, so that it goes on while a test waits for a program."""
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    async def stay() -> None:
        async with way.open():
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(stay(),))
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield way
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(PATIENCE)
        loop.close()


@asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()
