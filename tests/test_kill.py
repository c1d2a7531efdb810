"""kill -9 of any process under load: nothing acknowledged is lost or repeated."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.program import Program, eventually, get, post, running

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

WRITERS = 4


class Writers:
    """Clients that post one message after the other, each with a nonce of its own."""

    def __init__(self, url: str) -> None:
        self.begun: list[str] = []
        self.acknowledged: list[str] = []
        self._url = url
        self._enough = threading.Event()

    @contextmanager
    def at_work(self) -> Generator[None]:
        with ThreadPoolExecutor(WRITERS) as pool:
            for writer in range(WRITERS):
                pool.submit(self._write, writer)
            try:
                yield
            finally:
                self._enough.set()

    def wrote(self, more: int) -> None:
        """Wait until so many more messages are acknowledged."""
        so_far = len(self.acknowledged)
        eventually(lambda: len(self.acknowledged) >= so_far + more)

    def _write(self, writer: int) -> None:
        number = 0
        while not self._enough.is_set():
            number += 1
            text = f"message {writer} {number}"
            self.begun.append(text)
            if send(self._url, text):
                self.acknowledged.append(text)


def send(url: str, text: str) -> bool:
    """Post a message. Returns whether it was acknowledged."""
    content = {"text": text, "nonce": text.replace(" ", "-")}
    try:
        status, _ = post(
            f"{url}/api/messages.create", json.dumps(content).encode(), "application/json"
        )
    except (OSError, HTTPException):
        return False
    return status == 201


def on_the_wall(url: str) -> list[str]:
    found: list[str] = []
    query = "?limit=100"
    while query:
        page = _read(f"{url}/api/messages.list{query}")
        found += [message["text"] for message in page["messages"]]
        query = f"?limit=100&before={page['next']}" if page["next"] else ""
    return found


def _read(url: str) -> dict[str, Any]:
    """A page, once the process that answers has noticed that the database does."""
    answers: list[str] = []

    def is_read() -> bool:
        status, answer = get(url)
        answers.append(answer)
        return status == HTTPStatus.OK

    eventually(is_read)
    return dict(json.loads(answers[-1]))


def the_wall(program: Program, _: Path) -> None:
    program.process.kill()


def the_database(_: Program, data: Path) -> None:
    psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split()[0])).kill()


@pytest.mark.parametrize("kill", [the_wall, the_database])
@pytest.mark.parametrize("processes", ["1", "2"])
def test_nothing_acknowledged_is_lost_or_repeated(
    tmp_path: Path, kill: Callable[[Program, Path], None], processes: str
) -> None:
    data = tmp_path / "data"
    start = partial(
        running, errors=tmp_path / "log", STENA_DATA=str(data), WEB_CONCURRENCY=processes
    )
    with start() as program:
        writers = Writers(program.url)
        with writers.at_work():
            writers.wrote(60)
            kill(program, data)
        program.process.kill()
        program.process.wait()
    with start() as program:
        kept = on_the_wall(program.url)
        assert len(kept) == len(set(kept))
        assert set(writers.acknowledged) <= set(kept) <= set(writers.begun)
        # A client without an answer sends the same again, and the message exists once.
        assert all(send(program.url, text) for text in writers.begun)
        assert sorted(on_the_wall(program.url)) == sorted(writers.begun)


def test_a_process_that_is_killed_is_replaced_and_takes_nothing_with_it(tmp_path: Path) -> None:
    with running(
        errors=tmp_path / "log", STENA_DATA=str(tmp_path / "data"), WEB_CONCURRENCY="2"
    ) as program:
        first = program.processes
        writers = Writers(program.url)
        with writers.at_work():
            for process in first:
                writers.wrote(30)
                process.kill()
            eventually(lambda: len(program.processes - first) == 2)
            writers.wrote(30)
        kept = on_the_wall(program.url)
        assert len(kept) == len(set(kept))
        assert set(writers.acknowledged) <= set(kept) <= set(writers.begun)
        assert program.stop() == 0
