"""A newer release alters tables while this one serves: no visitor notices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stena.settings import Settings, Wall
from tests.web.calls import KEY, call, create

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

TIMES = 4
# Of columns that every statement reads, the last of which changes its type to and fro.
ALTERATIONS = (
    "ALTER TABLE message ADD COLUMN new{number} integer",
    "ALTER TABLE message_words ADD COLUMN new{number} integer",
    "ALTER TABLE reaction ADD COLUMN new{number} integer",
    "ALTER TABLE message_words_mark ADD COLUMN new{number} integer",
    "ALTER TABLE message ALTER COLUMN replies TYPE {type}",
    "ALTER TABLE message_words_mark ALTER COLUMN change TYPE {mark}",
    "ALTER TABLE message ALTER COLUMN replies TYPE {back}",
)


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(posts_per_minute=0))


async def test_no_request_fails_while_tables_are_altered(client: Client, address: Address) -> None:
    over = asyncio.Event()
    visitors = [asyncio.create_task(visit(client, number, over)) for number in range(3)]
    connection = await asyncpg.connect(address.url)
    for number in range(TIMES):
        types = {"type": "bigint", "back": "integer", "mark": ("numeric", "bigint")[number % 2]}
        for alteration in ALTERATIONS:
            await connection.execute(alteration.format(number=number, **types))
            # So long that each visitor has prepared what they ask for.
            await asyncio.wait(visitors, timeout=0.1)
    await connection.close()
    over.set()
    assert all(await asyncio.gather(*visitors))


async def visit(client: Client, number: int, over: asyncio.Event) -> int:
    """All that a visitor can do, until it is over; how often."""
    times = 0
    while not over.is_set():
        one = (await create(client, f"word{number}", key=KEY))["id"]
        reply = (await create(client, "Reply", key=KEY, reply_to=one))["id"]
        await call(client, "react", id=one, kind="love", key=KEY)
        await call(client, "edit", id=one, key=KEY, text=f"word{number} again")
        await call(client, "delete", id=reply, key=KEY)
        await call(client, "react", id=one, kind="love", key=KEY, on=False)
        for path in (f"/api/messages.search?q=word{number}", f"/m/{one}", "/", "/?before=9999"):
            answer = await client.get(path)
            assert answer.status == 200, (path, await answer.text())
        times += 1
    return times
