"""Many write at once: what they leave shares commits, and each gets an answer of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stena.settings import Postgres, Settings, Wall
from tests.web.calls import listed
from tests.web.events import leave, listening

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

MANY = 150


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(posts_per_minute=0), postgres=Postgres(pool_size=1))


async def write(*clients: Client) -> dict[int, str]:
    """Leave MANY at once, turn about; the texts by their ids."""

    async def one(number: int) -> tuple[int, str]:
        message = await leave(clients[number % len(clients)], f"text {number}")
        assert message["text"] == f"text {number}"
        return message["id"], message["text"]

    return dict(await asyncio.gather(*map(one, range(MANY))))


async def test_all_who_write_at_once_get_their_own_message(client: Client) -> None:
    left = await write(client)
    assert len(left) == MANY
    assert {one["id"]: one["text"] for one in await listed(client, limit=100)} == {
        number: left[number] for number in sorted(left)[-100:]
    }


async def test_two_processes_with_one_connection_each_keep_all_readers_up(
    client: Client, other: Client
) -> None:
    async with listening(client) as here, listening(other) as there:
        left = await write(client, other)
        for reader in (here, there):
            received = [(await reader.next()).data for _ in range(MANY)]
            assert [one["id"] for one in received] == sorted(left)
            assert {one["id"]: one["text"] for one in received} == left


async def test_what_the_database_cannot_take_fails_alone(client: Client, address: Address) -> None:
    connection = await asyncpg.connect(address.url)
    await connection.execute(
        """
        CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'not this one' USING ERRCODE = 'data_exception'; END $$;
        CREATE TRIGGER choke BEFORE INSERT ON message
            FOR EACH ROW WHEN (new.text LIKE 'bad %') EXECUTE FUNCTION choke();
        """
    )
    await connection.close()
    texts = [f"bad {number}" if number % 20 == 7 else f"good {number}" for number in range(MANY)]

    async def status(text: str) -> int:
        answer = await client.post("/api/messages.create", json={"text": text})
        return answer.status

    statuses = await asyncio.gather(*map(status, texts))
    assert statuses == [500 if text.startswith("bad") else 201 for text in texts]
    newest = {one["text"] for one in await listed(client, limit=100)}
    assert len(newest) == 100
    assert newest <= {text for text in texts if text.startswith("good")}
