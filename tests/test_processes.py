"""Several processes behind one port: started, stopped and found as one."""

from __future__ import annotations

import json
import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from stena import __version__, server, supervisor
from stena.app import LAST_SECONDS
from stena.web.internals.protocol import ARRIVAL_SECONDS
from tests.patient import TO_STOP, patient
from tests.program import PATIENCE, Program, ended, eventually, get, post, running

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from stena.store.database import Address


def test_two_serve_one_port_as_one_wall(tmp_path: Path, address: Address) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url, WEB_CONCURRENCY="2") as program:
        eventually(lambda: len(program.processes) == 2)
        for number in range(20):
            # A connection for each request, so that different processes answer.
            leave(program, f"{number}")
        assert program.stop() == 0
        lines = [json.loads(line) for line in program.log.splitlines()]
    events = [line["event"] for line in lines]
    assert events == ["starting", "no_owner", "stopping", "stopping"]
    assert lines[0]["version"] == __version__


def test_machines_that_share_a_secret_send_the_same_page(tmp_path: Path, address: Address) -> None:
    def machine(name: str, secret: str) -> AbstractContextManager[Program]:
        return running(
            errors=tmp_path / name,
            DATABASE_URL=address.url,
            STENA_COMMON__SECRET=secret,
            # With the address that visitors use for all of them.
            STENA_WALL__URL="https://wall.example",
        )

    with (
        machine("one", "correct horse") as one,
        machine("two", "correct horse") as two,
        machine("three", "battery staple") as three,
    ):
        leave(one, "Good morning")
        eventually(lambda: all("Good morning" in get(f"{wall.url}/")[1] for wall in (two, three)))
        pages = [get(f"{wall.url}/")[1] for wall in (one, two, three)]
    assert pages[0] == pages[1]
    # Their responses are identical.
    assert pages[0] != pages[2]


def test_a_stop_is_over_before_a_host_kills_the_program() -> None:
    drained = server.DRAIN_SECONDS + server.SETTLE_SECONDS
    of_one = drained + ARRIVAL_SECONDS + server.SHUTDOWN_SECONDS + LAST_SECONDS
    assert max(of_one, drained + supervisor.STOP_SECONDS) < 10


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_and_what_is_in_hand_is_finished(
    tmp_path: Path, address: Address, number: int
) -> None:
    variables: dict[str, Any] = {"DATABASE_URL": address.url, "WEB_CONCURRENCY": "2"}
    with (
        running(*patient(TO_STOP), errors=tmp_path / "log", **variables) as program,
        ExitStack() as opened,
    ):
        eventually(lambda: len(program.processes) == 2)
        processes = program.processes
        host, _, port = program.url.removeprefix("http://").partition(":")
        clients = [
            opened.enter_context(socket.create_connection((host, int(port)))) for _ in range(8)
        ]
        body = b'{"text": "slow"}'
        for client in clients:
            client.sendall(
                b"POST /api/messages.create HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            )
            # A process has accepted the request once it asks for the body.
            assert client.recv(100).startswith(b"HTTP/1.1 100")
        program.process.send_signal(number)
        eventually(lambda: program.log.count("stopping") == 2)
        # New connections are refused at once, not held until the end.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)))
        for client in clients:
            client.sendall(body)
            assert client.recv(100).startswith(b"HTTP/1.1 201")
        opened.close()
        assert program.process.wait(PATIENCE) == 0
        assert not any(process.is_running() for process in processes)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_heard_from_the_first_moment(
    tmp_path: Path, address: Address, number: int
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url, WEB_CONCURRENCY="2") as program:
        if number == signal.SIGHUP:
            # An earlier signal ends the program too, but not gracefully.
            eventually(lambda: len(program.processes) == 2)
        program.process.send_signal(number)
        assert program.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("attempt", range(3))
def test_a_process_that_has_just_been_born_hears_that_it_shall_stop(
    tmp_path: Path,
    address: Address,
    attempt: int,  # noqa: ARG001 -- the moment is not always caught
) -> None:
    variables: dict[str, Any] = {"DATABASE_URL": address.url, "WEB_CONCURRENCY": "2"}
    with running(*patient(TO_STOP), errors=tmp_path / "log", **variables) as program:
        born = psutil.Process(_first_child(program.process.pid))
        born.suspend()
        program.process.send_signal(signal.SIGTERM)
        eventually(lambda: _has_signals_waiting(born.pid))
        born.resume()
        assert program.process.wait(PATIENCE) == 0
    # A process that missed the signal would be killed in the end, without a log line.
    assert program.log.count("stopping") == 2


def _first_child(parent: int) -> int:
    """The pid of the first child, a moment after it was forked."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    while not (found := children.read_text().split()):
        """Look again at once: the moment is a short one."""
    return int(found[-1])


def _has_signals_waiting(process: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("ShdPnd:")[2].split()[0], 16) != 0


def test_none_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with running(errors=tmp_path / "log", STENA_DATA=data, WEB_CONCURRENCY="2") as program:
        processes = program.processes
        leave(program, "kept")
        program.stop(signal.SIGKILL)
        # The next start need not wait until they have noticed.
        with running(errors=tmp_path / "next", STENA_DATA=data, WEB_CONCURRENCY="2") as after:
            assert "kept" in get(f"{after.url}/api/messages.list")[1]
            eventually(lambda: not any(process.is_running() for process in processes))
            assert leave(after, "more") == 201


def test_processes_that_cannot_serve_end_the_program_with_a_reason(address: Address) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = ended(
            DATABASE_URL=address.url,
            PORT=str(port),
            STENA_COMMON__HOST="127.0.0.1",
            WEB_CONCURRENCY="2",
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"Port {port} on 127.0.0.1 cannot be used")
    assert "Traceback" not in done.stderr


def leave(program: Program, text: str) -> int:
    body = json.dumps({"text": text}).encode()
    return post(f"{program.url}/api/messages.create", body, "application/json")[0]
