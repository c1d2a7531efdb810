"""Several hosts in the URL, a primary and its standby: which one is written to, and a fail-over."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import suppress
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from tests.program import PATIENCE, ended, eventually, get, post, running
from tests.standby import Server, replicated, several
from tests.test_doctor import findings
from tests.test_kill import Writers, on_the_wall, send

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

JSON = "application/json"
SENTENCE = "The wall cannot reach its database. Please try again in a moment."


class Reader(threading.Thread):
    """An open stream, and what came, until the wall stops."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.kinds: set[str] = set()
        self._stream = urlopen(f"{url}/api/messages.stream", timeout=PATIENCE)  # noqa: S310 -- our own http:// address
        self.start()

    def run(self) -> None:
        with self._stream, suppress(OSError, HTTPException):
            for line in self._stream:
                if line.startswith(b"event: "):
                    self.kinds.add(line[7:].decode().strip())
                if line.startswith(b'data: {"id"'):
                    self.texts.append(json.loads(line[6:])["text"])


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Server, Server]]:
    with replicated(tmp_path_factory.mktemp("replicated")) as both:
        migrate(both[0])
        yield both


@pytest.mark.parametrize("kind", ["", "read-write", "primary"])
def test_the_primary_is_written_to_in_whatever_order_the_hosts_are(
    tmp_path: Path, servers: tuple[Server, Server], kind: str
) -> None:
    for hosts in (servers, servers[::-1]):
        with running(errors=tmp_path / "log", DATABASE_URL=url_of(*hosts, kind=kind)) as wall:
            text = f"{hosts.index(servers[0])} {kind}".strip()
            assert post(f"{wall.url}/api/messages.create", body(text), JSON)[0] == 201
            assert on_the_wall(wall.url)[0] == text
            assert "listening_lost" not in wall.log


def test_a_wall_that_asks_for_any_host_can_only_be_read_on_a_standby(
    tmp_path: Path, servers: tuple[Server, Server]
) -> None:
    primary, standby = servers
    url = url_of(standby, primary, kind="any")
    with running(errors=tmp_path / "log", DATABASE_URL=url) as wall:
        assert get(wall.url)[0] == 200
        status, answer = post(f"{wall.url}/api/messages.create", body("a text"), JSON)
        assert status == 503
        assert SENTENCE in answer


def test_the_doctor_says_which_host_can_be_written_to(servers: tuple[Server, Server]) -> None:
    primary, standby = servers
    found = findings(0, DATABASE_URL=url_of(standby, primary))
    assert found["hosts"]["what"] == (
        f"{standby.sockets}:5432 can only be read from; {primary.sockets}:5432 can be written to."
    )
    assert found["privileges"]["level"] == "ok"
    assert "hosts" not in findings(0, DATABASE_URL=url_of(primary))
    # The same server twice is no second primary.
    assert findings(0, DATABASE_URL=url_of(primary, primary))["hosts"]["level"] == "ok"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("processes", ["1", "2"])
def test_after_a_fail_over_the_wall_goes_on_and_nothing_acknowledged_is_lost(
    tmp_path: Path, order: int, processes: str
) -> None:
    log = tmp_path / "log"
    with replicated(tmp_path) as (primary, standby):
        url = url_of(*(primary, standby)[::order])
        with running(errors=log, DATABASE_URL=url, WEB_CONCURRENCY=processes) as wall:
            reader = Reader(wall.url)
            writers = Writers(wall.url)
            with writers.at_work():
                writers.wrote(60)
                primary.kill()
            # The standby can be read from, but may be behind: it is not asked.
            status, answer = post(f"{wall.url}/api/messages.create", body("too early"), JSON)
            assert status == 503
            assert SENTENCE in answer
            # Another process may have noticed it later, and have the page in memory until then.
            eventually(lambda: get(wall.url)[0] == 503)
            eventually(lambda: get(f"{wall.url}/readyz")[0] == 503)
            found = findings(2, DATABASE_URL=url)
            assert found["database"]["level"] == "error"
            assert "can only be read from" in found["hosts"]["what"]
            assert "cannot be used (Connection" in found["hosts"]["what"]

            standby.promote()
            eventually(lambda: send(wall.url, "after the fail-over"))
            kept = on_the_wall(wall.url)
            assert len(kept) == len(set(kept))
            assert set(writers.acknowledged) <= set(kept)
            for text in writers.begun:
                # Of two processes one may notice later that the database is there.
                eventually(lambda text=text: send(wall.url, text))
            kept = on_the_wall(wall.url)
            assert sorted(kept) == sorted([*writers.begun, "after the fail-over"])
            eventually(lambda: set(kept) <= set(reader.texts))
            # Each came once, and the page needed no new list.
            assert sorted(reader.texts) == sorted(kept)
            assert "reset" not in reader.kinds
            assert "job_failed" not in wall.log
            assert findings(1, DATABASE_URL=url)["hosts"]["level"] == "warning"
        reader.join(PATIENCE)


def test_two_primaries_are_told_apart_by_the_doctor_alone(tmp_path: Path) -> None:
    with replicated(tmp_path) as (primary, standby):
        migrate(primary)
        standby.promote()
        found = findings(1, DATABASE_URL=url_of(primary, standby))["hosts"]
        assert found["what"].count("can be written to") == 2
        assert "Stop the one" in found["mend"]


def migrate(server: Server) -> None:
    done = ended(sys.executable, "-m", "stena", "migrate", DATABASE_URL=url_of(server))
    assert done.returncode == 0, done.stderr


def url_of(*servers: Server, kind: str = "") -> str:
    return f"{several(*servers)}&target_session_attrs={kind}" if kind else several(*servers)


def body(text: str) -> bytes:
    return json.dumps({"text": text}).encode()
