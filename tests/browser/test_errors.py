"""Error pages: a sentence, and a link back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import asyncpg
import pytest
from playwright.async_api import Page, expect

from stena.settings import Settings, Wall
from tests.browser.conftest import lent
from tests.browser.visitor import card, put
from tests.failures.scene import database_name
from tests.patient import USED_UP

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from stena.store.database import Address
    from tests.conftest import Client

# A column of an unexpected type, as after a wrong migration.
SPOIL = """
ALTER TABLE message ALTER COLUMN created DROP DEFAULT;
ALTER TABLE message ALTER COLUMN created TYPE text
"""
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
@pytest.mark.parametrize(("path", "status"), [("/m/1/edit", 403), ("/nothing", 404)])
async def test_what_is_not_there_or_not_ones_own_has_a_way_back(
    script: bool,  # noqa: FBT001 -- a fixture
    tabs: dict[tuple[bool, str], Page],
    client: Client,
    path: str,
    status: int,
    language: str,
) -> None:
    await put(client, "message")
    async with lent(tabs[script, language]) as tab:
        answer = await tab.goto(str(client.make_url(path)))
        assert answer
        assert answer.status == status
        await assert_leads_back(tab, client, status)


async def test_a_bug_and_a_database_that_is_gone_have_a_way_back(
    tab: Page, client: Client, address: Address, postgres: str
) -> None:
    await put(client, "message")
    await run(address.url, SPOIL)
    answer = await tab.goto(str(client.make_url("/m/1")))
    assert answer
    assert answer.status == 500
    await expect(tab.get_by_role("heading")).to_contain_text(re.compile(r"\b[0-9a-f]{8}\b"))
    await expect(way_back(tab)).to_be_visible()

    name = database_name(address)
    await run(postgres, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await run(postgres, END, name)
    answer = await tab.goto(str(client.make_url("/m/1")))
    assert answer
    assert answer.status == 503
    await expect(tab.get_by_role("heading")).to_contain_text("cannot reach its database")
    await expect(way_back(tab)).to_be_visible()


@pytest.mark.parametrize("settings", [Settings(wall=Wall(posts_per_minute=1))])
@pytest.mark.parametrize("limits", [USED_UP], ids=["used up"])
async def test_who_does_too_much_at_once_has_a_way_back(
    tabs: dict[tuple[bool, str], Page], client: Client
) -> None:
    await put(client, "message")
    async with lent(tabs[False, "en-GB"]) as tab:
        await tab.goto(str(client.make_url("/")))
        await card(tab, 1).locator("summary").click()
        async with tab.expect_response(lambda answer: answer.status == 429):
            await card(tab, 1).locator("[value=love]").click()
        await expect(tab.get_by_role("heading")).to_contain_text("Too many messages in a row")
        await assert_leads_back(tab, client, 429)


async def assert_leads_back(tab: Page, client: Client, status: int) -> None:
    """By keyboard, through one link that names its target."""
    await expect(tab).to_have_title(re.compile(f"^{status} · "))
    await expect(tab.get_by_role("heading")).to_have_text(re.compile(r"^\S.+\.$"))
    await expect(way_back(tab)).to_be_in_viewport(ratio=1)
    await tab.locator("main").focus()
    await tab.keyboard.press("Tab")
    await expect(way_back(tab)).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(tab).to_have_url(str(client.make_url("/")))
    await expect(tab.locator("#write")).to_be_visible()


def way_back(tab: Page) -> Locator:
    return tab.get_by_role("link", name=re.compile("^(Back to the wall|Вернуться к стене)$"))


async def run(url: str, statements: str, *values: str) -> None:
    """Run a statement, as an owner would in psql."""
    connection = await asyncpg.connect(url)
    await connection.execute(statements, *values)
    await connection.close()
