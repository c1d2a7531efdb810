"""The environment of a failure, and the output of the program."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import asyncpg
import psutil

from stena.store.cluster import PID_FILE, Cluster
from tests.article.repository import free_port
from tests.program import ROOT, ended

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from stena.store.database import Address

# The authentication rules of the guarded server.
ADMISSION = """\
local all all trust
hostssl all encrypted 127.0.0.1/32 trust
host all guarded 127.0.0.1/32 scram-sha-256
"""


class Outcome(NamedTuple):
    """The output, in the log or on a page, and the exit code; None if the program went on."""

    code: int | None
    printed: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The resources that a failure may need.

    Attributes:
        folder: empty.
        address: a migrated database.
        empty: a database without tables.
        socket: the socket of the server of both.
        guarded: a server that listens on a port.
    """

    folder: Path
    address: Address
    empty: Address
    socket: Path
    guarded: Guarded


class Guarded:
    """A PostgreSQL with a port and the authentication rules of ADMISSION."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._cluster = Cluster(folder / "postgres")

    @property
    def process(self) -> psutil.Process:
        file = self._cluster.folder / PID_FILE
        return psutil.Process(int(file.read_text().splitlines()[0]))

    def url(self, user: str) -> str:
        return f"postgres://{user}@127.0.0.1:{self.port}/postgres"

    @contextmanager
    def open(self) -> Generator[None]:
        with self._cluster.within_reach(), self._started():
            yield

    @contextmanager
    def _started(self) -> Generator[None]:
        self._cluster.create()
        (self._cluster.folder / "pg_hba.conf").write_text(ADMISSION)
        socket = self._cluster._socket_folder()  # noqa: SLF001 -- the wall's own listens on no port
        options = f"-h 127.0.0.1 -p {self.port} -k '{socket}'"
        self._cluster._control("start", "-l", self._cluster.log, "-o", options)  # noqa: SLF001 -- as above
        try:
            url = f"postgres://postgres@/postgres?host={socket}&port={self.port}"
            with connected(url) as database:
                database("CREATE ROLE encrypted LOGIN")
                database("CREATE ROLE guarded LOGIN PASSWORD 'correct-horse'")
            yield
        finally:
            self._cluster.stop()


class Connected:
    """One connection, which holds its locks until it closes."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._connection = runner.run(_connect(url))

    def __call__(self, statement: str) -> list[asyncpg.Record]:
        return self._runner.run(self._connection.fetch(statement))

    def close(self) -> None:
        self._runner.run(self._connection.close())


@contextmanager
def connected(url: str) -> Generator[Connected]:
    """A direct connection to a database, to inspect or change it."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        connection = Connected(url, runner)
        try:
            yield connection
        finally:
            connection.close()


async def _connect(url: str) -> asyncpg.Connection[asyncpg.Record]:
    return await asyncpg.connect(url)


def ending(*command: str, **variables: str | None) -> Outcome:
    """The outcome of a command that ends by itself."""
    done = ended(*command, cwd=ROOT, **variables)
    return Outcome(done.returncode, done.stdout + done.stderr)


def unreached(url: str, **variables: str | None) -> Outcome:
    """The outcome of a wall that tries to connect once."""
    return ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="0", **variables)


def as_user(address: Address, name: str) -> str:
    return address.url.replace("://postgres@", f"://{name}@")


def database_name(address: Address) -> str:
    return urlsplit(address.url).path.removeprefix("/")
