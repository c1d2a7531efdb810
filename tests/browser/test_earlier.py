"""Older messages: appended to the page by a script, on a page of their own without scripts."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import lent
from tests.browser.visitor import address, card, put, react, replies, texts

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.conftest import Client

OLDER = "**/?before=*"
END = "This is where the wall begins."


async def test_without_script_earlier_leads_to_the_end_of_the_wall_without_gaps_or_repeats(
    tabs: dict[tuple[bool, str], Page], client: Client
) -> None:
    await fill_wall(client, 120)
    async with lent(tabs[False, "en-GB"]) as tab:
        await tab.goto(address(client))
        pages = [await texts(tab).all_inner_texts()]
        while await earlier(tab).count():
            await earlier(tab).click()
            await expect(texts(tab).first).not_to_have_text(pages[-1][0])
            await tab.wait_for_load_state()
            pages.append(await texts(tab).all_inner_texts())

        assert [len(page) for page in pages] == [50, 50, 20]
        read = [text for page in pages for text in page]
        assert read == [f"message {number}" for number in range(120, 0, -1)]
        await expect(tab.locator(".end")).to_have_text(END)
        await tab.get_by_role("link", name="To the newest").click()
        await expect(texts(tab).first).to_have_text("message 120")


async def test_older_messages_are_brought_to_the_end_of_the_page(
    page: Page, client: Client
) -> None:
    await fill_wall(client, 120)
    await page.goto(address(client))
    await expect(page.locator(".end")).to_have_count(0)
    await earlier(page).focus()
    await page.keyboard.press("Enter")
    await expect(texts(page)).to_have_count(100)
    # The focus moves to the first older message, and the page does not scroll.
    await expect(card(page, 70)).to_be_focused()
    # Messages that arrive meanwhile shift nothing.
    await put(client, "message 121")
    await expect(page.locator("#news")).to_be_visible()

    await earlier(page).click()

    await expect(texts(page)).to_have_count(120)
    read = await texts(page).all_inner_texts()
    assert read == [f"message {number}" for number in range(120, 0, -1)]
    await expect(earlier(page)).to_have_count(0)
    await expect(page.locator(".end")).to_have_text(END)
    await expect(page).to_have_url(f"{address(client)}/")


async def test_what_was_brought_is_as_alive_as_the_rest(page: Page, client: Client) -> None:
    await fill_wall(client, 51)
    await page.goto(address(client))
    await earlier(page).click()
    # It was the first of many.
    await expect(card(page, 1).locator("time")).to_have_text(re.compile("^(just now|.+ ago)$"))
    await react(client, 1, "love")
    await put(client, "reply", reply_to=1)
    await expect(card(page, 1).locator("> footer [value=love]")).to_have_text("❤️1")
    await expect(replies(page, 1)).to_have_text(["reply"])
    await card(page, 1).get_by_role("link", name="Reply").click()
    await expect(page.get_by_label("Your reply")).to_be_focused()


async def test_while_they_come_it_says_so_and_where_they_do_not_it_can_be_tried_again(
    page: Page, client: Client
) -> None:
    await fill_wall(client, 51)
    await page.goto(address(client))
    answer = asyncio.Event()

    async def fail(route: Route) -> None:
        await answer.wait()
        await route.abort()

    await page.route(OLDER, fail)
    await earlier(page).click()
    link = page.locator(".earlier a")
    await expect(link).to_have_text("Loading…")
    await expect(link).to_have_attribute("aria-busy", "true")

    answer.set()

    await expect(link).to_have_text("That did not work. Try again")
    await expect(link).not_to_have_attribute("aria-busy", "true")
    await page.unroute(OLDER)
    await page.route(OLDER, lambda route: route.fulfill(status=503, body="Not now"))
    async with page.expect_response(OLDER):
        await link.click()
    await expect(link).to_have_text("That did not work. Try again")
    await expect(texts(page)).to_have_count(50)
    await page.unroute(OLDER)
    await link.click()
    await expect(texts(page)).to_have_count(51)


async def test_it_is_said_in_russian_too(russian_tab: Page, client: Client) -> None:
    await fill_wall(client, 51)
    await russian_tab.goto(address(client))
    await russian_tab.get_by_role("link", name="Показать более ранние").click()
    await expect(texts(russian_tab).last).to_have_text("message 1")
    await expect(russian_tab.locator(".end")).to_have_text("Здесь начинается стена.")


async def fill_wall(client: Client, count: int) -> None:
    for number in range(1, count + 1):
        await put(client, f"message {number}")


def earlier(page: Page) -> Locator:
    return page.get_by_role("link", name="Earlier", exact=True)
