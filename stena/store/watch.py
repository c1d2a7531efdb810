"""Starts the embedded PostgreSQL again if it ends while the wall serves."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import structlog

from stena.store.cluster import STOP_SECONDS, NotStarted

if TYPE_CHECKING:
    from stena.store.cluster import Cluster

log = structlog.get_logger(__name__)

# How often to look. Between attempts to start it the pause doubles.
LOOK_SECONDS = 1.0
LONGEST_PAUSE = 15.0
# A server writes at least one file of its log, of 16 MB, before it answers.
ROOM = 32 * 1024**2


class Watch:
    """Looks whether the server runs. It ends by a full disk, or is killed for lack of memory."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._starting: subprocess.Popen[bytes] | None = None
        self._down = False
        self._said = ""
        self._pause = LOOK_SECONDS
        self._next = 0.0

    def look(self) -> None:
        """Start the server if it does not run; to be called every LOOK_SECONDS. It never waits."""
        tried = self._starting is not None
        if self._starting is not None:
            if self._starting.poll() is None:
                return
            self._starting = None
        if self._cluster.is_running():
            if self._down:
                log.info("database_runs_again", folder=str(self._cluster.folder))
            self._down, self._said, self._pause, self._next = False, "", LOOK_SECONDS, 0.0
            return
        if not self._down:
            self._down = True
            log.error(
                "database_ended",
                folder=str(self._cluster.folder),
                note=f"it is started again; {self._cluster.log} says why it ended",
            )
        elif tried:
            self._say(self._cluster.why_not())
        if time.monotonic() >= self._next:
            self._start()

    def close(self) -> None:
        """Let a start that is under way end, so that the server can be stopped."""
        if self._starting is not None:
            try:
                self._starting.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._starting.kill()

    def _start(self) -> None:
        self._next = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        try:
            self._starting = self._cluster.begin_to_start()
        except (OSError, NotStarted) as error:
            self._say(f"PostgreSQL cannot be started on {self._cluster.folder}: {error}")

    def _say(self, reason: str) -> None:
        """Log why it does not start, once for each reason."""
        free = shutil.disk_usage(self._cluster.folder).free
        room = f"Make room there: {free // 1024**2} MB are free."
        mend = room if free < ROOM else "It is tried again."
        # Times and numbers of processes differ in each attempt.
        known = re.sub("[0-9]+", "", reason + mend)
        if known != self._said:
            self._said = known
            log.error("database_does_not_start", reason=reason, mend=mend)
