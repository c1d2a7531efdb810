"""A long text takes twelve lines of the wall, until a reader wants all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import lent
from tests.browser.visitor import address, assert_server_renders_the_same, card, put, texts

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.conftest import Client

# Lines, one paragraph, one word, and wide letters.
LONG = ["x\n" * 1900 + "end", "A quiet evening. " * 230, "ы" * 4000, "字" * 2000]
SHORT = ["Good morning!", "line\n" * 11 + "end", "A quiet evening. " * 15]
# 12 lines of 28.5 px, with what is above them and below.
MOST = 480


def all_of(page: Page, number: int = 1) -> Locator:
    return card(page, number).locator("> .all summary")


async def height(one: Locator) -> float:
    box = await one.bounding_box()
    assert box
    return box["height"]


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_a_long_text_is_folded_and_a_press_shows_all_of_it(
    tab: Page, client: Client, width: int
) -> None:
    for text in LONG:
        await put(client, text)
    await tab.set_viewport_size({"width": width, "height": 800})
    await tab.goto(address(client))
    for number in range(1, len(LONG) + 1):
        assert await height(card(tab, number)) < MOST
        await expect(all_of(tab, number)).to_have_text("Read allShow less")
        await all_of(tab, number).press("Enter")
        words = card(tab, number).locator("> .words")
        assert await words.evaluate("(one) => one.scrollHeight <= one.clientHeight + 1")
        assert await height(card(tab, number)) > MOST
        await all_of(tab, number).press("Enter")
        assert await height(card(tab, number)) < MOST


async def test_a_text_of_twelve_lines_is_whole_and_one_for_a_phone_is_folded_only_there(
    tab: Page, client: Client
) -> None:
    for text in [*SHORT, "A quiet evening. " * 40]:
        await put(client, text)
    for width, folded in ((1280, 0), (390, 1)):
        await tab.set_viewport_size({"width": width, "height": 800})
        await tab.goto(address(client))
        await expect(tab.locator(".all summary:visible")).to_have_count(folded)


async def test_what_arrives_or_changes_is_folded_as_the_server_would(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await put(client, "short", key="k" * 24)
    await put(client, LONG[0])
    await put(client, LONG[1], reply_to=2)
    await expect(texts(page)).to_have_count(3)
    for text in (LONG[1], "short again", LONG[0]):
        changed = {"id": 1, "text": text, "key": "k" * 24}
        assert (await client.post("/api/messages.edit", json=changed)).ok
        await expect(card(page, 1).locator(".words")).to_have_text(text.strip())
        await assert_server_renders_the_same(page)


async def test_the_messages_own_page_and_paper_show_all_of_it(tab: Page, client: Client) -> None:
    await put(client, LONG[0])
    await tab.goto(f"{address(client)}/m/1")
    await expect(all_of(tab)).to_have_count(0)
    assert await height(card(tab, 1)) > 1900 * 20
    await tab.goto(address(client))
    assert await height(card(tab, 1)) < MOST
    await tab.emulate_media(media="print")
    assert await height(card(tab, 1)) > 1900 * 20
    await tab.emulate_media(media="screen")


async def test_a_link_in_the_folded_part_is_seen_when_it_has_the_focus(
    page: Page, client: Client, links: None
) -> None:
    del links
    await put(client, "x\n" * 40 + "https://example.com/")
    await page.goto(address(client))
    await card(page, 1).locator("header a").focus()
    await page.keyboard.press("Tab")
    await expect(page.locator(".words a")).to_be_focused()
    await expect(page.locator(".words a")).to_be_in_viewport(ratio=1)


async def test_escape_folds_it_again_and_the_card_stays_in_view(page: Page, client: Client) -> None:
    await put(client, LONG[0])
    await page.goto(address(client))
    await all_of(page).press("Enter")
    await all_of(page).scroll_into_view_if_needed()
    await page.keyboard.press("Escape")
    await expect(card(page, 1).locator(".all[open]")).to_have_count(0)
    await expect(all_of(page)).to_be_focused()
    await expect(all_of(page)).to_be_in_viewport()


async def test_a_russian_reads_it_in_russian(
    tabs: dict[tuple[bool, str], Page], client: Client
) -> None:
    await put(client, LONG[0])
    async with lent(tabs[False, "ru-RU"]) as tab:
        await tab.goto(address(client))
        await expect(all_of(tab)).to_have_text("Читать полностьюСвернуть")
