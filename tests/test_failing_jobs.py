"""A program whose background job fails says so, ends and is replaced."""

from __future__ import annotations

import json
import socket
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.hand import REFUSE_WORDS, Hand
from tests.patient import TO_FAIL, TO_STOP, patient
from tests.program import PATIENCE, ended, eventually, get, post, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address
    from tests.program import Program

BODY = b'{"text": "in hand"}'


@pytest.fixture
def hand(address: Address) -> Hand:
    return Hand(address)


def test_readyz_and_the_doctor_say_that_a_job_is_down_and_healthz_does_not(
    tmp_path: Path, address: Address, hand: Hand
) -> None:
    fails_on = patient(TO_FAIL)
    with running(*fails_on, errors=tmp_path / "log", DATABASE_URL=address.url) as program:
        port = str(urlsplit(program.url).port)
        assert examined(address, port) == (0, "ok", "it can serve.")
        hand(REFUSE_WORDS)
        assert say(program, "to be found") == 201
        # While the job runs again it is not down: the pauses become longer.
        eventually(lambda: code_of(program) == "job_failed")
        assert get(f"{program.url}/healthz")[0] == 200
        down = f"the wall on port {port} says that it cannot serve: job_failed."
        eventually(lambda: examined(address, port) == (2, "error", down), 5 * PATIENCE)
        hand("DROP TRIGGER refuse ON message_words")
        eventually(lambda: get(f"{program.url}/readyz")[0] == 200)
        eventually(lambda: "to be found" in get(f"{program.url}/api/messages.search?q=found")[1])
        assert program.stop() == 0
        failures = failed(program)
    assert [one["failures"] for one in failures] == list(range(1, len(failures) + 1))
    assert {one["job"] for one in failures} == {"keep_searchable"}
    assert "RaiseError" in failures[0]["exception"]
    assert "private" not in program.log


def test_a_job_that_always_fails_ends_the_process_after_what_it_has_in_hand(
    tmp_path: Path, address: Address, hand: Hand
) -> None:
    slow = patient(TO_STOP)
    with running(*slow, errors=tmp_path / "log", DATABASE_URL=address.url) as program:
        hand(REFUSE_WORDS)
        assert say(program, "x") == 201
        in_hand = begin(program)
        eventually(lambda: "stopping" in program.log, 2 * PATIENCE)
        assert end(in_hand) == b"201"
        assert program.process.wait(PATIENCE) == 1
    last = program.log.splitlines()[-1]
    assert last.startswith("The background job keep_searchable failed 8 times in a row")
    assert "Traceback" not in program.log


def test_of_two_processes_the_one_whose_job_always_fails_is_replaced(
    tmp_path: Path, address: Address, hand: Hand
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url, WEB_CONCURRENCY="2") as program:
        eventually(lambda: len(program.processes) == 2)
        first = program.processes
        hand(REFUSE_WORDS)
        assert say(program, "to be found") == 201
        eventually(lambda: len(program.processes - first) == 2, 2 * PATIENCE)
        assert "process_ends" in program.log
        hand("DROP TRIGGER refuse ON message_words")
        assert get(program.url)[0] == 200
        eventually(lambda: "to be found" in get(f"{program.url}/api/messages.search?q=found")[1])
        assert program.stop() == 0


def say(program: Program, text: str) -> int:
    body = json.dumps({"text": text}).encode()
    return post(f"{program.url}/api/messages.create", body, "application/json")[0]


def begin(program: Program) -> socket.socket:
    """A post that the program has in hand, and whose body it waits for."""
    client = socket.create_connection(("127.0.0.1", urlsplit(program.url).port or 0))
    client.sendall(
        b"POST /api/messages.create HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    )
    assert client.recv(100).startswith(b"HTTP/1.1 100")
    return client


def end(client: socket.socket) -> bytes:
    """Send the body, and return the status."""
    with client:
        client.sendall(BODY)
        return client.recv(100).split()[1]


def code_of(program: Program) -> str | None:
    """Why the program cannot serve; None if it can."""
    error = json.loads(get(f"{program.url}/readyz")[1]).get("error")
    return error and str(error["code"])


def failed(program: Program) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in program.log.splitlines() if line.startswith("{")]
    return [event for event in events if event["event"] == "job_failed"]


def examined(address: Address, port: str) -> tuple[int, str, str]:
    """The doctor's exit code, and what it finds out about the wall that runs."""
    done = ended(
        sys.executable, "-m", "stena", "doctor", "--json", DATABASE_URL=address.url, PORT=port
    )
    [ready] = [one for one in json.loads(done.stdout) if one["about"] == "ready"]
    return done.returncode, ready["level"], ready["what"]
