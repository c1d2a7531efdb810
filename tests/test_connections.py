"""More connections than the wall may open, and clients that do not read or do not answer."""

from __future__ import annotations

import asyncio
import resource
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import uvloop
from aiohttp.test_utils import TestClient

from stena import server
from stena.app import create_app
from tests.calm import calm
from tests.conftest import Front
from tests.program import PATIENCE, ended, get, limited, post, running
from tests.web.events import leave

if TYPE_CHECKING:
    from pathlib import Path

    from stena.settings import Settings
    from stena.store.database import Address

FEW = 256
HALF_A_BODY = b"""\
POST /messages HTTP/1.1\r
Host: x\r
Content-Type: application/x-www-form-urlencoded\r
Content-Length: 9\r
\r
t"""


def connected(url: str, sent: bytes = b"") -> socket.socket:
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port))
    connection.sendall(sent)
    return connection


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        HALF_A_BODY,
        b"GET /api/messages.stream HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["silent", "half a head", "half a body", "streams"],
)
def test_more_connections_than_may_be_open_keep_nobody_out(
    sent: bytes, address: Address, tmp_path: Path
) -> None:
    with (
        running(*limited(f"-n {FEW}"), errors=tmp_path / "log", DATABASE_URL=address.url) as wall,
        ExitStack() as open_connections,
    ):
        for _ in range(2 * FEW):
            open_connections.enter_context(connected(wall.url, sent))
        assert get(f"{wall.url}/healthz")[0] == 200
        assert (
            post(f"{wall.url}/messages", b"text=words", "application/x-www-form-urlencoded")[0]
            == 200
        )
        assert "words" in get(wall.url)[1]
        assert "few_files" in wall.log
        if b"stream" not in sent:
            assert "connections_closed" in wall.log
        assert "Too many open files" not in wall.log


def test_the_limit_of_files_is_raised_as_far_as_it_may_be(address: Address, tmp_path: Path) -> None:
    command = limited(f"-Hn 20000 && ulimit -Sn {FEW}")
    with running(*command, errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        assert resource.prlimit(wall.process.pid, resource.RLIMIT_NOFILE) == (20_000, 20_000)
        assert "few_files" not in wall.log


def test_the_doctor_compares_the_limit_with_the_readers(address: Address) -> None:
    examined = ended(*limited(f"-n {FEW}", "doctor"), DATABASE_URL=address.url)
    assert (
        f"warning: files: A process may open {FEW} files, so it has places for 144 live"
        in examined.stdout
    )


def test_a_client_that_takes_nothing_of_its_answer_is_disconnected(
    settings: Settings, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.web.internals.protocol.UNREAD_SECONDS", 0.5)
    # On the program's own loop: Python's, before 3.13.2, never pauses a writer (CVE-2024-12254).
    assert uvloop.run(is_disconnected(settings, address))


async def is_disconnected(settings: Settings, address: Address) -> bool:
    """Ask for much, and read nothing of it."""
    async with TestClient(Front(create_app(calm(settings), address))) as client:
        for number in range(50):
            await leave(client, f"{number} " + "x" * 2000)
        url = client.make_url("/")
        with socket.socket() as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.connect((url.host, url.port))
            lazy.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 400)
            lazy.setblocking(False)  # noqa: FBT003 -- as the socket module has it
            # Empty lines ask for nothing. A client that does not write would not notice the end.
            try:
                async with asyncio.timeout(PATIENCE):
                    while True:
                        await asyncio.get_running_loop().sock_sendall(lazy, b"\r\n" * 1000)
            except ConnectionResetError:
                return True
            except TimeoutError:
                return False


def test_a_client_that_vanishes_is_noticed_by_what_it_does_not_acknowledge() -> None:
    with (
        server.listen("127.0.0.1", 0) as listening,
        connected(f"http://127.0.0.1:{listening.getsockname()[1]}"),
    ):
        accepted, _ = listening.accept()
        with accepted:
            timeout = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            assert timeout == server.UNACKNOWLEDGED_SECONDS * 1000
