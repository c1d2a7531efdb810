"""The state between pressing the button and the answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import Page, Route, expect

from tests.browser.test_offline import POSTS
from tests.browser.visitor import address, listed, put, refusal, texts, write

if TYPE_CHECKING:
    from tests.conftest import Client

SENDING = ".message.sending"


async def test_a_message_on_its_way_stands_there_paler_until_the_wall_has_it(
    page: Page, client: Client
) -> None:
    await put(client, "There before", "Vera")
    answer = asyncio.Event()

    async def wait(route: Route) -> None:
        await answer.wait()
        await route.continue_()

    await page.route(POSTS, wait)
    await page.goto(address(client))
    await write(page, "Good morning", "Marina")

    sending = page.locator(SENDING)
    await expect(sending.locator(".words")).to_have_text("Good morning")
    await expect(sending.locator(".name")).to_have_text("Marina")
    await expect(sending).to_have_attribute("aria-busy", "true")
    await expect(sending).to_have_css("opacity", "0.55")
    # The preview is no message yet: none of its buttons work.
    await expect(sending).to_have_js_property("inert", value=True)
    assert await page.locator("#messages > article").first.get_attribute("id") == "msending"

    answer.set()

    await expect(texts(page)).to_have_text(["Good morning", "There before"])
    await expect(sending).to_have_count(0)


async def test_it_goes_where_the_wall_refuses_or_does_not_answer(
    page: Page, client: Client
) -> None:
    await put(client, "There before")
    await page.goto(address(client))
    answer = asyncio.Event()

    async def wait(route: Route) -> None:
        await answer.wait()
        await route.continue_()

    async def vanish(route: Route) -> None:
        await answer.wait()
        await route.abort()

    for text, way in (("x" * 4001, wait), ("Good morning", vanish)):
        answer.clear()
        await page.route(POSTS, way)
        await write(page, text)
        await expect(page.locator(SENDING)).to_have_count(1)
        answer.set()
        await expect(page.locator(SENDING)).to_have_count(0)
        await expect(refusal(page)).to_have_count(1)
        await expect(page.locator("#write textarea")).to_have_value(text)
        await expect(texts(page)).to_have_text(["There before"])
        if way is wait:
            await page.unroute(POSTS)
    assert len(await listed(client)) == 1


async def test_the_first_message_takes_the_place_of_the_invitation_while_it_is_sent(
    page: Page, client: Client
) -> None:
    await page.route(POSTS, lambda _: None)
    await page.goto(address(client))
    await expect(page.locator(".empty")).to_be_visible()
    await write(page, "The first")
    await expect(page.locator(SENDING)).to_be_visible()
    await expect(page.locator(".empty")).to_be_hidden()
