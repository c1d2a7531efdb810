"""The owner at the wall's machine, and members in their browsers."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
from aiohttp import ClientSession, CookieJar

from stena import owner
from stena.settings import Postgres, Settings
from tests.program import ROOT, ended
from tests.web.calls import submit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from subprocess import CompletedProcess

    from stena.member import Role
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.calls import Asking

COMMAND = (sys.executable, "-m", "stena", "owner")
CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{6}\b")


def run(*arguments: str, **variables: str) -> CompletedProcess[str]:
    """Run the command on the wall's machine."""
    return ended(*COMMAND, *arguments, cwd=ROOT, **variables)


async def make_code(address: Address, name: str = "owner", role: Role = "owner") -> str:
    """A code as the command makes it, without a second to start the program."""
    settings = Settings(postgres=Postgres(database_url=address.url))
    return (await asyncio.to_thread(owner.make_code, settings, name, role)).splitlines()[-1]


async def sign_in(asking: Asking, code: str, **fields: str) -> None:
    """Sign in by the form; it has to succeed."""
    status, target = await submit(asking, "/owner/sign-in", code=code, **fields)
    assert status == 303, target


async def shown_code(asking: Asking, path: str, **fields: str) -> str:
    """A code from a page of the team."""
    status, page = await submit(asking, path, **fields)
    assert status == 200, page
    found = CODE.search(page)
    assert found, page
    return found[0]


@asynccontextmanager
async def device(client: Client) -> AsyncGenerator[ClientSession]:
    """Another browser at the wall of `client`."""
    jar = CookieJar(unsafe=True)
    async with ClientSession(client.make_url("/"), cookie_jar=jar) as session:
        yield session


async def rows(address: Address, query: str) -> list[dict[str, Any]]:
    """What a query finds in the wall's database."""
    connection = await asyncpg.connect(address.url)
    try:
        return [dict(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def between_steps(address: Address, *statements: str) -> None:
    """Change rows that the detection of floods reads and writes, while it is at no step of it.

    A step that had read them before would write the old ones back.
    """
    lease = "SELECT FROM lease WHERE name = 'detection' FOR UPDATE"
    await execute(address, "; ".join(["BEGIN", lease, *statements, "COMMIT"]))


async def execute(address: Address, *statements: str) -> None:
    """Change rows, since a test cannot wait until the time is over."""
    connection = await asyncpg.connect(address.url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
