"""Several processes behind one port, where one is not enough for the machine."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import uvloop
from aiohttp import GunicornUVLoopWebWorker
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from stena import server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import FrameType

    from stena.settings import Settings
    from stena.store.database import Address
    from stena.web.protocol import Runner

# Some hosts kill 10 seconds after they asked to stop; a process takes 8 at most to finish what it
# has in hand.
STOP_SECONDS = 9
# A process whose loop stood still for so long is taken for dead.
SILENCE_SECONDS = 30
STOPPING = {signal.SIGTERM, signal.SIGQUIT, signal.SIGINT}
MEMORY = "/dev/shm"  # noqa: S108 -- gunicorn makes a file there that has no name


def serve(settings: Settings, address: Address) -> None:
    """Keep `common.processes` of them serving until SIGTERM or SIGINT; one that dies is replaced.

    Raises:
        CannotServe: as server.serve.
    """
    if not uvloop.run(server.prepare(settings, address)):
        return
    # uvloop leaves handlers behind that nobody hears any more; the arbiter's come later.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    # They take connections from one queue, so those that wait outlive a process that dies.
    listening = server.listen(settings.common.host, settings.common.port)
    server.announce(settings.common.host, listening.getsockname()[1])
    # Handed over, so that no copy of ours keeps the port open while the wall stops.
    _keep(_Wall(settings, address, listening.detach()))


def _keep(wall: _Wall) -> None:
    parent = os.getpid()
    try:
        _Arbiter(wall).run()
    except SystemExit as end:
        if os.getpid() != parent:
            # What the parent opened is the parent's to close.
            _leave(end.code)
        if end.code:
            raise server.CannotServe(
                "A process could not start to serve; the log says why."
            ) from end


def _leave(code: object) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


class _Wall(BaseApplication):  # type: ignore[misc]  # gunicorn publishes no types
    """What gunicorn asks of an application: its own settings, and what its workers serve."""

    def __init__(self, settings: Settings, address: Address, listening: int) -> None:
        """Take over the descriptor of a port where connections wait."""
        self._settings = settings
        self._address = address
        self._listening = listening
        super().__init__()

    def load_config(self) -> None:
        chosen = {
            "bind": f"fd://{self._listening}",
            "workers": self._settings.common.processes,
            "worker_class": _Worker,
            "timeout": SILENCE_SECONDS,
            "graceful_timeout": STOP_SECONDS,
            "logger_class": _Log,
            "control_socket_disable": True,
            # Where each says that it is alive; memory, so that no full disk ends the wall.
            "worker_tmp_dir": MEMORY if os.access(MEMORY, os.W_OK) else None,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[[], Awaitable[Runner]]:
        async def runner() -> Runner:
            return server.runner(self._settings, self._address)

        return runner


class _Arbiter(Arbiter):  # type: ignore[misc]  # as above
    # A terminal that closes ends one process, so it ends several. Settings are read at the start.
    handle_hup = Arbiter.handle_term

    def spawn_worker(self) -> int:
        """Fork; until the child can hear what it is told, that waits.

        It begins with its parent's, which would take the signal to stop and do nothing.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            return int(super().spawn_worker())
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    def handle_usr2(self) -> None:
        """Leave alone what would start a second parent beside this one."""


class _Worker(GunicornUVLoopWebWorker):
    _queue_is_long = False

    def init_signals(self) -> None:
        super().init_signals()
        # uvloop's handlers hear nothing before the loop runs, and what comes earlier is lost.
        self.loop.call_soon(signal.pthread_sigmask, signal.SIG_UNBLOCK, STOPPING)

    def notify(self) -> None:
        """Say that it is alive; the first time, undo the short queue that aiohttp asks for."""
        if not self._queue_is_long:
            self._queue_is_long = True
            for listening in self.sockets:
                listening.listen(server.BACKLOG)
        super().notify()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once; aiohttp's own notices up to a second later, and we have ten."""
        self.handle_quit(sig, frame)


class _Log(Logger):  # type: ignore[misc]  # as above
    """Its lines among ours, those that an owner can do something about."""

    def setup(self, cfg: object) -> None:  # noqa: ARG002 -- as gunicorn's
        self.error_log.setLevel(logging.WARNING)
        self.error_log.propagate = True
