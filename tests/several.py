"""The wall served by several processes behind one port, for tests that talk HTTP to it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Any

from aiohttp.test_utils import TestServer
from yarl import URL

from stena import supervisor
from stena.app import create_app
from tests.patient import impose
from tests.program import PATIENCE

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess

    from stena.settings import Settings
    from stena.store.database import Address
    from tests.patient import Limits

# Forked from a process that has our modules and what they make of files, it starts in a moment.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["stena.supervisor", "tests.several", "tests.prepared"])


class Several(TestServer):
    """aiohttp's test server, but the program's own supervisor answers, with its processes."""

    def __init__(
        self, processes: int, settings: Settings, address: Address, limits: Limits
    ) -> None:
        super().__init__(create_app(settings, address))
        # A port that was looked for here could be somebody else's by the time it is listened on.
        common = settings.common.model_copy(
            update={"host": self.host, "port": 0, "processes": processes}
        )
        self._listens, self._tells = CONTEXT.Pipe(duplex=False)
        self._process: ForkServerProcess = CONTEXT.Process(
            target=_serve,
            args=(
                settings.model_copy(update={"common": common}),
                address,
                dict(limits),
                self._tells,
            ),
        )

    @property
    def started(self) -> bool:
        return self._process.pid is not None

    async def start_server(self, loop: object = None, **_: Any) -> None:  # noqa: ANN401, ARG002 -- as aiohttp's
        if self.started:
            return
        self._process.start()
        # Now only that process has it, so its end is the end of the pipe.
        self._tells.close()
        assert await asyncio.to_thread(self._listens.poll, PATIENCE), "it did not start in time"
        self.port = self._listens.recv()
        self._listens.close()
        self._root = URL.build(scheme="http", host=self.host, port=self.port)

    async def close(self) -> None:
        if self.closed or not self.started:
            return
        self._closed = True
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGINT)
        await asyncio.to_thread(self._process.join, PATIENCE)
        assert self._process.exitcode == 0


def _serve(
    settings: Settings, address: Address, limits: Limits, tells: Connection[int, int]
) -> None:
    """Serve with other constants, and tell the port; what a test patches stays in its process."""
    impose({**limits, "stena.server:announce": lambda _, port: tells.send(port)})
    supervisor.serve(settings, address)
