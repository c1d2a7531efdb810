"""A real PostgreSQL for the whole run, and a database of its own for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import hypothesis
import pytest
from aiohttp import CookieJar, TCPConnector
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web_app import _cached_build_middleware

from stena.app import create_app
from stena.settings import Settings
from stena.store import embedded, migration
from stena.store.database import Address
from stena.web.internals.protocol import Runner
from tests import prepared  # noqa: F401 -- takes effect when it is imported
from tests.backup import Backup
from tests.calm import calm
from tests.patient import STEPPED, impose
from tests.program import PATIENCE
from tests.several import Several

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from typing import Any

    from aiohttp import web

    from tests.patient import Limits

    Client = TestClient[web.Request, web.Application]

NUMBERS = itertools.count(1)
# Linux's file system in memory, and more than the whole suite writes into it.
MEMORY, MEMORY_NEEDED = Path("/dev/shm"), 4 * 1024**3  # noqa: S108 -- each run has a folder of its own

# The fixtures of the tests that need a browser.
BROWSERS = {"browser", "engine"}

# How long an example takes is the machine's affair.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--processes", type=int, default=1, help="how many serve the wall that `client` talks to"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give each run a folder of its own for what tests write, in memory where there is room.

    In pytest's folder a second run closes the first one's to every other user, PostgreSQL's too.
    The databases of the tests are files by the hundred, made and removed again: on a disk, that
    takes a third of the run.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED:
        # Workers, browsers and programs that the tests start take it from the environment.
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    if config.option.basetemp is None:
        config.option.basetemp = mkdtemp(prefix="stena-tests-")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remove that folder, unless there is something to look at."""
    if exitstatus == pytest.ExitCode.OK and not hasattr(session.config, "workerinput"):
        shutil.rmtree(session.config.option.basetemp, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, and what the number of processes matters to."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if not BROWSERS.isdisjoint(fixtures):
            item.add_marker(pytest.mark.browser)
        if "client" in fixtures:
            item.add_marker(pytest.mark.served)
    # Started last, it would run alone on one core at the end.
    items.sort(key=lambda item: item.get_closest_marker("longest") is None)


@pytest.fixture(scope="session")
async def postgres() -> AsyncGenerator[str]:
    """The URL of a server with nothing of ours in it."""
    with TemporaryDirectory() as folder, embedded.run(Path(folder)) as url:
        await _forget_the_disk(url)
        yield url


async def _forget_the_disk(postgres: str) -> None:
    """Nothing that is kept here outlives the run. Tests that kill a server have their own."""
    await _execute(
        postgres,
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "SELECT pg_reload_conf()",
    )


@pytest.fixture(scope="session")
async def template(postgres: str) -> str:
    """The name of a migrated, empty database to copy."""
    address = await create_database(postgres, "template", None)
    await migration.upgrade(address, naive_time_zone="UTC")
    return "template"


@pytest.fixture
async def address(postgres: str, template: str) -> AsyncGenerator[Address]:
    """A migrated, empty database that nobody else uses."""
    async with database(postgres, template) as address:
        yield address


@pytest.fixture
def backup(postgres: str, address: Address, tmp_path: Path) -> Backup:
    return Backup(postgres, address, tmp_path / "backup")


@pytest.fixture
async def empty_address(postgres: str) -> AsyncGenerator[Address]:
    """A database that no migration has touched."""
    async with database(postgres) as address:
        yield address


@pytest.fixture
def limits() -> Limits:
    """The constants of the wall that have other values in a test, in each of its processes."""
    return STEPPED


@pytest.fixture(autouse=True)
def patient(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a request wait for the database as long as a machine needs that is busy with tests."""
    impose(limits, monkeypatch.setattr)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def client(
    settings: Settings, address: Address, limits: Limits, request: pytest.FixtureRequest
) -> AsyncGenerator[Client]:
    """Somebody who talks HTTP to a wall of their own."""
    processes = request.config.getoption("processes")
    front = (
        Front(create_app(calm(settings), address))
        if processes == 1
        else Several(processes, calm(settings), address, limits)
    )
    async with _talking(front) as client:
        yield client


@pytest.fixture
async def client_of_one(settings: Settings, address: Address) -> AsyncGenerator[Client]:
    """The same, where the test is about the state of one process."""
    async with _talking(Front(create_app(calm(settings), address))) as client:
        yield client


@asynccontextmanager
async def _talking(front: TestServer) -> AsyncGenerator[Client]:
    # A test that pauses goes on with the process that has answered it: what others do, the next
    # page of another one has a moment later.
    connector = TCPConnector(keepalive_timeout=10 * PATIENCE)
    # Without `unsafe` no cookie is kept for an address that is a number.
    async with TestClient(front, cookie_jar=CookieJar(unsafe=True), connector=connector) as client:
        yield client
    # aiohttp keeps the last 1,024 applications in it, with all that they remember.
    _cached_build_middleware.cache_clear()


class Front(TestServer):
    """The application behind the protocol that it is served with."""

    async def _make_runner(self, **kwargs: Any) -> Runner:  # noqa: ANN401 -- as aiohttp's own
        # aiohttp's test server cancels a view whose visitor leaves; our program does not.
        return Runner(self.app, **kwargs | {"handler_cancellation": False})


@asynccontextmanager
async def database(
    postgres: str, template: str | None = None, locale: str = ""
) -> AsyncGenerator[Address]:
    """A database for a while. What is dropped soon hardly reaches the disk."""
    name = f"test{next(NUMBERS)}"
    yield await create_database(postgres, name, template, locale)
    await _execute(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def create_database(
    postgres: str, name: str, template: str | None, locale: str = ""
) -> Address:
    await _execute(
        postgres,
        f"CREATE DATABASE {name} TEMPLATE {template or 'template1'} STRATEGY FILE_COPY {locale}",
    )
    return Address(urlsplit(postgres)._replace(path=f"/{name}").geturl())


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
