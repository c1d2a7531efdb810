"""The command `restore`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from stena.store import contents
from tests.command import done, held, refused, started, stena
from tests.failures.scene import connected
from tests.owner import run
from tests.program import eventually, get, post, running
from tests.store.test_migration import alembic
from tests.test_kill import on_the_wall
from tests.test_standby import Reader

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address

KEY, OTHER = "key-of-the-author", "key-of-somebody-else"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "wall.backup"


def call(url: str, method: str, **fields: object) -> dict[str, Any]:
    body = json.dumps(fields).encode()
    status, answer = post(f"{url}/api/messages.{method}", body, "application/json")
    assert status in {200, 201}, answer
    return dict(json.loads(answer))


def rows(address: Address, query: str) -> list[dict[str, Any]]:
    with connected(address.url) as database:
        return [dict(row) for row in database(query)]


def fill(url: str) -> None:
    """Messages of two authors, a reply, a reaction, one that is deleted."""
    for number in range(3):
        call(url, "create", text=f"message {number}", key=KEY)
    call(url, "create", text="a reply", reply_to=1, key=OTHER, name="Anna")
    call(url, "react", id=1, kind="love", key=OTHER)
    call(url, "delete", id=2, key=KEY)


def everything(url: str) -> str:
    status, answer = get(f"{url}/api/messages.list?limit=100")
    assert status == 200
    return answer + get(f"{url}/api/messages.replies?id=1")[1]


def test_a_restored_wall_is_the_same_and_goes_on(tmp_path: Path, file: Path) -> None:
    data, elsewhere = str(tmp_path / "data"), str(tmp_path / "elsewhere")
    with running(errors=tmp_path / "log", STENA_DATA=data) as wall:
        fill(wall.url)
        before = everything(wall.url)
        done("backup", file, STENA_DATA=data)
    said = done("restore", file, STENA_DATA=elsewhere)
    assert "It has messages: 4, reactions: 1, the newest of " in said
    with running(errors=tmp_path / "log", STENA_DATA=elsewhere) as wall:
        assert everything(wall.url) == before
        # The keys of the authors hold, and the numbers go on.
        call(wall.url, "edit", id=1, text="edited", key=KEY)
        assert call(wall.url, "create", text="next")["message"]["id"] == 5


def test_a_check_says_what_is_in_the_backup_and_leaves_nothing_behind(
    tmp_path: Path, address: Address, file: Path
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        fill(wall.url)
        done("backup", file, DATABASE_URL=address.url)
        call(wall.url, "create", text="later")
        before = everything(wall.url)
        said = done("restore", "--check", file, DATABASE_URL=address.url).splitlines()
        assert everything(wall.url) == before
    assert said[0].endswith("(UTC).")
    assert "can be restored. It has messages: 4, reactions: 1, the newest of" in said[0]
    assert "messages: 4 in the backup, 5 on the wall now" in said
    assert "members" not in "".join(said)
    scratch = "SELECT datname FROM pg_database WHERE datname LIKE 'stena_check%'"
    assert rows(address, scratch) == []


def test_what_a_killed_check_left_the_next_one_drops(address: Address, file: Path) -> None:
    done("backup", file, DATABASE_URL=address.url)
    with connected(address.url) as database:
        [[oid]] = database("SELECT oid FROM pg_database WHERE datname = current_database()")
        database(f"CREATE DATABASE stena_check_{oid}")
    done("restore", file, "--check", DATABASE_URL=address.url)
    scratch = f"SELECT FROM pg_database WHERE datname = 'stena_check_{oid}'"
    assert rows(address, scratch) == []


def test_a_wall_with_something_in_it_is_refused(address: Address, file: Path) -> None:
    done("backup", file, DATABASE_URL=address.url)
    # An owner is something too.
    assert run(DATABASE_URL=address.url).returncode == 0
    line = refused("restore", file, DATABASE_URL=address.url)
    assert "This database is not empty: it has members: 1. Nothing was changed." in line
    assert "--replace" in line


def test_what_is_lost_is_said_and_the_owner_has_to_agree(
    tmp_path: Path, address: Address, file: Path
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        call(wall.url, "create", text="kept")
        done("backup", file, DATABASE_URL=address.url)
        call(wall.url, "create", text="lost")
    restore = ("restore", file, "--replace")
    for typed in ("", "\n", "yes\n"):
        ended = stena(*restore, typed=typed, DATABASE_URL=address.url)
        assert (ended.returncode, ended.stdout) == (1, "")
        said = ended.stderr
        assert "This will be lost, for good: messages: 2, the newest of" in said
        assert "Type replace to go on:" in said
        assert said.endswith("The answer was not replace. Nothing was changed.\n")
    assert len(rows(address, "SELECT FROM message")) == 2
    done(*restore, typed="replace\n", DATABASE_URL=address.url)
    assert rows(address, "SELECT text FROM message") == [{"text": "kept"}]
    done(*restore, "--yes", DATABASE_URL=address.url)
    assert rows(address, "SELECT text FROM message") == [{"text": "kept"}]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_wall_that_serves_goes_on_with_the_backup_and_its_readers_start_anew(
    tmp_path: Path, address: Address, file: Path, processes: str
) -> None:
    variables: dict[str, Any] = {"DATABASE_URL": address.url, "WEB_CONCURRENCY": processes}
    with running(errors=tmp_path / "log", **variables) as wall:
        fill(wall.url)
        done("backup", file, DATABASE_URL=address.url)
        kept = on_the_wall(wall.url)
        call(wall.url, "create", text="lost")
        readers = [Reader(wall.url) for _ in range(4)]
        done("restore", file, "--replace", "--yes", DATABASE_URL=address.url)
        eventually(lambda: all("reset" in reader.kinds for reader in readers))
        assert on_the_wall(wall.url) == kept
        call(wall.url, "create", text="new")
        eventually(lambda: all("new" in reader.texts for reader in readers))
        assert on_the_wall(wall.url) == ["new", *kept]
        assert "job_failed" not in wall.log
        assert "view_failed" not in wall.log
    for reader in readers:
        reader.join()


def test_a_damaged_backup_changes_nothing(tmp_path: Path, address: Address, file: Path) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        fill(wall.url)
        done("backup", file, DATABASE_URL=address.url)
        whole, before = file.read_bytes(), everything(wall.url)
        for size in (5, 5000, len(whole) - 1000, len(whole) - 1):
            file.write_bytes(whole[:size])
            for options in (("--replace", "--yes"), ("--check",)):
                said = refused("restore", file, *options, DATABASE_URL=address.url)
                assert f"{file} cannot be restored" in said
                assert said.endswith("damaged, or of a newer PostgreSQL: name another one.")
        assert everything(wall.url) == before


def test_what_is_no_backup_of_this_wall_is_refused_in_one_line(
    address: Address, empty_address: Address, file: Path
) -> None:
    data = file.with_name("data")
    assert "cannot be read: No such file" in refused("restore", file, STENA_DATA=str(data))
    assert not data.exists()
    assert "cannot be read: Is a dir" in refused("restore", file.parent, DATABASE_URL=address.url)
    file.write_text("CREATE TABLE message ();")
    assert "is no backup" in refused("restore", file, DATABASE_URL=address.url)
    with connected(empty_address.url) as database:
        # Enough for the command `backup`, and not for a restore.
        database("CREATE TABLE message (created timestamptz)")
    done("backup", "--overwrite", file, DATABASE_URL=empty_address.url)
    assert "there is no wall in it" in refused("restore", file, DATABASE_URL=address.url)
    with connected(empty_address.url) as database:
        database("CREATE TABLE alembic_version AS SELECT 'f00000000000' AS version_num")
    done("backup", "--overwrite", file, DATABASE_URL=empty_address.url)
    assert "made by a newer release" in refused("restore", file, DATABASE_URL=address.url)


def test_a_backup_of_an_older_release_is_migrated(
    address: Address, empty_address: Address, file: Path
) -> None:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(alembic("upgrade", "e1b7d2904c6f", empty_address))
    with connected(empty_address.url) as database:
        database("INSERT INTO message (text) VALUES ('of old')")
    done("backup", file, DATABASE_URL=empty_address.url)
    done("restore", file, DATABASE_URL=address.url)
    assert "of old" in str(rows(address, "SELECT text FROM message WHERE links IS NULL"))
    # The tables that the backup does not have are new ones.
    assert rows(address, "SELECT thread FROM rule") == [{"thread": ""}]


def test_what_a_restore_replaces_is_what_this_release_has(address: Address) -> None:
    found = rows(
        address,
        "SELECT relname FROM pg_class JOIN pg_namespace AS space ON space.oid = "
        "relnamespace WHERE nspname = 'public' AND relkind = 'r' ORDER BY relname COLLATE \"C\"",
    )
    assert [row["relname"] for row in found] == list(contents.TABLES)
    functions = rows(
        address,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname",
    )
    assert [row["proname"] for row in functions] == list(contents.FUNCTIONS)
    assert set(contents.KINDS.values()) < set(contents.TABLES)


def test_kill_9_in_the_middle_changes_nothing(tmp_path: Path, address: Address, file: Path) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        call(wall.url, "create", text="kept")
        done("backup", file, DATABASE_URL=address.url)
        call(wall.url, "create", text="later")
    restore = ("restore", file, "--replace", "--yes")
    with held(address, "lease") as waits, started(*restore, DATABASE_URL=address.url) as command:
        waits("psql")
        programs = psutil.Process(command.pid).children()
        command.kill()
    eventually(lambda: not any(map(alive, programs)))
    assert len(rows(address, "SELECT FROM message")) == 2
    done(*restore, DATABASE_URL=address.url)
    assert len(rows(address, "SELECT FROM message")) == 1


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_table_that_another_program_keeps_changes_nothing(address: Address, file: Path) -> None:
    done("backup", file, DATABASE_URL=address.url)
    before = rows(address, "SELECT * FROM lease ORDER BY name")
    with held(address, "lease"):
        said = refused("restore", file, DATABASE_URL=address.url)
    assert "lock timeout. Another program keeps a table: try again when it is done." in said
    assert "nothing was changed" in said
    assert rows(address, "SELECT * FROM lease ORDER BY name") == before


def test_of_two_restores_into_an_empty_database_one_is_made(
    tmp_path: Path, address: Address, empty_address: Address, file: Path
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        fill(wall.url)
    done("backup", file, DATABASE_URL=address.url)
    restore = ("restore", file)
    with (
        started(*restore, DATABASE_URL=empty_address.url) as one,
        started(*restore, DATABASE_URL=empty_address.url) as other,
    ):
        ended = {process.communicate()[1]: process.returncode for process in (one, other)}
    assert sorted(ended.values()) == [0, 1]
    [said] = [said for said in ended if said]
    assert "not empty" in said
    assert len(rows(empty_address, "SELECT FROM message")) == 4
