from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings, Wall

if TYPE_CHECKING:
    from tests.conftest import Client


async def flood(client: Client, posts: int, **headers: str) -> list[int]:
    statuses = []
    for number in range(posts):
        answer = await client.post(
            "/api/messages.create", json={"text": f"{number}"}, headers=headers
        )
        statuses.append(answer.status)
    return statuses


class TestThree:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(posts_per_minute=3))

    async def test_an_address_that_floods_the_wall_is_held_back(self, client: Client) -> None:
        assert await flood(client, 5) == [201, 201, 201, 429, 429]
        answer = await client.post("/api/messages.create", json={"text": "more"})
        assert (await answer.json())["error"]["code"] == "too_many_posts"
        assert "Retry-After" in answer.headers
        page = await client.post("/messages", data={"text": "kept"})
        assert page.status == 429
        assert "\nkept</textarea>" in await page.text()
        listed = await (await client.get("/api/messages.list")).json()
        assert len(listed["messages"]) == 3

    async def test_no_forged_header_makes_it_another_address(self, client: Client) -> None:
        for number in range(3):
            await flood(client, 1, **{"X-Forwarded-For": f"192.0.2.{number}"})
        assert await flood(client, 1, **{"X-Forwarded-For": "192.0.2.99"}) == [429]

    async def test_a_refused_text_does_not_count(self, client: Client) -> None:
        for _ in range(5):
            answer = await client.post("/api/messages.create", json={"text": " "})
            assert answer.status == 422
        assert await flood(client, 3) == [201, 201, 201]


class TestBehindARouter:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1), wall=Wall(posts_per_minute=1))

    async def test_the_last_hop_is_the_visitor(self, client: Client) -> None:
        for last, status in (("192.0.2.1", 201), ("192.0.2.2", 201), ("192.0.2.1", 429)):
            header = f"10.{len(last)}.0.1, {last}"
            assert await flood(client, 1, **{"X-Forwarded-For": header}) == [status]


class TestWithoutLimit:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(posts_per_minute=0))

    async def test_there_is_none(self, client: Client) -> None:
        assert set(await flood(client, 30)) == {201}
