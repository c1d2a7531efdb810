"""The wall's own PostgreSQL ends while the wall serves: it is started again."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import asyncpg
import psutil
import pytest

from stena.store import embedded
from tests.failures.scene import connected
from tests.machine import mounted
from tests.program import PATIENCE, eventually, get, post, running
from tests.test_kill import on_the_wall, send

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.program import Program


def server(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split()[0]))


def the_postmaster(server: psutil.Process) -> None:
    server.kill()


def all_of_it(server: psutil.Process) -> None:
    for process in [server, *server.children()]:
        process.kill()


@pytest.mark.parametrize("kill", [the_postmaster, all_of_it])
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_server_that_was_killed_is_started_again(
    tmp_path: Path, kill: Callable[[psutil.Process], None], processes: str
) -> None:
    data = tmp_path / "data"
    with running(
        errors=tmp_path / "log", STENA_DATA=str(data), WEB_CONCURRENCY=processes
    ) as program:
        assert send(program.url, "said before")
        kill(server(data))
        eventually(lambda: send(program.url, "said after"))
        # The other process may be ready a moment later.
        eventually(lambda: shown(program.url) == ["said after", "said before"])
        eventually(lambda: "database_runs_again" in program.log)
        assert program.log.count("database_ended") == 1
        assert program.stop() == 0
    assert embedded.running(data) is None


def shown(url: str) -> list[str]:
    """What is on the wall; nothing while it cannot be read."""
    status, answer = get(f"{url}/api/messages.list")
    if status != HTTPStatus.OK:
        return []
    return [message["text"] for message in json.loads(answer)["messages"]]


def fill(file: Path) -> None:
    """Write until the disk is full."""
    with file.open("wb", buffering=0) as ballast:
        for size in (1024**2, 4096):
            try:
                while ballast.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


def posted_until_refused(program: Program, kept: set[str]) -> str:
    """Post until the disk takes no more. Returns what was refused."""
    while True:
        text = f"{len(kept)} " + "x" * 3000
        body = json.dumps({"text": text}).encode()
        status, answer = post(f"{program.url}/api/messages.create", body, "application/json")
        if status != 201:
            assert status == 503
            assert json.loads(answer)["error"]["code"] == "unavailable"
            return text
        kept.add(text)


def write_until_it_ends(url: str) -> None:
    with connected(url) as database:
        while True:
            # Nothing but a record of the write-ahead log.
            database("SELECT pg_logical_emit_message(false, '', repeat('x', 1000000))")


def test_a_full_disk_loses_nothing_and_the_wall_goes_on_once_there_is_room(
    tmp_path: Path,
) -> None:
    data, ballast = tmp_path / "data", tmp_path / "data" / "ballast"
    with (
        mounted(data, "tmpfs", "size=160m,mode=755"),
        running(errors=tmp_path / "log", STENA_DATA=str(data)) as program,
    ):
        kept = {f"said before {number}" for number in range(5)}
        assert all(send(program.url, text) for text in kept)
        fill(ballast)
        refused = posted_until_refused(program, kept)
        assert json.loads(get(f"{program.url}/api/messages.list")[1])["messages"]
        # The next file of the write-ahead log finds no room, which ends the server.
        more = itertools.count()

        def starves() -> bool:
            # A checkpoint may have given room back, with which the server starts once more.
            fill(data / f"ballast{next(more)}")
            if (url := embedded.running(data)) is not None:
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    write_until_it_ends(url)
            return "database_does_not_start" in program.log

        # On a busy machine one turn takes many seconds.
        eventually(starves, 5 * PATIENCE)
        assert "Make room there" in program.log
        assert get(f"{program.url}/readyz")[0] == 503
        assert get(f"{program.url}/healthz")[0] == 200
        assert not send(program.url, "said meanwhile")
        for one in data.glob("ballast*"):
            one.unlink()
        eventually(lambda: send(program.url, "said after"))
        # The background jobs may need a moment more.
        eventually(lambda: get(f"{program.url}/readyz")[0] == HTTPStatus.OK)
        found = on_the_wall(program.url)
        assert len(found) == len(set(found))
        assert (
            kept | {"said after"} <= set(found) <= kept | {refused, "said after", "said meanwhile"}
        )
        assert program.stop() == 0
