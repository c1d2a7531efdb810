"""The programs of the wall, each started again when it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from tests.program import ROOT, environment
from torture.network import TOGETHER

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from torture.network import Link

# The program itself takes at most 9.
START_SECONDS, STOP_SECONDS = 60, 15
# A program that cannot start, because the workers of the one before still have its port.
RESTART_SECONDS = 0.3


class NotServing(Exception):  # noqa: N818 -- it reads as what happened
    """One line: which program does not serve again, and the end of its log."""


@dataclass(slots=True)
class Program:
    """One program, which may be killed at any time.

    Attributes:
        number: counted from 1.
        processes: how many serve its port.
        url: where it listens.
        link: its way to the database; None without namespaces.
        pause: for how many seconds it stays away after its next end.
    """

    number: int
    processes: int
    url: str
    database: str
    log: Path
    link: Link | None = None
    pause: float = 0.0
    _process: asyncio.subprocess.Process | None = field(default=None)

    def __str__(self) -> str:
        return f"program {self.number}"

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that serve, where there are several."""
        return self.family[1:]

    @property
    def family(self) -> list[psutil.Process]:
        """All its processes, the first one first; none if it does not run."""
        if self._process is None or self._process.returncode is not None:
            return []
        try:
            first = psutil.Process(self._process.pid)
            return [first, *first.children()]
        except psutil.NoSuchProcess:
            return []

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep it running."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})
            await self._stop()

    def kill(self, pause: float) -> None:
        """Kill the first process alone; its workers notice. It is back after `pause` seconds."""
        self.pause = pause
        for process in self.family[:1]:
            process.kill()

    async def serves(self) -> None:
        """Return when it answers, whatever the database does.

        Raises:
            NotServing: it does not.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            last = self.log.read_text().splitlines()[-1:]
            raise NotServing(
                f"{self} does not serve within {START_SECONDS} seconds: {''.join(last)}"
            ) from None

    async def _answers(self) -> bool:
        host, _, port = self.url.removeprefix("http://").partition(":")
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
            answered = await reader.read()
            writer.close()
        except OSError:
            return False
        return bool(answered)

    def errors(self) -> list[str]:
        """The lines of its log that say that the program itself is wrong, not the database."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if _is_error(line)]

    async def _keep(self) -> None:
        while True:
            enter = self.link.enter if self.link else ()
            with self.log.open("a") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *TOGETHER, *enter, sys.executable, "main.py",
                    cwd=ROOT,
                    env=self._environment(),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                )  # fmt: skip
            await self._process.wait()
            await asyncio.sleep(max(self.pause, RESTART_SECONDS))
            self.pause = 0.0

    def _environment(self) -> dict[str, str]:
        return environment(
            PORT=self.url.rpartition(":")[2],
            DATABASE_URL=self.database,
            WEB_CONCURRENCY=str(self.processes),
            STENA_COMMON__SECRET="torture",  # noqa: S106 -- nothing is secret here
            STENA_LOGGING__FORMAT="json",
            # All clients share an address, and a message is edited as long as the run takes.
            STENA_WALL__POSTS_PER_MINUTE="0",
            STENA_WALL__READS_PER_MINUTE="0",
            STENA_WALL__EDIT_MINUTES="100000",
        )

    async def _stop(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        family = self.family
        for process in family:
            with suppress(psutil.Error):
                process.resume()
        self._process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        for process in family:
            with suppress(psutil.Error):
                process.kill()
        await self._process.wait()


def _is_error(line: str) -> bool:
    try:
        written = json.loads(line)
        # That a worker was killed is as it was.
        is_ours = "was sent SIGKILL" in written["event"]
        return written["level"] in {"error", "critical"} and not is_ours
    except ValueError:
        return line.startswith("Traceback")
