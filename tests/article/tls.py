"""A way over TCP to a PostgreSQL on a Unix socket: with TLS, as a host has it, or without."""

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

# What a client of PostgreSQL sends first where it wants TLS: the length, and a fixed number.
SSL_REQUEST = struct.pack("!II", 8, 80877103)
CHUNK = 65536
PATIENCE = 60
# The server trusts everybody; what matters is that nobody reads it in a log.
PASSWORD = "correct-horse"  # noqa: S105 -- as above


class Way:
    """An open port on 127.0.0.1.

    Attributes:
        encrypted: how many connections have shaken hands over TLS.
        refused: how many did not ask for it where they had to.
    """

    def __init__(self, target: Path, context: ssl.SSLContext | None) -> None:
        self.port = 0
        self.encrypted = 0
        self.refused = 0
        self._target = target
        self._context = context

    def url(self, address: Address) -> str:
        """The same database by this way, in the form in which Heroku gives an address."""
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
        # Who goes away in the middle, or does not like the certificate, is no failure of ours.
        with client, suppress(OSError):
            client.settimeout(0)
            if self._context and not await self._greet(client):
                return
            loop = asyncio.get_running_loop()
            reader = asyncio.StreamReader()
            # With a context this shakes hands: the client has waited for the greeting.
            transport, protocol = await loop.connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader), client, ssl=self._context
            )
            self.encrypted += self._context is not None
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            async with _closing(writer):
                there, back = await asyncio.open_unix_connection(self._target)
                async with _closing(back):
                    await asyncio.gather(_pipe(reader, back), _pipe(there, writer))

    async def _greet(self, client: socket.socket) -> bool:
        loop = asyncio.get_running_loop()
        if await loop.sock_recv(client, len(SSL_REQUEST)) != SSL_REQUEST:
            self.refused += 1
            return False
        await loop.sock_sendall(client, b"S")
        return True


@contextmanager
def with_tls(target: Path) -> Generator[Way]:
    """Encrypted or nothing, with a certificate that no public authority signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with _opened(Way(target, context)) as way:
        yield way


@contextmanager
def without_tls(target: Path) -> Generator[Way]:
    """Who asks for TLS is answered by PostgreSQL itself, and it has none."""
    with _opened(Way(target, None)) as way:
        yield way


@contextmanager
def _opened(way: Way) -> Generator[Way]:
    """In a thread of its own, so that it goes on while a test waits for a program."""
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


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    finally:
        # What was written still arrives; the other side then ends the other direction.
        writer.close()
