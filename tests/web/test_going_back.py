"""The database goes back under running walls: a backup is restored, a replica takes over late."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from stena.settings import Postgres, Settings
from stena.settings import Wall as WallSettings
from tests.web.calls import call, create, listed
from tests.web.events import PATIENCE, Events, leave, listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.backup import Backup
    from tests.conftest import Client

KEPT, LOST, NEW = 40, 60, 5
KEY = "k" * 24


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=WallSettings(posts_per_minute=0))


class Reader:
    """An open page: a list of messages, and the stream after it."""

    def __init__(self, client: Client, events: Events) -> None:
        self._client = client
        self._events = events
        self.shown: set[str] = set()
        self.resets = 0

    async def sees(self, texts: set[str]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not texts <= self.shown:
                event = await self._events.next()
                if event.kind == "reset":
                    self.resets += 1
                    self.shown = {one["text"] for one in await listed(self._client, limit=100)}
                elif event.kind == "message":
                    self.shown.add(event.data["text"])


@asynccontextmanager
async def reading(client: Client) -> AsyncGenerator[Reader]:
    async with listening(client) as events:
        yield Reader(client, events)


async def posted(client: Client, text: str) -> None:
    """Post as somebody who presses again where the database does not answer yet."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await client.post("/api/messages.create", json={"text": text})
            if answer.status == 201:
                return
            assert answer.status == 503, await answer.text()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("passed", [None, 0, LOST + 20])
async def test_all_see_what_is_posted_after_the_database_went_back(
    client: Client, other: Client, backup: Backup, passed: int | None
) -> None:
    walls = (client, other)
    for number in range(KEPT):
        await leave(client, f"kept {number}")
    await backup.make()
    for number in range(LOST):
        await leave(walls[number % 2], f"lost {number}")
    async with AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(reading(wall)) for wall in walls * 2]
        for wall in walls:
            assert (await listed(wall))[0]["text"].startswith("lost")
        if passed is None:
            await backup.restore_in_place()
        else:
            await backup.take_over(passed)
        new = {f"new {number}" for number in range(NEW)}
        for number in range(NEW):
            wall = walls[number % 2]
            await posted(wall, f"new {number}")
            assert (await listed(wall))[0]["text"] == f"new {number}"
        for one in readers:
            await one.sees(new)
            assert one.resets == 1
            assert not any(text.startswith("lost") for text in one.shown)
    for wall in walls:
        texts = [one["text"] for one in await listed(wall, limit=100)]
        assert new <= set(texts[:NEW])
        assert not any(text.startswith("lost") for text in texts)


async def test_a_page_drops_what_is_lost_though_nobody_posts(
    client_of_one: Client, backup: Backup
) -> None:
    await leave(client_of_one, "kept")
    await backup.make()
    await leave(client_of_one, "lost")
    async with listening(client_of_one) as events:
        assert (await listed(client_of_one))[0]["text"] == "lost"
        await backup.restore_in_place()
        assert (await events.next()).kind == "reset"
        assert [one["text"] for one in await listed(client_of_one)] == ["kept"]


async def test_a_change_that_is_lost_is_looked_for_once(
    client_of_one: Client, backup: Backup
) -> None:
    await leave(client_of_one, "kept")
    await backup.make()
    number = (await create(client_of_one, "lost", key=KEY))["id"]
    await call(client_of_one, "react", id=number, key=KEY, kind="love")
    seen = {"seen": "3"}
    async with listening(client_of_one) as events:
        await backup.restore_in_place()
        assert (await events.next()).kind == "reset"
    client_of_one.session.cookie_jar.clear()
    for path in ("/", "/api/messages.list", "/feed.atom"):
        answer = await client_of_one.get(path, cookies=seen)
        assert re.match("seen=; Max-Age=0", answer.headers["Set-Cookie"])
    assert client_of_one.session.cookie_jar.filter_cookies(client_of_one.make_url("/")) == {}


class TestWithoutListen:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(postgres=Postgres(listen=False))

    async def test_a_look_notices_that_the_numbers_were_passed(
        self, client_of_one: Client, backup: Backup
    ) -> None:
        await leave(client_of_one, "kept")
        await backup.make()
        await leave(client_of_one, "lost")
        async with reading(client_of_one) as reader:
            await backup.take_over(5)
            await reader.sees({"kept", "meanwhile"})
            assert "lost" not in reader.shown
