from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg
import psutil
import pytest
from aiohttp import ClientResponse, ClientSession, ClientTimeout

from stena.store import embedded
from stena.store.cluster import Cluster
from tests.patient import waiting
from tests.program import ended, eventually, get, post, running
from tests.web.calls import KEY, call, create, listed

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from stena.store.database import Address

JSON = "application/json"
END_LISTENING = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'stena listen'
"""
LISTENS = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'stena listen')
"""


@pytest.fixture
def own_postgres(tmp_path: Path) -> Generator[tuple[str, psutil.Process]]:
    """A database server that a test may freeze and kill."""
    with embedded.run(tmp_path / "own") as url:
        pid_file = tmp_path / "own" / "postgres" / "postmaster.pid"
        yield url, psutil.Process(int(pid_file.read_text().splitlines()[0]))


@contextmanager
def frozen(server: psutil.Process) -> Generator[None]:
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


async def test_a_frozen_database_gives_503_in_time_and_the_wall_recovers(
    tmp_path: Path, own_postgres: tuple[str, psutil.Process]
) -> None:
    url, server = own_postgres
    with running(*waiting(10), errors=tmp_path / "log", DATABASE_URL=url) as program:
        async with ClientSession(program.url, timeout=ClientTimeout(60)) as client:
            await (await client.post("/api/messages.create", json={"text": "before"})).read()
            await until(client, 200)
            with frozen(server):
                # The cache is not used for long once changes may go unnoticed.
                await until(client, 503)
                # More than the pool has connections, so that some wait.
                answers = await asyncio.gather(
                    *(client.get("/api/messages.list") for _ in range(8)),
                    client.post("/api/messages.create", json={"text": "meanwhile"}),
                    client.get("/", headers={"Accept": "text/html"}),
                    client.post("/messages", data={"text": "typed in vain"}),
                    client.get("/readyz"),
                )
                for answer in answers:
                    assert answer.status == 503
                    assert answer.headers["Retry-After"] == "5"
                assert "typed in vain" in await answers[-2].text()
                assert (await client.get("/healthz")).status == 200
            await until(client, 200)
            answer = await client.post("/api/messages.create", json={"text": "after"})
            assert answer.status == 201


async def test_a_killed_database_gives_503_and_the_wall_recovers(
    tmp_path: Path,
) -> None:
    data = tmp_path / "own"
    with (
        embedded.run(data) as url,
        running(errors=tmp_path / "log", DATABASE_URL=url) as program,
    ):
        async with ClientSession(program.url) as client:
            await (await client.post("/api/messages.create", json={"text": "kept"})).read()
            await until(client, 200)
            pid_file = data / "postgres" / "postmaster.pid"
            psutil.Process(int(pid_file.read_text().splitlines()[0])).kill()
            # Its child processes go on for a moment.
            answer = await until(client, 503)
            assert (await answer.json())["error"]["code"] == "unavailable"
            Cluster(data / "postgres").start()  # the operator starts it again
            await until(client, 200)
            answer = await client.get("/api/messages.list")
            assert [m["text"] for m in (await answer.json())["messages"]] == ["kept"]


async def until(client: ClientSession, status: int) -> ClientResponse:
    async with asyncio.timeout(60):
        while (answer := await client.get("/api/messages.list")).status != status:  # noqa: ASYNC110 -- the other side of HTTP sets no event
            await asyncio.sleep(0.02)
        return answer


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgres://nobody@/postgres?host={folder}", "role"),
        ("postgres://postgres@/no_such_database?host={folder}", "does not exist"),
        ("postgres://127.0.0.1:9/x", "OSError|Connect"),
        ("postgres://no-such-host.invalid/x", "gaierror"),
        ("postgres://postgres@/x?host=/no/such/folder", "FileNotFoundError"),
    ],
)
def test_a_database_that_is_not_there_is_told_in_one_line(
    postgres: str, url: str, reason: str
) -> None:
    folder = postgres.partition("host=")[2]
    done = ended(DATABASE_URL=url.format(folder=folder), STENA_POSTGRES__START_TIMEOUT="0")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("The database cannot be used: ")
    assert re.search(reason, last)
    assert "Traceback" not in done.stderr


def test_of_several_hosts_the_one_that_answers_is_taken(tmp_path: Path, address: Address) -> None:
    url = address.url.replace("host=", "host=/no/such/folder,")
    assert url != address.url
    with running(
        errors=tmp_path / "log", DATABASE_URL=f"{url}&target_session_attrs=read-write"
    ) as program:
        assert post(f"{program.url}/api/messages.create", b'{"text": "x"}', JSON)[0] == 201


async def limited_to(
    number: int, connection: asyncpg.Connection[asyncpg.Record], address: Address
) -> str:
    """The URL of the database for a new role that may have so many connections."""
    role = f"wall_of_{number}"
    await connection.execute(
        f"""
        CREATE ROLE {role} LOGIN CONNECTION LIMIT {number};
        GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};
        GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role};
        """
    )
    return address.url.replace("://postgres@", f"://{role}@")


async def test_with_fewer_connections_than_the_pool_may_have_requests_wait_for_one(
    tmp_path: Path, address: Address
) -> None:
    connection = await asyncpg.connect(address.url)
    # One of them listens, and the pool would have five.
    url = await limited_to(3, connection, address)
    with running(
        errors=tmp_path / "log", DATABASE_URL=url, STENA_WALL__POSTS_PER_MINUTE="0"
    ) as program:
        async with ClientSession(program.url) as client:
            one = (await create(client, "Question", key=KEY))["id"]
            await until_it_listens(connection)
            await asyncio.gather(
                *(
                    call(client, "react", id=one, kind="love", key=f"key-of-visitor-{n:03}")
                    for n in range(60)
                ),
                *(call(client, "edit", id=one, key=KEY, text=f"text {n}") for n in range(20)),
                *(listed(client, limit=10, before=99) for _ in range(60)),
            )
        assert "database_failed" not in program.log
    await connection.close()


async def test_listening_gets_a_connection_though_the_pool_has_taken_all(
    tmp_path: Path, address: Address
) -> None:
    connection = await asyncpg.connect(address.url)
    url = await limited_to(4, connection, address)
    with running(errors=tmp_path / "log", DATABASE_URL=url) as program:
        async with ClientSession(program.url) as client:
            await until_it_listens(connection)
            # Requests are there first when its connection ends.
            while await connection.fetchval(LISTENS):
                await connection.execute(END_LISTENING)
                await asyncio.gather(*(listed(client, limit=10, before=99) for _ in range(20)))
        await until_it_listens(connection)
        assert "database_failed" not in program.log
    await connection.close()


async def until_it_listens(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    async with asyncio.timeout(60):
        while not await connection.fetchval(LISTENS):  # noqa: ASYNC110 -- a database sets no event
            await asyncio.sleep(0.02)


async def test_while_the_only_connection_is_being_made_others_wait_for_it(
    tmp_path: Path, address: Address
) -> None:
    connection = await asyncpg.connect(address.url)
    # The one that the server takes is made within a second; it refuses the others at once.
    url = f"{await limited_to(1, connection, address)}&post_auth_delay=1"
    # It starts with several jobs, all of which ask for a connection at once.
    with running(
        errors=tmp_path / "log", DATABASE_URL=url, STENA_POSTGRES__LISTEN="false"
    ) as program:
        async with ClientSession(program.url) as client:
            await create(client, "One after another", key=KEY)
        assert "database_failed" not in program.log
    await connection.close()


def test_a_database_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    late = tmp_path / "late"
    with embedded.run(late) as url:
        pass
    with ThreadPoolExecutor(1) as pool:

        def start() -> str:
            with running(errors=tmp_path / "log", DATABASE_URL=url) as program:
                return get(f"{program.url}/readyz")[1]

        answer = pool.submit(start)
        eventually(lambda: "waiting_for_database" in read(tmp_path / "log"))
        with embedded.run(late):
            assert json.loads(answer.result()) == {"status": "ok"}


def read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def test_only_the_walls_own_user_can_lock_its_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    # As an earlier release made it.
    (data / "lock").touch(0o644)
    with embedded.run(data):
        assert (data / "lock").stat().st_mode & 0o777 == 0o600
