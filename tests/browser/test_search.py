"""Search on a phone, with scripts and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser.visitor import address, put

if TYPE_CHECKING:
    from tests.conftest import Client

FIELD = "input[name=q]"


@pytest.fixture
async def wall(client: Client) -> str:
    for number in range(21):
        await put(client, f"Нашлась собака, рыжая, номер {number}", "Марина")
    await put(client, "Both dogs were running home")
    return address(client)


async def look_for(page: Page, words: str) -> None:
    await page.locator(FIELD).fill(words)
    await page.locator("#search button").click()


async def test_a_visitor_looks_for_words_and_comes_to_the_message(tab: Page, wall: str) -> None:
    await tab.goto(wall)
    await tab.get_by_role("link", name="Search").click()
    await expect(tab.get_by_label("What are you looking for?")).to_be_focused()
    await look_for(tab, "a running dog")
    found = tab.locator("#found article")
    await expect(found).to_have_count(1)
    await expect(found.locator("mark")).to_have_text(["dogs", "running"])
    await expect(tab.locator(FIELD)).to_have_value("a running dog")
    await found.get_by_role("link", name="Open").click()
    await expect(tab.locator("article")).to_contain_text("Both dogs were running home")
    await tab.go_back()
    await look_for(tab, "unicorn")
    await expect(tab.get_by_text("Nobody has written that yet")).to_be_visible()
    await look_for(tab, "the")
    await expect(tab.get_by_role("alert").filter(has_text="too common")).to_be_visible()
    await expect(tab.locator(FIELD)).to_have_value("the")


async def test_a_russian_visitor_reads_on_to_the_end(russian_tab: Page, wall: str) -> None:
    tab = russian_tab
    await tab.goto(wall)
    await tab.get_by_role("link", name="Поиск").click()
    await tab.get_by_label("Сначала самые подходящие").check()
    await look_for(tab, "собаки марины")
    found = tab.locator("#found article")
    await expect(found).to_have_count(20)
    await expect(found.first.locator("mark")).to_have_text(["Марина", "собака"])
    await expect(tab.get_by_label("Сначала самые подходящие")).to_be_checked()
    await tab.get_by_role("link", name="Ещё").click()
    await expect(found).to_have_count(1)
    await expect(tab.get_by_text("Лучшие совпадения среди 500 последних.")).to_be_visible()
    await tab.get_by_role("link", name="English").click()
    await expect(found).to_have_count(1)
    await expect(tab.get_by_label("Best match first")).to_be_checked()
