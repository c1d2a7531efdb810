"""Several worker processes behind one port, to use several cores."""

from __future__ import annotations

import gc
import logging
import os
import queue
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import structlog
import uvloop
from aiohttp import GunicornUVLoopWebWorker
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from stena import server
from stena.web.app_keys import JOBS
from stena.web.wire.buckets import Buckets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import FrameType

    from stena.jobs import Jobs
    from stena.settings import Settings
    from stena.store.database import Address
    from stena.store.watch import Watch
    from stena.web.internals.protocol import Runner

log = structlog.get_logger(__name__)

# Some hosts kill the program 10 seconds after SIGTERM. When the workers have served on for 2 of
# them, they take at most 6 to finish the requests in flight.
STOP_SECONDS = 7
# A worker serves on for so much longer if its parent does not stop it.
ALONE_SECONDS = 1
# A worker whose event loop is blocked for this long is treated as dead.
SILENCE_SECONDS = 30
STOPPING = {signal.SIGTERM, signal.SIGQUIT, signal.SIGINT}
MEMORY = "/dev/shm"  # noqa: S108 -- gunicorn creates an unnamed file there


def serve(settings: Settings, address: Address, watch: Watch | None = None) -> None:
    """Keep `common.processes` workers running until SIGTERM or SIGINT; replace one that dies.

    Raises:
        CannotServe: as server.serve.
    """
    if not uvloop.run(server.prepare(settings, address)):
        return
    # uvloop leaves handlers behind that do nothing now; the arbiter installs its own later.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    # All workers accept from one queue, so queued connections survive a worker that dies.
    listening = server.listen(settings.common.host, settings.common.port)
    server.announce(settings.common.host, listening.getsockname()[1])
    # The workers are forked from here. Without this each visits all objects at its start, which
    # copies the memory that they share.
    gc.collect()
    gc.freeze()
    # Detached, so that no copy of ours keeps the port open while the wall stops.
    _keep(_Wall(settings, address, listening.detach()), watch)


def _keep(wall: _Wall, watch: Watch | None) -> None:
    parent = os.getpid()
    arbiter = _Arbiter(wall)
    arbiter.watch = watch
    try:
        arbiter.run()
    except SystemExit as end:
        if os.getpid() != parent:
            # The parent closes what the parent opened.
            _leave(end.code)
        if end.code:
            raise server.CannotServe(
                "A worker process could not start; the log has the reason."
            ) from end


def _leave(code: object) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


class _Wall(BaseApplication):  # type: ignore[misc]  # gunicorn publishes no types
    """The application for gunicorn: its settings, and what its workers run."""

    def __init__(self, settings: Settings, address: Address, listening: int) -> None:
        """Take over the file descriptor of the listening socket."""
        self._settings = settings
        self._address = address
        self._listening = listening
        # Made before the workers are forked, so that they share it.
        self._buckets = Buckets()
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
            # For the heartbeat files of the workers; in memory, so that a full disk does no harm.
            "worker_tmp_dir": MEMORY if os.access(MEMORY, os.W_OK) else None,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[[], Awaitable[Runner]]:
        async def runner() -> Runner:
            self._serving = server.runner(self._settings, self._address, buckets=self._buckets)
            return self._serving

        return runner

    def drain(self) -> bool:
        """Serve on, but not ready; false if this process does not serve yet."""
        serving = getattr(self, "_serving", None)
        if serving is None or serving.server is None:
            return False
        serving.drain()
        return True

    @property
    def jobs(self) -> Jobs:
        """The background jobs of this process."""
        return self._serving.app[JOBS]


class _Arbiter(Arbiter):  # type: ignore[misc]  # as above
    _serves_on = False
    # Closing the terminal stops the wall, as it does with one process. Settings are not reloaded.
    handle_hup = Arbiter.handle_term
    # Starts our own database again if it ends.
    watch: Watch | None = None

    def murder_workers(self) -> None:
        """Look after the workers and the database; called about once a second."""
        super().murder_workers()
        if self.watch is not None:
            self.watch.look()

    def handle_term(self) -> None:
        self._serves_on = True
        super().handle_term()

    def stop(self, graceful: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002 -- as gunicorn's
        """Let the workers serve on for a moment after SIGTERM, as server.serve does."""
        if self._serves_on:
            self._serves_on = False
            self.kill_workers(signal.SIGTERM)
            if self._waited(server.DRAIN_SECONDS):
                for listening in self.LISTENERS:
                    server.take_no_more(listening.sock)
                time.sleep(server.SETTLE_SECONDS)
        # With SIGQUIT, after which workers finish what they have in hand, and serve on no longer.
        super().stop(graceful=False)

    def _waited(self, seconds: float) -> bool:
        """Wait; false if a signal cut it short."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            with suppress(queue.Empty):
                if self.SIG_QUEUE.get(timeout=left) in {signal.SIGINT, signal.SIGQUIT}:
                    return False
        return True

    def spawn_worker(self) -> int:
        """Fork with the stop signals blocked until the child has its own handlers.

        The child inherits the handlers of its parent, which would lose a stop signal.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            return int(super().spawn_worker())
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    def handle_usr2(self) -> None:
        """Ignore the signal that would start a second arbiter."""


class _Worker(GunicornUVLoopWebWorker):
    _queue_is_long = False
    _drains = False

    def init_signals(self) -> None:
        super().init_signals()
        # uvloop's handlers work only while the loop runs; an earlier signal would be lost.
        self.loop.call_soon(signal.pthread_sigmask, signal.SIG_UNBLOCK, STOPPING)

    def notify(self) -> None:
        """Send the heartbeat; exit if a background job was given up.

        The first time, undo the short accept queue that aiohttp sets.
        """
        if not self._queue_is_long:
            self._queue_is_long = True
            for listening in self.sockets:
                listening.listen(server.BACKLOG)
        if self.app.jobs.given_up.is_set():
            log.error("process_ends", reason=self.app.jobs.reason)
            # Not one of the exit codes that the arbiter takes for a failed start.
            self.alive, self.exit_code = False, 1
        super().notify()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Serve on until the parent says SIGQUIT, or for a moment if it does not.

        aiohttp's own handler reacts up to a second later.
        """
        if self._drains:
            return
        self._drains = self.app.drain()
        if self._drains:
            seconds = server.DRAIN_SECONDS + ALONE_SECONDS
            self.loop.call_later(seconds, self.handle_quit, sig, frame)
        else:
            self.handle_quit(sig, frame)


class _Log(Logger):  # type: ignore[misc]  # as above
    """Route gunicorn's log into ours, warnings and errors only."""

    def setup(self, cfg: object) -> None:  # noqa: ARG002 -- as gunicorn's
        self.error_log.setLevel(logging.WARNING)
        self.error_log.propagate = True
