"""The page that says what is kept of a visitor: its periods are those of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.ban import DAYS
from stena.decision import KEEP_DAYS
from stena.settings import Settings, Wall
from stena.source import KEPT_DAYS
from stena.store import sketch

if TYPE_CHECKING:
    from tests.conftest import Client


async def said(client: Client, language: str = "en") -> str:
    answer = await client.get("/privacy", headers={"Accept-Language": language})
    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers
    return await answer.text()


@pytest.mark.parametrize("settings", [Settings(wall=Wall(edit_minutes=7))])
async def test_it_names_the_periods_of_this_wall(client: Client) -> None:
    text = await said(client)
    assert f"is erased after {KEEP_DAYS} days" in text
    assert f"for {KEPT_DAYS} days at most" in text
    assert f"for at most {max(DAYS)} days at a time" in text
    assert "“Edit or delete” stands beside it for 7 minutes" in text
    assert f"after {KEEP_DAYS} days nothing says" in text
    assert "For two days" in text
    assert sketch.KEPT == "48 hours"
    assert "Сообщение и имя" in await said(client, "ru")


@pytest.mark.parametrize("settings", [Settings(wall=Wall(edit_minutes=0))])
async def test_where_nothing_can_be_edited_it_names_the_private_link_alone(
    client: Client,
) -> None:
    text = await said(client)
    assert "Edit or delete" not in text
    assert "by its private link" in text


@pytest.mark.parametrize(
    "settings",
    [Settings.model_validate({"wall": {"links": "Write to us mailto:us@yard.example"}})],
)
async def test_it_names_the_links_to_the_owner_where_there_are_some(client: Client) -> None:
    text = await said(client)
    assert "Or write to the owner" in text
    assert "mailto:us@yard.example" in text


async def test_without_links_it_promises_none(client: Client) -> None:
    assert "Or write to the owner" not in await said(client)


async def test_each_page_leads_to_it(client: Client) -> None:
    for path in ("/", "/search", "/privacy"):
        assert 'href="/privacy"' in await (await client.get(path)).text()
