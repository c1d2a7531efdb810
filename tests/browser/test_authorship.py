"""Authorship of a message: the private link, and the link to edit on one's own card."""

from __future__ import annotations

import asyncio
import re
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, expect

from stena.settings import Settings, Wall
from tests.browser.test_offline import POSTS, lose_answer
from tests.browser.visitor import (
    CHANGE,
    DELETE,
    FIELD,
    WORDS,
    address,
    answer,
    card,
    change,
    learn_the_time,
    listed,
    put,
    quiet,
    refusal,
    replies,
    texts,
    visiting,
    write,
)
from tests.web.events import PATIENCE

if TYPE_CHECKING:
    from playwright.async_api import Locator, Route

    from tests.conftest import Client

PRIVATE = "Your private link"
KEY = "k" * 24
BOXES = "(all) => all.map((one) => one.getBoundingClientRect().toJSON())"


async def test_the_private_link_is_shown_once(tab: Page, client: Client) -> None:
    await tab.goto(address(client))
    links = set()
    for number in (1, 2):
        await write(tab, f"message {number}")
        await expect(texts(tab).first).to_have_text(f"message {number}")
        await expect(private(tab)).to_have_attribute("href", re.compile(f"/edit/{number}#"))
        await expect(private(tab)).to_be_in_viewport(ratio=1)
        links.add(await private(tab).get_attribute("href"))
    assert len(links) == 2

    await tab.reload()

    await expect(texts(tab)).to_have_text(["message 2", "message 1"])
    await expect(private(tab)).to_have_count(0)


async def test_on_a_long_wall_the_private_link_is_seen_beside_the_message(
    tab: Page, client: Client
) -> None:
    for number in range(20):
        await put(client, f"message {number}")
        await put(client, f"reply {number}", reply_to=1)
    await tab.goto(address(client))
    await write(tab, "Mine")
    await expect(private(tab)).to_be_in_viewport(ratio=1)
    await expect(card(tab, 41)).to_be_in_viewport(ratio=1)
    await tab.goto(f"{address(client)}/m/1")
    await answer(tab, "My reply")
    await expect(private(tab)).to_be_in_viewport(ratio=1)
    await expect(card(tab, 42)).to_be_in_viewport(ratio=1)


async def test_the_new_message_is_in_view_when_scripts_arrive_late(
    page: Page, client: Client
) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await page.route(re.compile("(mine|copy)[.]js"), hold)
    await page.goto(address(client))
    await write(page, "Mine")
    await expect(private(page)).to_be_visible()
    await expect(card(page, 1)).to_be_visible()
    async with asyncio.timeout(PATIENCE):
        while len(held) < 2:
            await quiet(page)
    for route in held:
        await route.continue_()
    await expect(card(page, 1).get_by_role("link", name=CHANGE)).to_be_visible()
    await expect(page.get_by_role("button", name="Copy")).to_be_visible()
    await expect(card(page, 1)).to_be_in_viewport(ratio=1)
    await expect(private(page)).to_be_in_viewport(ratio=1)


async def test_whoever_replies_gets_a_private_link_too(
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    client: Client,
) -> None:
    await put(client, "message")
    await tab.goto(address(client))
    await card(tab, 1).get_by_role("link", name="Reply").click()
    await answer(tab, "reply")
    await expect(replies(tab, 1)).to_have_text(["reply"])
    await follow(tab, f"{address(client)}{await private(tab).get_attribute('href')}", script=script)
    await expect(tab.get_by_label(WORDS)).to_have_value("reply")
    await tab.get_by_role("button", name=DELETE).click()
    await expect(tab).to_have_url(f"{address(client)}/m/1")
    await expect(texts(tab)).to_have_text(["message"])


async def test_the_way_to_change_stands_at_ones_own_message_alone(
    page: Page, other: Page, client: Client
) -> None:
    await put(client, "Somebody's", key=KEY)
    await other.goto(address(client))
    await page.goto(address(client))
    await write(page, "Mine")
    await expect(card(page, 2).get_by_role("link", name=CHANGE)).to_be_visible()
    await expect(page.get_by_role("link", name=CHANGE)).to_have_count(1)
    await page.reload()
    await expect(card(page, 2).get_by_role("link", name=CHANGE)).to_be_visible()
    await expect(page.get_by_role("link", name=CHANGE)).to_have_count(1)
    # A later message of another author does not change who may edit this one.
    await put(client, "Somebody else's")
    await expect(texts(page)).to_have_count(3)
    await expect(page.get_by_role("link", name=CHANGE)).to_have_count(1)

    await expect(texts(other)).to_have_text(["Somebody else's", "Mine", "Somebody's"])
    await expect(other.get_by_role("link", name=CHANGE)).to_have_count(0)
    await other.goto(f"{address(client)}/m/2")
    await expect(other.get_by_role("link", name=CHANGE)).to_have_count(0)
    await other.goto(f"{address(client)}/m/2/edit")
    await expect(other.get_by_role("heading")).to_have_text(
        "Only the author can edit this message: in the same browser, or by the private link."
    )


async def test_the_way_to_change_goes_when_the_time_is_up(page: Page, client: Client) -> None:
    await page.clock.install()
    await page.goto(address(client))
    await write(page, "message 1")
    await expect(card(page, 1).get_by_role("link", name=CHANGE)).to_be_visible()
    await learn_the_time(page)
    # Less than a quarter of an hour: what has happened so far took time as well.
    await page.clock.fast_forward("12:00")
    await expect(card(page, 1).get_by_role("link", name=CHANGE)).to_be_visible()
    await page.clock.fast_forward("03:30")
    await expect(page.get_by_role("link", name=CHANGE)).to_have_count(0)


@pytest.mark.parametrize("settings", [Settings(wall=Wall(edit_minutes=0))])
async def test_where_the_owner_gives_no_time_only_the_private_link_changes_it(
    tab: Page,
    script: bool,  # noqa: FBT001 -- as above
    client: Client,
) -> None:
    await tab.goto(address(client))
    await write(tab, "message")
    await expect(texts(tab)).to_have_text(["message"])
    await expect(tab.get_by_role("link", name=CHANGE)).to_have_count(0)
    link = await private(tab).get_attribute("href")
    await tab.goto(f"{address(client)}/m/1")
    await expect(tab.get_by_role("link", name=CHANGE)).to_have_count(0)
    await follow(tab, f"{address(client)}{link}", script=script)
    await change(tab, "other words")
    await expect(texts(tab)).to_have_text(["other words"])


async def test_the_private_link_works_in_another_browser(
    browser: Browser,
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    client: Client,
) -> None:
    await tab.goto(address(client))
    await write(tab, "mesage", "Marina")
    link = await private(tab).get_attribute("href")
    async with visiting(browser, script=script) as elsewhere:
        await follow(elsewhere, f"{address(client)}{link}", script=script)
        await change(elsewhere, " ")
        await expect(refusal(elsewhere)).to_have_count(1)
        await change(elsewhere, "message")
        await expect(texts(elsewhere)).to_have_text(["message"])
        await follow(elsewhere, f"{address(client)}{link}", script=script)
        await elsewhere.get_by_role("button", name=DELETE).click()
        await expect(elsewhere.locator(".empty")).to_be_visible()
    assert await listed(client) == []


async def test_a_message_whose_answer_was_lost_is_ones_own_all_the_same(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await page.route(POSTS, lose_answer)
    await write(page, "Did it arrive?")
    await expect(refusal(page)).to_have_count(1)
    await page.unroute(POSTS)
    await expect(page.get_by_label(FIELD)).to_have_value("")
    await card(page, 1).get_by_role("link", name=CHANGE).click()
    await change(page, "It did.")
    await expect(texts(page)).to_have_text(["It did."])


async def test_on_a_phone_the_way_to_change_a_reply_covers_nothing(
    page: Page, client: Client
) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await put(client, "message")
    await page.goto(address(client))
    await card(page, 1).get_by_role("link", name="Reply").click()
    await answer(page, "reply", "Marina of the third floor")
    await expect(card(page, 2).get_by_role("link", name=CHANGE)).to_be_visible()
    parts = card(page, 2).locator(".name, time, summary, .mine, .words")
    # At once, since the page scrolls to the reply when all of its scripts have arrived.
    boxes = await parts.evaluate_all(BOXES)
    assert len(boxes) == 5
    for one, other in combinations(boxes, 2):
        apart = (
            one["x"] + one["width"] <= other["x"]
            or other["x"] + other["width"] <= one["x"]
            or one["y"] + one["height"] <= other["y"]
            or other["y"] + other["height"] <= one["y"]
        )
        assert apart, (one, other)


async def follow(page: Page, link: str, *, script: bool) -> None:
    """Open a private link. Without scripts it has to be pasted."""
    await page.goto(link)
    if not script:
        await page.get_by_label("Paste the whole link here").fill(link)
        await page.get_by_role("button", name="Open").click()
    await expect(page.get_by_label(WORDS)).to_be_visible()
    assert "#" not in page.url


def private(page: Page) -> Locator:
    return page.get_by_role("link", name=PRIVATE)
