"""Several hosts in the URL: one that hangs leaves time for the others."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stena.deadline import PATIENCE as VISITORS
from stena.store.connecting import HOST_SECONDS, connect, one_by_one
from stena.store.database import Address
from tests.patient import patient
from tests.program import PATIENCE, ended, eventually, post, running

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

JSON = "application/json"
LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'stena listen'"


@contextmanager
def hosts_that_hang(address: Address, number: int) -> Generator[Address]:
    """The same database behind hosts that take connections and never say a word."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        url = address.url.replace("host=", "host=" + "127.0.0.1," * number)
        yield Address(f"{url}&port={f'{port},' * number}5432")


async def test_the_wall_is_set_up_and_serves_though_the_first_host_hangs(
    tmp_path: Path, empty_address: Address
) -> None:
    soon = patient({"stena.store.connecting:HOST_SECONDS": HOST_SECONDS})
    with (
        hosts_that_hang(empty_address, 1) as both,
        running(*soon, errors=tmp_path / "log", DATABASE_URL=both.url) as program,
    ):
        assert post(f"{program.url}/api/messages.create", b'{"text": "x"}', JSON)[0] == 201
        assert "database_migrated" in program.log
        await asyncio.to_thread(eventually, lambda: listens(empty_address))
        assert "listening_lost" not in program.log
        done = ended(sys.executable, "-m", "stena", "doctor", DATABASE_URL=both.url)
        assert "ok: database: it answers." in done.stdout, done.stdout


def listens(address: Address) -> bool:
    async def count() -> int:
        connection = await asyncpg.connect(address.url)
        number: int = await connection.fetchval(f"{LISTENERS} AND datname = current_database()")
        await connection.close()
        return number

    return asyncio.run(count()) > 0


async def test_two_hosts_that_hang_leave_time_for_a_third(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 3 * HOST_SECONDS < VISITORS
    monkeypatch.setattr("stena.store.connecting.HOST_SECONDS", HOST_SECONDS)
    with hosts_that_hang(address, 2) as three:
        connection = await connect(three, "test", seconds=PATIENCE)
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_when_no_host_answers_the_first_one_tells_why(address: Address) -> None:
    url = address.url.replace("host=", "host=/no/such/folder,")
    with pytest.raises(FileNotFoundError):
        await connect(Address(f"{url}&target_session_attrs=read-only"), "test", seconds=PATIENCE)


@pytest.mark.parametrize(
    ("url", "each"),
    [
        ("postgres://u:p@h/x", ["postgres://u:p@h/x"]),
        (
            "postgres://h1,h2",
            [
                "postgres://h1?target_session_attrs=read-write",
                "postgres://h2?target_session_attrs=read-write",
            ],
        ),
        (
            "postgres://u:p@h1:5432,[::1]:5433/x?target_session_attrs=primary",
            [
                "postgres://u:p@h1:5432/x?target_session_attrs=primary",
                "postgres://u:p@[::1]:5433/x?target_session_attrs=primary",
            ],
        ),
        (
            "postgres://u@/x?host=/run/a,/run/b&port=1,2",
            [
                "postgres://u@/x?host=%2Frun%2Fa&port=1&target_session_attrs=read-write",
                "postgres://u@/x?host=%2Frun%2Fb&port=2&target_session_attrs=read-write",
            ],
        ),
        ("postgres://u@/x?host=/a&port=1", ["postgres://u@/x?host=/a&port=1"]),
        ("postgres://u@/x?host=/a,/b&port=1,2,3", ["postgres://u@/x?host=/a,/b&port=1,2,3"]),
        (
            "postgres://a,b/x?target_session_attrs=prefer-standby",
            ["postgres://a,b/x?target_session_attrs=prefer-standby"],
        ),
        ("postgres:///x", ["postgres:///x"]),
    ],
)
def test_a_url_is_split_into_one_for_each_host(url: str, each: list[str]) -> None:
    assert one_by_one(url) == each
