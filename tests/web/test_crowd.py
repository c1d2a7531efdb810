"""A crowd that reacts: its reactions share commits, and leave connections to all others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import asyncpg
import pytest

from stena.settings import Settings, Wall
from stena.store.order import ORDER_LOCK
from stena.web.app_keys import WALL
from tests.web.calls import KEY, call, create, got, refused
from tests.web.events import PATIENCE, listening
from tests.web.moderating import held, make_token, moderate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.store.database import Address, Connection
    from stena.store.write_queue import WriteQueue
    from tests.conftest import Client

MANY = 120
# aiohttp's client has 100 connections at most; a stream uses one of them.
AT_ONCE = 99


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(posts_per_minute=0))


@pytest.fixture
async def hand(address: Address) -> AsyncGenerator[Connection]:
    connection = await asyncpg.connect(address.url)
    yield connection
    await connection.close()


async def waiting(hand: Connection) -> int:
    """How many connections wait for the order lock."""
    number: int = await hand.fetchval(
        """
        SELECT count(*) FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """
    )
    return number


async def waiting_at_least(hand: Connection, least: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await waiting(hand) < least:  # noqa: ASYNC110 -- a database sets no event
            await asyncio.sleep(0.01)


async def until_queued(client: Client, name: Literal["posts", "reactions"], number: int) -> None:
    """Wait until so many have arrived that are not committed yet.

    They come by connections of their own: those that are sent later may arrive earlier.
    """
    assert client.app
    queue: WriteQueue[Any, Any] = getattr(client.app[WALL], f"_{name}")
    async with asyncio.timeout(PATIENCE):
        while len(queue._queued) + len(queue._batch) < number:  # noqa: ASYNC110, SLF001 -- it sets no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def order_held(hand: Connection) -> AsyncGenerator[None]:
    """As by another process whose commit takes its time."""
    async with hand.transaction():
        await hand.execute("SELECT pg_advisory_xact_lock($1)", ORDER_LOCK)
        yield


async def test_who_waits_for_the_order_leaves_connections_to_who_reads(
    client_of_one: Client, hand: Connection
) -> None:
    numbers = [(await create(client_of_one, f"{place}", key=KEY))["id"] for place in range(10)]
    async with asyncio.TaskGroup() as crowd, order_held(hand):
        for number in numbers:
            for asked in (
                call(client_of_one, "react", id=number, kind="love", key=KEY),
                call(client_of_one, "edit", id=number, text="edited", key=KEY),
                call(client_of_one, "create", text="posted"),
            ):
                crowd.create_task(asked)
        await waiting_at_least(hand, 2)
        assert (await got(client_of_one, numbers[0]) or {})["text"] == "0"
        assert await waiting(hand) == 2
    for number in numbers:
        message = await got(client_of_one, number) or {}
        assert (message["text"], message["reactions"]) == ("edited", {"love": 1})


async def test_reactions_at_once_share_commits_and_all_see_how_many_there_are(
    client_of_one: Client, hand: Connection
) -> None:
    number = (await create(client_of_one, "Hello"))["id"]
    async with listening(client_of_one) as events:
        async with asyncio.TaskGroup() as crowd, order_held(hand):
            for one in range(MANY):
                asked = {"id": number, "kind": "love", "key": f"{KEY}-{one}"}
                crowd.create_task(call(client_of_one, "react", **asked))
            await until_queued(client_of_one, "reactions", AT_ONCE)
        reactions: dict[str, int] = {}
        while reactions.get("love") != MANY:
            event = await events.next()
            assert event.kind == "reacted"
            reactions = event.data["reactions"]
    # The number of each change is assigned once; the message has taken the first.
    assert await hand.fetchval("SELECT last_value FROM message_change") <= MANY / 4


async def test_in_one_commit_each_gets_what_they_asked_for(
    client_of_one: Client, hand: Connection
) -> None:
    first, second = [(await create(client_of_one, text))["id"] for text in ("one", "two")]
    await call(client_of_one, "react", id=second, kind="sad", key=KEY)
    async with order_held(hand):
        # The first of them waits for the lock, the others wait behind it and share a commit.
        ahead = asyncio.create_task(call(client_of_one, "react", id=first, kind="wow", key=KEY))
        await waiting_at_least(hand, 1)
        asked = [
            {"id": first, "kind": "love", "key": KEY},
            {"id": first, "kind": "love", "key": f"{KEY}-1"},
            {"id": first, "kind": "love", "key": f"{KEY}-1", "on": False},
            {"id": first, "kind": "like", "key": f"{KEY}-1", "on": False},
            {"id": first, "kind": "like", "key": f"{KEY}-1"},
            {"id": second, "kind": "sad", "key": KEY, "on": False},
            {"id": second, "kind": "wow", "key": KEY},
        ]
        tasks = []
        for number, one in enumerate(asked, 2):
            tasks.append(asyncio.create_task(call(client_of_one, "react", **one)))
            await until_queued(client_of_one, "reactions", number)
        missing = {"id": 999, "kind": "love", "key": KEY}
        nothing = asyncio.create_task(refused(client_of_one, "react", **missing))
    await ahead
    assert await nothing == (404, "not_found")
    reactions = {one["id"]: one["reactions"] for one in [(await task)["message"] for task in tasks]}
    assert reactions == {first: {"wow": 1, "love": 1, "like": 1}, second: {"wow": 1}}
    for number in (first, second):
        assert (await got(client_of_one, number) or {})["reactions"] == reactions[number]


async def test_a_reaction_that_the_database_cannot_take_fails_alone(
    client_of_one: Client, hand: Connection
) -> None:
    number = (await create(client_of_one, "Hello"))["id"]
    await hand.execute(
        """
        CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'not this one' USING ERRCODE = 'data_exception'; END $$;
        CREATE TRIGGER choke BEFORE INSERT ON reaction
            FOR EACH ROW WHEN (new.kind = 5) EXECUTE FUNCTION choke();
        """
    )

    async def status(place: int) -> int:
        kind = "sad" if place % 20 == 7 else "love"
        asked = {"id": number, "kind": kind, "key": f"{KEY}-{place}"}
        return (await client_of_one.post("/api/messages.react", json=asked)).status

    statuses = await asyncio.gather(*map(status, range(MANY)))
    assert statuses == [500 if place % 20 == 7 else 200 for place in range(MANY)]
    message = await got(client_of_one, number) or {}
    assert message["reactions"] == {"love": statuses.count(200)}


async def test_a_draft_that_comes_twice_at_once_waits_once_for_the_owner(
    client_of_one: Client, hand: Connection, address: Address
) -> None:
    await make_token(address)
    await moderate(client_of_one, "rule", mode="all")
    async with order_held(hand):
        sending = [asyncio.create_task(call(client_of_one, "create", text="first"))]
        await waiting_at_least(hand, 1)
        # These come into one batch.
        for place in range(MANY):
            sent = {"text": f"{place % 8}", "nonce": "5f0c7a2e9b14", "key": f"{KEY}-{place}"}
            sending.append(asyncio.create_task(call(client_of_one, "create", **sent)))
        await until_queued(client_of_one, "posts", AT_ONCE)
    await asyncio.gather(*sending)
    ids = [one["id"] for one in await held(client_of_one)]
    # A batch that fails is written again one by one, with new ids.
    assert sorted(ids) == list(range(min(ids), min(ids) + 9))
