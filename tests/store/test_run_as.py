"""Under root, the server's user passes private folders: alone, and while a wall needs it."""

from __future__ import annotations

import fcntl
import os
import pwd
import stat
import struct
import subprocess
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from stena.store import embedded
from stena.store.run_as import ROOTS_USER
from tests.machine import lacks, mounted
from tests.program import eventually, running

if TYPE_CHECKING:
    from collections.abc import Generator

LIST = "system.posix_acl_access"
UNNAMED = 0xFFFFFFFF


@pytest.fixture
def private() -> Generator[Path]:
    """A folder that root alone may pass; all above it may be passed by everybody."""
    if os.geteuid() != 0:
        lacks("PostgreSQL runs as another user for root only")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "file").touch(0o644)
        assert rights(folder) == (0o700, None)
        yield folder


def rights(folder: Path) -> tuple[int, bytes | None]:
    """The mode of a folder, and its access control list if it has one."""
    has_list = LIST in os.listxattr(folder)
    return stat.S_IMODE(folder.stat().st_mode), os.getxattr(folder, LIST) if has_list else None


def passes(user: str, folder: Path) -> bool:
    """Whether a user reaches a file whose name they know."""
    return succeeds(user, "test", "-e", folder / "file")


def lists(user: str, folder: Path) -> bool:
    return succeeds(user, "ls", folder)


def succeeds(user: str, *command: str | Path) -> bool:
    """Whether a user who is in no group of ours can run a command."""
    group = pwd.getpwnam("nobody").pw_gid
    done = subprocess.run(
        command, user=user, group=group, extra_groups=[], capture_output=True, check=False
    )
    return done.returncode == 0


def access(folder: Path, nobodys: int, mask: int) -> None:
    """Give a folder a list that has the rights of `nobody` in it."""
    user = pwd.getpwnam("nobody").pw_uid
    entries = [(1, 7, UNNAMED), (2, nobodys, user), (4, 0, UNNAMED)]
    entries += [(0x10, mask, UNNAMED), (0x20, 0, UNNAMED)]
    packed = b"".join(struct.pack("<HHI", *entry) for entry in entries)
    os.setxattr(folder, LIST, struct.pack("<I", 2) + packed)


def test_only_the_servers_user_passes_a_private_folder_and_only_while_the_wall_runs(
    private: Path,
) -> None:
    with embedded.run(private / "data"):
        assert passes(ROOTS_USER, private)
        assert not lists(ROOTS_USER, private)
        assert not passes("nobody", private)
    assert rights(private) == (0o700, None)
    assert not passes(ROOTS_USER, private)


def test_a_list_of_the_folders_own_is_the_same_afterwards(private: Path) -> None:
    access(private, nobodys=5, mask=5)
    before = rights(private)
    with embedded.run(private / "data"):
        assert rights(private) != before
        assert passes(ROOTS_USER, private)
        assert passes("nobody", private)
    assert rights(private) == before


def test_a_right_that_the_mask_withholds_stays_withheld(private: Path) -> None:
    access(private, nobodys=7, mask=4)
    mode, _ = rights(private)
    for _start in range(2):
        with embedded.run(private / "data"):
            assert passes(ROOTS_USER, private)
            assert not passes("nobody", private)
            assert lists("nobody", private)
        assert rights(private)[0] == mode
        assert not passes(ROOTS_USER, private)
        assert not passes("nobody", private)


def test_two_walls_below_one_private_folder_never_shut_each_other_out(private: Path) -> None:
    with embedded.run(private / "one"):
        with embedded.run(private / "other"):
            assert passes(ROOTS_USER, private)
        assert passes(ROOTS_USER, private)
        # It needs the folder to start.
        with embedded.run(private / "other"):
            pass
        assert passes(ROOTS_USER, private)
    assert rights(private) == (0o700, None)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_what_a_killed_wall_leaves_the_next_clean_stop_removes(
    private: Path, tmp_path: Path, processes: str
) -> None:
    start = partial(
        running,
        errors=tmp_path / "log",
        STENA_DATA=str(private / "data"),
        WEB_CONCURRENCY=processes,
    )
    with start() as program:
        serving = program.processes
        program.process.kill()
        program.process.wait()
    assert passes(ROOTS_USER, private)
    with start() as program:
        # Those whose parent was killed have the folder open until they notice.
        eventually(lambda: not any(process.is_running() for process in serving))
        assert program.stop() == 0
    assert rights(private) == (0o700, None)


def test_a_lock_that_somebody_else_keeps_on_the_folder_does_not_keep_the_wall_from_starting(
    private: Path,
) -> None:
    folder = os.open(private, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with embedded.run(private / "data"):
        assert passes(ROOTS_USER, private)
    os.close(folder)
    with embedded.run(private / "data"):
        pass
    assert rights(private) == (0o700, None)


def test_without_access_control_lists_the_folder_is_made_passable_for_all_and_the_log_says_so(
    private: Path, tmp_path: Path
) -> None:
    private.chmod(0o711)
    disk = private / "disk"
    with mounted(disk, "ramfs", "mode=700"):
        with running(errors=tmp_path / "log", STENA_DATA=str(disk / "data")) as program:
            assert stat.S_IMODE(disk.stat().st_mode) == 0o701
            [said] = [line for line in program.log.splitlines() if f'"{disk}"' in line]
            assert "for all users, for good" in said
            assert program.stop() == 0
        assert stat.S_IMODE(disk.stat().st_mode) == 0o701
