"""The connection from `heroku run` to its dyno: a token, then the output."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.heroku.app import App
    from rehearsal.workshop import Workshop


class Rendezvous:
    """Pending commands by token; the connection that sends the token runs the command."""

    def __init__(self, workshop: Workshop, app: App) -> None:
        self._workshop = workshop
        self._app = app
        self._waiting: dict[str, tuple[str, list[str]]] = {}

    def expect(self, token: str, dyno: str, command: list[str]) -> None:
        self._waiting[token] = dyno, command

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            try:
                token = (await reader.readline()).decode().strip()
                await self._run(*self._waiting.pop(token), writer)
            except KeyError:
                writer.write(b"No such process\r\n")
            finally:
                writer.close()

    async def _run(self, dyno: str, command: list[str], writer: asyncio.StreamWriter) -> None:
        # The CLI drops the first line.
        writer.write(b"rendezvous\r\n")
        await writer.drain()
        self._app.log.write("heroku", dyno, "State changed from starting to up")
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self._workshop.variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout
        while chunk := await process.stdout.read(2**16):
            writer.write(chunk)
            await writer.drain()
        code = await process.wait()
        self._app.log.write("heroku", dyno, f"Process exited with status {code}")
