"""A stream that something on the way holds back, and a line on which nothing comes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.relay import Relay
from tests.browser.visitor import put, refusal, texts, write

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Page, Request

    from tests.conftest import Client

LOST = "The connection is lost. Trying again…"
DELAYED = "New messages arrive with a delay"


@pytest.fixture
async def relay(client: Client) -> AsyncGenerator[Relay]:
    async with Relay.open(client) as relay:
        yield relay


async def test_where_the_stream_is_held_back_the_page_asks_now_and_then_and_says_so(
    page: Page, client: Client, relay: Relay
) -> None:
    await page.context.clock.install()
    await page.goto(relay.url)
    other = await page.context.new_page()
    await other.goto(relay.url)
    for tab in (page, other):
        await expect(tab.locator("#live")).to_have_text("Live")
    relay.holds_streams = True
    for text in ("one", "two"):
        await put(client, text)
        await page.context.clock.run_for(21_000)
        for tab in (page, other):
            await expect(texts(tab).first).to_have_text(text)
            await expect(tab.locator("#live")).to_have_text(DELAYED)
    await write(page, "Mine")
    await expect(texts(page).first).to_have_text("Mine")

    relay.holds_streams = False
    await page.context.clock.run_for(21_000)
    for tab in (page, other):
        await expect(tab.locator("#live")).to_have_text(re.compile("Live"))
    await put(client, "three")
    for tab in (page, other):
        await expect(texts(tab)).to_have_text(["three", "Mine", "two", "one"])


async def test_where_nothing_comes_the_page_does_not_say_that_it_is_live(
    page: Page, client: Client, relay: Relay
) -> None:
    await page.context.clock.install()
    await page.goto(relay.url)
    await expect(page.locator("#live")).to_have_text("Live")
    relay.holds_all = True
    # The network fails the post at once.
    await page.route("**/messages", lambda route: route.abort())
    await write(page, "Into the void")
    await expect(refusal(page)).to_have_count(1)
    await expect(page.locator("#live")).to_have_text(LOST)
    await page.context.clock.run_for(21_000)
    await expect(page.locator("#live")).to_have_text(LOST)

    relay.holds_all = False
    await put(client, "Meanwhile")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 -- Playwright marks the function
    # How many requests are on their way, each with its own limit, depends on the machine. Those
    # that come after them get the time that their answers need.
    while not await texts(page).all_inner_texts():
        await page.context.clock.run_for(21_000)
        for request in [one for one in asked if one.resource_type == "fetch"]:
            if answer := await request.response():
                await answer.finished()
    await expect(texts(page)).to_have_text(["Meanwhile"])
    await expect(page.locator("#live")).to_have_text(re.compile("Live"))
