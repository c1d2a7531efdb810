"""A network between wall and database that passes on some answers late."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncGenerator
    from pathlib import Path

SECONDS = 1.1
# A statement that is new to a connection is first prepared, then executed.
ANSWERS = 2


@asynccontextmanager
async def late(url: str, statement: bytes, folder: Path) -> AsyncGenerator[str]:
    """The URL of a database whose answers to one statement come SECONDS late.

    Args:
        url: of the database itself, with the folder of its socket.
        statement: what occurs in it alone.
        folder: for a socket.
    """
    address = urlsplit(url)
    [sockets] = parse_qs(address.query)["host"]
    name = "/.s.PGSQL.5432"

    async def serve(wall: StreamReader, to_wall: StreamWriter) -> None:
        database, to_database = await asyncio.open_unix_connection(sockets + name)
        held = 0

        async def ask() -> None:
            nonlocal held
            while data := await wall.read(65536):
                held = ANSWERS if statement in data else held
                to_database.write(data)

        async def answer() -> None:
            nonlocal held
            while data := await database.read(65536):
                if held:
                    held -= 1
                    await asyncio.sleep(SECONDS)
                to_wall.write(data)

        ways = {asyncio.create_task(ask()), asyncio.create_task(answer())}
        with suppress(ConnectionError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        to_database.close()
        to_wall.close()

    server = await asyncio.start_unix_server(serve, f"{folder}{name}")
    yield address._replace(query=f"host={quote(str(folder), safe='')}").geturl()
    server.close()
