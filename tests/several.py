"""The wall served by several processes behind one port, for tests that talk HTTP to it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp.test_utils import TestServer, unused_port
from yarl import URL

from stena import supervisor
from stena.app import create_app
from tests.program import PATIENCE

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

    from stena.settings import Settings
    from stena.store.database import Address

# Forked from a process that has our modules and what they make of files, it starts in a moment.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["stena.supervisor", "tests.prepared"])


class Several(TestServer):
    """aiohttp's test server, but the program's own supervisor answers, with its processes."""

    def __init__(self, processes: int, settings: Settings, address: Address) -> None:
        super().__init__(create_app(settings, address))
        common = settings.common.model_copy(
            update={"host": self.host, "port": unused_port(), "processes": processes}
        )
        self.port = common.port
        self._process: ForkServerProcess = CONTEXT.Process(
            target=supervisor.serve,
            args=(settings.model_copy(update={"common": common}), address),
        )

    @property
    def started(self) -> bool:
        return self._process.pid is not None

    async def start_server(self, loop: object = None, **_: Any) -> None:  # noqa: ANN401, ARG002 -- as aiohttp's
        if self.started:
            return
        self._process.start()
        await self._answer()
        self._root = URL.build(scheme="http", host=self.host, port=self.port)

    async def close(self) -> None:
        if self.closed or not self.started:
            return
        self._closed = True
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGINT)
        await asyncio.to_thread(self._process.join, PATIENCE)
        assert self._process.exitcode == 0

    async def _answer(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                assert self._process.is_alive()
                with suppress(ConnectionRefusedError):
                    _, writer = await asyncio.open_connection(self.host, self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)
