"""The PostgreSQL of the harness: the embedded binaries, as a child that it can kill."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import asyncpg
import psutil

from stena.store.cluster import Cluster, binaries, url_of
from tests.program import environment
from torture.network import TOGETHER

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

# The children of a killed server have to end before the next one starts.
START_SECONDS, STOP_SECONDS, RETRY_SECONDS = 60, 10, 0.2
# A backend of a client that came over the network, as PostgreSQL titles its process.
BACKEND = re.compile(r"postgres: postgres postgres [\d.]+\(\d+\)")


class Postgres:
    """One server, which may be killed at any time and is started again."""

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self.folder = folder
        # On the Unix socket, which no fault of the network touches.
        self.url = url_of(folder) + f"&port={port}"
        user = folder.owner()
        as_user = ("--reuid", user, "--regid", user, "--clear-groups")
        self._command = (
            *TOGETHER,
            # PostgreSQL refuses to run as root.
            *(as_user if os.geteuid() == 0 else ()),
            str(binaries() / "postgres"),
            *("-D", str(folder), "-h", host, "-p", str(port), "-k", str(folder)),
        )
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()

    @property
    def processes(self) -> list[psutil.Process]:
        """The postmaster and its children; none if it does not run."""
        if self._process is None or self._process.returncode is not None:
            return []
        try:
            postmaster = psutil.Process(self._process.pid)
            return [postmaster, *postmaster.children()]
        except psutil.NoSuchProcess:
            return []

    @property
    def backends(self) -> list[psutil.Process]:
        """Those that serve a program."""
        found = []
        for process in self.processes:
            with suppress(psutil.Error):
                if BACKEND.match(" ".join(process.cmdline())):
                    found.append(process)
        return found

    async def start(self) -> None:
        """Return when it accepts connections.

        Raises:
            TimeoutError: it does not.
        """
        async with self._starting, asyncio.timeout(START_SECONDS):
            while not await self._answers():
                if self._process is None or self._process.returncode is not None:
                    await self._start_once()
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """Kill the postmaster alone; its children notice."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            for process in self.processes:
                process.kill()
            await self._process.wait()

    async def accepts(self) -> float:
        """Wait until it accepts connections. Returns when, by the clock of the event loop."""
        while not await self._answers():
            await asyncio.sleep(0.01)
        return asyncio.get_running_loop().time()

    async def _start_once(self) -> None:
        with self.folder.with_suffix(".log").open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(LC_ALL="C"),
                start_new_session=True,
            )
        # It exits at once while children of the one before are there.
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS):
                await self._process.wait()

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url, timeout=1)
        except (OSError, asyncpg.PostgresError, asyncpg.InternalClientError):
            return False
        connection.terminate()
        return True


@asynccontextmanager
async def serving(folder: Path, host: str, port: int) -> AsyncGenerator[Postgres]:
    """Create a database in the folder, and run it; `host` as in listen_addresses."""
    cluster = Cluster(folder)
    with cluster.within_reach():
        cluster.create()
        if host == "*":
            # The network is a namespace of our own.
            with (folder / "pg_hba.conf").open("a") as rules:
                rules.write("host all all 10.0.0.0/16 trust\n")
        postgres = Postgres(folder, host, port)
        try:
            await postgres.start()
            yield postgres
        finally:
            await postgres.stop()
