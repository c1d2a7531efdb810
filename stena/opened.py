"""The wall's database, as a command of the owner opens it for a while."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from stena import config, whole_file
from stena.refusal import Refusal
from stena.store import client_programs, dump, embedded, inspection, revision
from stena.store.connecting import connect
from stena.store.database import Database
from stena.store.remedies import SILENT, plainly, remedy

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from pathlib import Path
    from typing import Any, TypeVar

    from asyncpg import Record

    from stena.settings import Postgres
    from stena.store.database import Address

    Result = TypeVar("Result")

CONNECT_SECONDS = 10


class NotDone(Exception):  # noqa: N818 -- it reads as what happened
    """One line: why it was not done, and what to do."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection to the wall's database, and what runs statements on it."""

    connection: asyncpg.Connection[Record]
    address: Address
    runner: asyncio.Runner

    @property
    def programs(self) -> Path:
        """The folder of PostgreSQL's client programs for this server."""
        return client_programs.find(self.connection.get_server_version().major)

    def migrate(self, postgres: Postgres) -> None:
        """Bring the database up to date.

        Raises:
            NotDone: it is as it was.
        """
        if self.run(revision.schema_state(self.connection)) != "behind":
            return
        from stena.store import migration  # noqa: PLC0415 -- it takes a second to load and is rarely needed

        zone = postgres.naive_time_zone
        try:
            self.run(migration.upgrade(self.address, naive_time_zone=zone))
        except migration.NotMigrated as error:
            raise NotDone(str(error)) from error

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(coroutine)


@contextmanager
def opened(postgres: Postgres, failure: str, *, create: bool = False) -> Generator[Opened]:
    """Open the wall's database, also its own if that does not run.

    Args:
        postgres: where it is.
        failure: what an error of it means for the command.
        create: whether to create the wall's own if there is none.

    Raises:
        NotDone: it cannot be used, or an error of it, of its programs or of the disk happened.
    """
    with (
        embedded.reached(
            postgres.database_url,
            require_ssl=postgres.require_ssl,
            data=config.data_folder(),
            create=create,
        ) as address,
        asyncio.Runner() as runner,
        _explained(failure),
    ):
        if runner.run(_is_pooled(address)):
            raise NotDone(
                "A pooler in transaction mode stands before the database, and this command needs a "
                "session for itself. Name the database itself in DATABASE_URL."
            )
        connection = runner.run(connect(address, "stena command", seconds=CONNECT_SECONDS))
        try:
            yield Opened(connection, address, runner)
        finally:
            connection.terminate()


async def _is_pooled(address: Address) -> bool:
    async with Database.open(address, pool_size=2) as database:
        await database.wait(0)
        return await inspection.shares_sessions(database)


@contextmanager
def _explained(failure: str) -> Generator[None]:
    """Turn an error of the database, of its programs or of the disk into one line."""
    try:
        yield
    except (client_programs.Unsuitable, whole_file.NotWritten) as error:
        raise NotDone(str(error)) from error
    except dump.Failed as failed:
        raise NotDone(f"{failure}: {failed}. {failed.mend}".rstrip()) from failed
    except Refusal as refusal:
        reason = refusal.__cause__ or refusal
        raise NotDone(f"{SILENT}: {plainly(reason)}. {remedy(reason)}") from refusal
    except _OF_THE_DATABASE as error:
        raise NotDone(f"{SILENT}: {plainly(error)}. {remedy(error)}") from error


_OF_THE_DATABASE = (
    OSError,
    ValueError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
