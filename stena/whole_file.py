"""A file that is either whole or not there; the standard output, which cannot be that."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

FULL = {errno.ENOSPC, errno.EDQUOT}
# Errors of a disk; a lost connection to the database is an OSError too.
OF_DISKS = FULL | {errno.EFBIG, errno.EIO, errno.EROFS}


class NotWritten(Exception):  # noqa: N818 -- it reads as what happened
    """One line: why there is no new file, and what to do."""


@contextmanager
def writing(path: Path, *, overwrite: bool) -> Generator[BinaryIO]:
    """Write `path` under another name, and rename it at the end; only its user can read it.

    Raises:
        NotWritten: something is in the way, or the disk is full.
    """
    # A link stays a link, and its target is replaced.
    path = path.resolve()
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(_locked(part), "wb") as file:
            try:
                _check(path, overwrite=overwrite)
                file.truncate()
                yield file
                file.flush()
                os.fsync(file.fileno())
                part.rename(path)
            except BaseException:
                with suppress(OSError):
                    part.unlink()
                raise
        _sync(path.parent)
    except BlockingIOError as error:
        raise NotWritten(f"Another command is writing {part}. Wait until it is done.") from error
    except OSError as error:
        if error.errno in FULL:
            raise NotWritten(
                f"The disk is full, and {path} was not written. Free some space, or name a file on "
                "another disk."
            ) from error
        if error.errno not in OF_DISKS and error.filename is None:
            raise
        raise NotWritten(
            f"{path} cannot be written: {error.strerror}. Create its folder, or name another file."
        ) from error


@contextmanager
def to_output() -> Generator[BinaryIO]:
    """Write to the standard output, as to a file.

    Raises:
        NotWritten: nobody reads it, or the disk that it is on is full.
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in OF_DISKS | {errno.EPIPE}:
            raise
        # Python flushes it again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise NotWritten(f"The output cannot be written: {error.strerror}.") from error


def _locked(part: Path) -> int:
    """Open the file that is written, for one process alone. A killed process leaves no lock."""
    while True:
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            # One that a killed process left may have another mode.
            os.fchmod(file, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The process that had the lock until now has renamed or removed it.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), part.stat()):
                    return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _check(path: Path, *, overwrite: bool) -> None:
    if not path.exists():
        return
    if not path.is_file():
        raise NotWritten(f"{path} is no file. Name another one.")
    if not overwrite:
        raise NotWritten(f"{path} exists already. Name another file, or add --overwrite.")


def _sync(folder: Path) -> None:
    """Let the new name outlast a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
