from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.patient import TO_STOP, patient
from tests.program import PATIENCE, ROOT, ended, environment, eventually, get, post, running

if TYPE_CHECKING:
    from stena.store.database import Address

JSON = "application/json"


def leave(url: str, text: str) -> int:
    status, _ = post(f"{url}/api/messages.create", json.dumps({"text": text}).encode(), JSON)
    return status


def texts(url: str) -> list[str]:
    status, body = get(f"{url}/api/messages.list?limit=100")
    assert status == 200
    return [message["text"] for message in json.loads(body)["messages"]]


def postgres_of(data: Path) -> psutil.Process:
    number = int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    return psutil.Process(number)


def test_a_message_is_there_after_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for number in range(2):
        with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
            assert leave(program.url, f"start {number}") == 201
            assert program.stop() == 0
        assert not (data / "postgres" / "postmaster.pid").exists()
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        assert texts(program.url) == ["start 1", "start 0"]


def test_ctrl_c_stops_both_cleanly(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        database = postgres_of(data)
        assert program.stop(signal.SIGINT) == 0
        assert not database.is_running() or database.status() == psutil.STATUS_ZOMBIE


def test_after_kill_9_of_the_wall_the_next_start_recovers(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        leave(program.url, "kept")
        program.stop(signal.SIGKILL)
    assert postgres_of(data).is_running()
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        assert texts(program.url) == ["kept"]
        assert program.stop() == 0
    assert not (data / "postgres" / "postmaster.pid").exists()


def test_after_kill_9_of_the_database_the_next_start_recovers(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        leave(program.url, "kept")
        postgres_of(data).kill()
        eventually(lambda: get(f"{program.url}/readyz")[0] == 503)
        status, page = get(f"{program.url}/healthz")
        assert status == 200, page
        assert program.stop() == 0
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        assert texts(program.url) == ["kept"]


def test_after_kill_9_of_both_the_next_start_recovers(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        leave(program.url, "kept")
        database = postgres_of(data)
        program.stop(signal.SIGKILL)
        database.kill()
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        assert texts(program.url) == ["kept"]


@pytest.mark.parametrize("content", ["", "123\n", "{pid}\n/elsewhere\n1\n5432\n/x\n\n\n"])
def test_a_pid_file_that_a_crash_left_behind_is_in_nobodys_way(
    tmp_path: Path, content: str
) -> None:
    data = tmp_path / "data"
    with running(errors=tmp_path / "log", STENA_DATA=str(data)):
        pass
    (data / "postgres" / "postmaster.pid").write_text(content.format(pid=os.getpid()))
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        assert leave(program.url, "back") == 201


def test_half_a_database_that_was_never_finished_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "data" / "postgres.partial"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with running(errors=tmp_path / "log", STENA_DATA=str(tmp_path / "data")) as program:
        assert leave(program.url, "whole") == 201


def test_a_second_start_on_the_same_data_says_so_and_ends_with_2(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(errors=tmp_path / "log", STENA_DATA=str(data)) as program:
        done = ended(STENA_DATA=str(data))
        assert done.returncode == 2
        [starting, reason] = done.stderr.splitlines()
        assert '"starting"' in starting
        assert f"already running on the data in {data}" in reason
        assert leave(program.url, "undisturbed") == 201


def test_data_of_another_version_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "postgres"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("12\n")
    done = ended(STENA_DATA=str(tmp_path / "data"))
    assert done.returncode == 1
    assert "were made by PostgreSQL 12" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_start_says_why_in_one_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(errors=tmp_path / "log", STENA_DATA=str(data)):
        pass
    (data / "postgres" / "global" / "pg_control").unlink()
    done = ended(STENA_DATA=str(data))
    assert done.returncode == 1
    assert "did not start" in done.stderr.splitlines()[-1]
    assert "pg_control" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = ended(STENA_DATA=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    starting, line = done.stderr.splitlines()
    assert '"event": "starting"' in starting
    assert re.fullmatch(r"The data folder .* cannot be used: .*", line)


def test_a_data_folder_may_have_spaces_and_a_long_name(tmp_path: Path) -> None:
    for name in ("with spaces, 'quotes' и буквы", "long" * 40):
        with running(errors=tmp_path / "log", STENA_DATA=str(tmp_path / name)) as program:
            assert leave(program.url, "here") == 201


def test_a_data_folder_that_the_database_cannot_use_is_told_in_one_line(tmp_path: Path) -> None:
    done = ended(STENA_DATA=str(tmp_path / "$HOME"))
    assert done.returncode == 1
    assert "its path has one of" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told_in_one_line(address: Address) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = ended(DATABASE_URL=address.url, PORT=str(port), STENA_COMMON__HOST="127.0.0.1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"Port {port} on 127.0.0.1 cannot be used")
    assert "Traceback" not in done.stderr


def test_the_address_is_one_line_on_standard_output(address: Address) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "stena"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORT": "0", "DATABASE_URL": address.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    process.terminate()
    rest, _ = process.communicate()
    assert re.fullmatch(r"The wall is at http://localhost:\d+\n", first)
    assert rest == ""
    assert process.returncode == 0


def test_requests_in_flight_are_finished_when_it_stops(tmp_path: Path, address: Address) -> None:
    slow = patient(TO_STOP)
    with running(*slow, errors=tmp_path / "log", DATABASE_URL=address.url) as program:
        host, _, port = program.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as client:
            body = b'{"text": "slow"}'
            client.sendall(
                b"POST /api/messages.create HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            )
            # The program has the request in hand once it asks for the body.
            assert client.recv(100).startswith(b"HTTP/1.1 100")
            program.process.send_signal(signal.SIGTERM)
            eventually(lambda: "stopping" in program.log)
            client.sendall(body)
            assert client.recv(100).startswith(b"HTTP/1.1 201")
        assert program.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("processes", ["1", "2"])
def test_after_sigterm_it_serves_on_but_is_not_ready_and_closes_connections(
    tmp_path: Path, address: Address, processes: str
) -> None:
    # So long that all below is asked meanwhile; in fact these are two seconds.
    serves_on = patient({"stena.server:DRAIN_SECONDS": 10 * PATIENCE})
    with running(
        *serves_on, errors=tmp_path / "log", DATABASE_URL=address.url, WEB_CONCURRENCY=processes
    ) as program:
        host, _, port = program.url.removeprefix("http://").partition(":")
        with closing(http.client.HTTPConnection(host, int(port))) as connection:
            connection.request("GET", "/healthz")
            kept = connection.getresponse()
            assert (kept.read(), kept.will_close) == (b'{"status":"ok"}', False)
            program.process.send_signal(signal.SIGTERM)
            eventually(lambda: "stopping" in get(f"{program.url}/readyz")[1])
            assert leave(program.url, "just in time") == 201
            connection.request("GET", "/")
            last = connection.getresponse()
            assert "just in time" in last.read().decode()
            assert last.headers["Connection"] == "close"
        # Ctrl-C ends that.
        assert program.stop() == 0


def test_programs_that_start_together_migrate_once(tmp_path: Path, empty_address: Address) -> None:
    def start(number: int) -> str:
        with running(errors=tmp_path / f"log{number}", DATABASE_URL=empty_address.url) as program:
            assert leave(program.url, f"{number}") == 201
            return program.log

    with ThreadPoolExecutor(3) as pool:
        logs = "".join(pool.map(start, range(3)))
    assert logs.count("Running upgrade  -> 0085824f4c35") == 1


def test_a_program_may_be_told_not_to_migrate(tmp_path: Path, empty_address: Address) -> None:
    with running(
        errors=tmp_path / "log", DATABASE_URL=empty_address.url, STENA_POSTGRES__MIGRATE="false"
    ) as program:
        for path in ("/readyz", "/api/messages.list"):
            status, body = get(f"{program.url}{path}")
            assert (status, json.loads(body)["error"]["code"]) == (503, "not_migrated")
        done = ended(sys.executable, "-m", "stena", "migrate", DATABASE_URL=empty_address.url)
        assert done.returncode == 0, done.stderr
        assert get(f"{program.url}/readyz")[0] == 200


def test_logs_are_json_lines_without_addresses_or_words(tmp_path: Path, address: Address) -> None:
    with running(
        errors=tmp_path / "log", DATABASE_URL=address.url, STENA_LOGGING__REQUESTS="true"
    ) as program:
        leave(program.url, "private words")
        get(f"{program.url}/private-path?private=query")
        program.stop()
        lines = [json.loads(line) for line in program.log.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(r["method"], r["route"], r["status"]) for r in requests] == [
        ("POST", "/api/messages.create", 201),
        ("GET", "unknown", 404),
    ]
    assert "127.0.0.1" not in program.log
    assert "private" not in program.log


def test_logs_are_text_for_people_where_they_ask_for_it(tmp_path: Path, address: Address) -> None:
    with running(
        errors=tmp_path / "log", DATABASE_URL=address.url, STENA_LOGGING__FORMAT="text"
    ) as program:
        program.stop()
        assert re.search(r"\[info +\] stopping", program.log)


def test_the_signal_to_stop_is_heard_while_the_program_is_still_loading() -> None:
    # The first process of a container hears only what it asks for; so does one that begins so.
    command = ("sh", "-c", f"trap '' TERM; exec {sys.executable} main.py")
    nowhere = environment(DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
    process = subprocess.Popen(command, cwd=ROOT, env=nowhere, stderr=subprocess.PIPE)
    libraries = Path(f"/proc/{process.pid}/maps")
    eventually(lambda: "pydantic_core" in libraries.read_text())
    process.terminate()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"database" not in said
