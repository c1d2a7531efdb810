"""Dynos: the containers of a release."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp

from rehearsal.heroku.app import now

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from rehearsal.heroku.app import App, Release
    from rehearsal.workshop import Workshop

# https://devcenter.heroku.com/articles/dynos: a web dyno has to open its port within 60
# seconds, and has 30 from SIGTERM to SIGKILL. A basic dyno has 512 MB.
BOOT_SECONDS = 60
STOP_SECONDS = 30
MEMORY = "512m"
# Below the range from which Linux assigns ports.
PORTS = range(10_000, 32_000)
NAMES = itertools.count(1)


@dataclass(slots=True)
class Dyno:
    """One container and its state.

    Attributes:
        boot_seconds: from its start to the first successful page; 0 until then.
        stop_seconds: from SIGTERM to its end.
        code: its exit code; None while it runs.
    """

    name: str
    release: Release
    container: str
    port: int
    state: str = "starting"
    changed: str = field(default_factory=now)
    boot_seconds: float = 0
    stop_seconds: float = 0
    code: int | None = None

    @property
    def is_up(self) -> bool:
        return self.state == "up"


class Dynos:
    """The web dyno of an app, and one-off dynos."""

    def __init__(self, workshop: Workshop, app: App) -> None:
        self._workshop = workshop
        self._app = app
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random()  # noqa: S311 -- a port is no secret
        self.web: Dyno | None = None
        self.past: list[Dyno] = []

    async def restart(self) -> None:
        """Start the current release and stop the former one; they overlap, as on Heroku."""
        former, release = self.web, self._app.current
        port = self._free_port()
        self.web = Dyno("web.1", release, f"web-{next(NAMES)}", port)
        self._log("heroku", f"Starting process with command `./run.sh` on port {port}")
        started = time.monotonic()
        log = await self._start(self.web, PORT=str(port), DYNO="web.1")
        self._spawn(self._watch(self.web, log))
        self._spawn(self._boot(self.web, started))
        if former and former.code is None:
            self.past.append(former)
            self._spawn(self._stop(former))

    @property
    def settled(self) -> bool:
        """Whether the newest dyno has served a page and all earlier ones have ended."""
        return bool(self.web and self.web.boot_seconds) and all(
            former.code is not None for former in self.past
        )

    async def finish(self) -> None:
        """Stop all dynos, and wait for their last output."""
        if self.web and self.web.code is None:
            self.past.append(self.web)
            await self._stop(self.web)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def command(self, words: str, number: int) -> list[str]:
        """The command that runs `words` in a one-off dyno, which has no port."""
        container, dyno = f"run-{next(NAMES)}", f"run.{number}"
        arguments = self._arguments(container, self._app.current, DYNO=dyno)
        return ["podman", "run", "--rm", *arguments, "sh", "-c", words]

    def _arguments(self, container: str, release: Release, **variables: str) -> list[str]:
        assert release.image, "nothing is released"
        pairs = {**release.config, **variables}
        return [
            *("--name", container, "--read-only", "--tmpfs", "/tmp", "--memory", MEMORY),  # noqa: S108 -- the container's
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *itertools.chain.from_iterable(("--env", f"{key}={pairs[key]}") for key in pairs),
            release.image,
        ]

    async def _start(self, dyno: Dyno, **variables: str) -> asyncio.subprocess.Process:
        arguments = self._arguments(dyno.container, dyno.release, **variables)
        return await self._process("podman", "run", *arguments)

    async def _process(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *words,
            env=self._workshop.variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def _watch(self, dyno: Dyno, process: asyncio.subprocess.Process) -> None:
        """Log its output and its exit code."""
        assert process.stdout
        async for line in process.stdout:
            self._log("app", line.decode(errors="replace"))
        dyno.code = await process.wait()
        crashed = dyno.state in {"starting", "up"}
        self._change(dyno, "crashed" if crashed else "down")
        self._log("heroku", f"Process exited with status {dyno.code}")

    async def _boot(self, dyno: Dyno, started: float) -> None:
        while not _answers(dyno.port):
            if dyno.code is not None:
                return
            if time.monotonic() > started + BOOT_SECONDS:
                self._log(
                    "heroku",
                    "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within "
                    f"{BOOT_SECONDS} seconds of launch",
                )
                await self._stop(dyno, "crashed")
                return
            await asyncio.sleep(0.01)
        if dyno.state == "starting":
            self._change(dyno, "up")
        async with aiohttp.ClientSession() as visitor:
            while dyno.is_up:
                async with visitor.get(f"http://127.0.0.1:{dyno.port}/") as answer:
                    if answer.ok:
                        dyno.boot_seconds = time.monotonic() - started
                        return

    async def _stop(self, dyno: Dyno, state: str = "stopping") -> None:
        self._change(dyno, state)
        self._log("heroku", "Stopping all processes with SIGTERM")
        asked = time.monotonic()
        stop = await self._process("podman", "stop", f"--time={STOP_SECONDS}", dyno.container)
        await stop.communicate()
        dyno.stop_seconds = time.monotonic() - asked
        if dyno.code == 137:  # noqa: PLR2004 -- 128 and SIGKILL
            self._log("heroku", "Error R12 (Exit timeout) -> Process failed to exit in time")

    def _change(self, dyno: Dyno, state: str) -> None:
        self._log("heroku", f"State changed from {dyno.state} to {state}")
        dyno.state, dyno.changed = state, now()

    def _log(self, source: str, text: str) -> None:
        self._app.log.write(source, "web.1", text)

    def _free_port(self) -> int:
        while True:
            port = self._random.choice(PORTS)
            if not _answers(port):
                return port

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def shown(self) -> list[dict[str, object]]:
        if self.web is None:
            return []
        return [
            {
                "id": self.web.container,
                "name": self.web.name,
                "type": "web",
                "size": "Basic",
                "state": self.web.state,
                "command": "./run.sh",
                "created_at": self.web.changed,
                "updated_at": self.web.changed,
                "release": {"version": self.web.release.version},
            }
        ]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
