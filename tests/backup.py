"""A backup of the wall's database, restored under running walls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg

from stena.store.cluster import binaries

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address


class Backup:
    """A dump of the wall's database, as an operator makes it."""

    def __init__(self, server: str, address: Address, file: Path) -> None:
        self._server = server
        self._address = address
        self._file = file

    async def make(self) -> None:
        await self._run("pg_dump", "-Fc", "-f", str(self._file), self._address.url)

    async def restore_in_place(self) -> None:
        """The connections of the walls live on."""
        options = ("--clean", "--if-exists", "--single-transaction")
        await self._run("pg_restore", *options, "-d", self._address.url, str(self._file))

    async def take_over(self, more: int) -> None:
        """Another database takes the place; meanwhile so many were posted there."""
        name = urlsplit(self._address.url).path.removeprefix("/")
        url = urlsplit(self._address.url)._replace(path=f"/{name}_copy").geturl()
        await self._execute(self._server, f"CREATE DATABASE {name}_copy")
        await self._run("pg_restore", "-d", url, str(self._file))
        insert = "INSERT INTO message (text) SELECT 'meanwhile' FROM generate_series(1, {})"
        await self._execute(url, insert.format(more))
        await self._execute(
            self._server,
            f"DROP DATABASE {name} WITH (FORCE)",
            f"ALTER DATABASE {name}_copy RENAME TO {name}",
        )

    @staticmethod
    async def _execute(url: str, *statements: str) -> None:
        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    @staticmethod
    async def _run(program: str, *arguments: str) -> None:
        running = await asyncio.create_subprocess_exec(binaries() / program, *arguments)
        assert await running.wait() == 0
