"""A real PostgreSQL for the whole run, and a database of its own for each test."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from stena.app import create_app
from stena.settings import Settings
from stena.store import embedded, migration
from stena.store.database import Address
from stena.web.protocol import Runner
from tests.several import Several

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from typing import Any

    from aiohttp import web

    Client = TestClient[web.Request, web.Application]

NUMBERS = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--processes", type=int, default=1, help="how many serve the wall that `client` talks to"
    )


@pytest.fixture(scope="session")
def postgres() -> Generator[str]:
    """The URL of a server with nothing of ours in it."""
    # Not pytest's own folder, which a second run closes to every other user while this one uses it.
    with TemporaryDirectory() as folder, embedded.run(Path(folder)) as url:
        yield url


@pytest.fixture(scope="session")
async def template(postgres: str) -> str:
    """The name of a migrated, empty database to copy."""
    address = await create_database(postgres, "template", None)
    await migration.upgrade(address, naive_time_zone="UTC")
    return "template"


@pytest.fixture
async def address(postgres: str, template: str) -> Address:
    """A migrated, empty database that nobody else uses."""
    return await create_database(postgres, f"test{next(NUMBERS)}", template)


@pytest.fixture
async def empty_address(postgres: str) -> Address:
    """A database that no migration has touched."""
    return await create_database(postgres, f"test{next(NUMBERS)}", None)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def client(
    settings: Settings, address: Address, request: pytest.FixtureRequest
) -> AsyncGenerator[Client]:
    """Somebody who talks HTTP to a wall of their own."""
    processes = request.config.getoption("processes")
    front = (
        Front(create_app(settings, address))
        if processes == 1
        else Several(processes, settings, address)
    )
    # Without `unsafe` no cookie is kept for an address that is a number.
    async with TestClient(front, cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


class Front(TestServer):
    """The application behind the protocol that it is served with."""

    async def _make_runner(self, **kwargs: Any) -> Runner:  # noqa: ANN401 -- as aiohttp's own
        # aiohttp's test server cancels a view whose visitor leaves; our program does not.
        return Runner(self.app, **kwargs | {"handler_cancellation": False})


async def create_database(postgres: str, name: str, template: str | None) -> Address:
    connection = await asyncpg.connect(postgres)
    try:
        copied = f"TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
        await connection.execute(f"CREATE DATABASE {name} {copied}")
    finally:
        await connection.close()
    return Address(urlsplit(postgres)._replace(path=f"/{name}").geturl())
