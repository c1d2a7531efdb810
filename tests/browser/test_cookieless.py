"""A browser that keeps no cookies, and one that forbids storage as well."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from stena.settings import Settings, Wall
from tests.browser.site import FRAME, Site, inside, visit
from tests.browser.site import write as write_inside
from tests.browser.test_offline import NO_STORAGE
from tests.browser.visitor import (
    WORDS,
    address,
    answer,
    card,
    change,
    listed,
    open_reply,
    put,
    replies,
    texts,
    write,
)
from tests.owner import execute
from tests.web.events import PATIENCE

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page, Route

    from stena.store.database import Address
    from tests.conftest import Client

PRIVATE = "Your private link"
NO_COOKIES = """
Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => undefined });
"""


@pytest.fixture
def settings(site: Site) -> Settings:
    return Settings(wall=Wall(origins=(site.origin,)))


@pytest.fixture
def database(address: Address) -> Address:
    """Where the wall is; here `address` is a function of a client."""
    return address


@pytest.fixture(params=[NO_COOKIES, NO_COOKIES + NO_STORAGE], ids=["no cookies", "no storage"])
async def strict(page: Page, request: pytest.FixtureRequest) -> Page:
    await page.add_init_script(request.param)
    await page.route(re.compile("/(messages|reactions|edit)$"), without_cookies)
    return page


async def without_cookies(route: Route) -> None:
    response = await route.fetch(max_redirects=0)
    # Playwright keeps those of the answer for the browser.
    await route.request.frame.page.context.clear_cookies()
    kept = {name: value for name, value in response.headers.items() if name != "set-cookie"}
    await route.fulfill(response=response, headers=kept)


async def test_the_private_link_is_shown_and_works(strict: Page, client: Client) -> None:
    await strict.goto(address(client))
    await write(strict, "mesage")
    await expect(texts(strict)).to_have_text(["mesage"])
    await expect(private(strict)).to_have_attribute("href", re.compile("/edit/1#"))
    await strict.goto(f"{address(client)}{await private(strict).get_attribute('href')}")
    await expect(strict.get_by_label(WORDS)).to_have_value("mesage")
    await change(strict, "message")
    await expect(texts(strict)).to_have_text(["message"])
    assert [one["text"] for one in await listed(client)] == ["message"]
    assert await strict.context.cookies() == []


async def test_a_reply_has_a_private_link_too_and_so_has_a_message_that_waits(
    strict: Page, client: Client, database: Address
) -> None:
    await put(client, "Above")
    await strict.goto(address(client))
    await open_reply(strict, 1)
    await answer(strict, "A reply")
    await expect(replies(strict, 1)).to_have_text(["A reply"])
    await expect(private(strict)).to_have_attribute("href", re.compile("/edit/2#"))
    await execute(database, "UPDATE rule SET mode = 'all'")
    await write(strict, "It waits")
    await expect(strict.locator("#held")).to_be_visible()
    await expect(private(strict)).to_have_attribute("href", re.compile("/edit/3#"))


async def test_the_same_words_twice_are_one_message(strict: Page, client: Client) -> None:
    await strict.goto(address(client))
    for _ in range(2):
        await write(strict, "Hello")
        await expect(strict.locator("#write textarea")).to_have_value("")
    await expect(texts(strict)).to_have_text(["Hello"])


async def test_three_presses_of_a_reaction_count_once(strict: Page, client: Client) -> None:
    await put(client, "message")
    await strict.goto(address(client))
    for times in (1, 0, 1):
        await press_love(card(strict, 1), times)
        await expect_love(client, times)


async def test_in_a_frame_over_plain_http_the_same_holds(
    page: Page, site: Site, client: Client
) -> None:
    """Browsers keep no cookies there."""
    await visit(page, site, client, FRAME)
    await write_inside(page, "From the blog")
    await expect(inside(page).locator("article:not(.sending) .words")).to_have_text("From the blog")
    link = inside(page).get_by_role("link", name=PRIVATE)
    await expect(link).to_have_attribute("href", re.compile("/edit/1#"))
    for times in (1, 0, 1):
        await press_love(inside(page).locator("#m1"), times)
        await expect_love(client, times)


def private(page: Page) -> Locator:
    return page.get_by_role("link", name=PRIVATE)


async def press_love(message: Locator, times: int) -> None:
    """Press the reaction, which then has this number."""
    # Always by the picker: the stream may bring the press before once more.
    await message.locator("> footer summary").click()
    button = message.locator("> footer button[value=love]")
    await button.click()
    await expect(button.locator("span")).to_have_count(times)


async def expect_love(client: Client, times: int) -> None:
    """Wait until the wall counts as many."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await client.get("/api/messages.get", params={"id": "1"})
            if (await answer.json())["message"]["reactions"].get("love", 0) == times:
                return
            await asyncio.sleep(0.05)
