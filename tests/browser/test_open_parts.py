"""What a visitor has opened on the wall stays open and in its place, whatever comes meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser.test_editing_in_place import SECONDS, mine
from tests.browser.test_offline import POSTS
from tests.browser.visitor import (
    DELETE,
    FIELD,
    REPLY,
    WORDS,
    address,
    card,
    listed,
    open_reply,
    put,
    stop_the_clock,
    texts,
    write,
)
from tests.program import PATIENCE

if TYPE_CHECKING:
    from playwright.async_api import Locator, Route

    from tests.conftest import Client

LONG = "x\n" * 60 + "end"
MARGIN = 8
PLACE = "(one) => one.offsetTop"


async def test_ones_own_new_message_closes_nothing(page: Page, client: Client) -> None:
    await put(client, LONG)
    await put(client, "There before")
    await mine(page, client, 3)
    await page.get_by_label(WORDS).fill("Half an ed")
    await card(page, 1).locator(".all summary").click()
    await (await open_reply(page, 2)).fill("Half a sen")

    await write(page, "Another one")

    await expect(texts(page).first).to_have_text("Another one")
    await expect(page.get_by_label(FIELD)).to_have_value("")
    await expect(page.get_by_label(WORDS)).to_have_value("Half an ed")
    await expect(page.get_by_label(REPLY)).to_have_value("Half a sen")
    await expect(card(page, 1).locator(".all[open]")).to_have_count(1)
    await expect(page.locator("#messages > article")).to_have_count(4)
    await page.get_by_role("button", name="Save").click()
    await expect(card(page, 3).locator(".words")).to_have_text("Half an ed")


async def test_a_reply_is_typed_on_while_the_message_on_top_is_sent(
    page: Page, client: Client
) -> None:
    held: asyncio.Queue[Route] = asyncio.Queue()
    await put(client, "message")
    await page.goto(address(client))
    await page.route(POSTS, lambda route: held.put_nowait(route))  # noqa: PLW0108 -- Playwright marks the function
    await write(page, "Another one")
    await expect(page.locator(".sending")).to_be_visible()
    await (await open_reply(page, 1)).fill("Half a sen")
    await (await asyncio.wait_for(held.get(), PATIENCE)).continue_()
    await expect(page.locator(".sending")).to_have_count(0)
    await expect(page.get_by_label(REPLY)).to_be_focused()
    await page.keyboard.type("tence")
    await expect(page.get_by_label(REPLY)).to_have_value("Half a sentence")


async def test_a_deletion_can_be_undone_after_another_message(page: Page, client: Client) -> None:
    await settled(page, client, 1)
    await page.get_by_role("button", name=DELETE).click()
    await write(page, "Another one")
    await expect(page.get_by_label(FIELD)).to_have_value("")
    await page.get_by_role("button", name="Undo").click()
    await page.clock.fast_forward(2 * SECONDS)
    await expect(texts(page)).to_have_text(["Another one", "mesage"])
    assert len(await listed(client)) == 2


async def test_what_is_about_to_be_pressed_does_not_move(page: Page, client: Client) -> None:
    # All of it is in view, so the visitor is at the top.
    await page.set_viewport_size({"width": 1280, "height": 1600})
    await put(client, "There before")
    await settled(page, client, 2)
    await page.get_by_role("button", name=DELETE).click()
    undo = page.get_by_role("button", name="Undo")
    await assert_stays(undo, page, client, "new 1", waiting=1)
    await undo.click()
    await card(page, 1).locator("> footer summary").click()
    await assert_stays(card(page, 1).locator("[value=sad]"), page, client, "new 2", waiting=2)
    await page.keyboard.press("Escape")
    await put(client, "new 3")
    await expect(texts(page)).to_have_text(["new 3", "new 2", "new 1", "mesage", "There before"])


async def settled(page: Page, client: Client, number: int) -> None:
    """Open an own message for editing, with time to undo and when nothing moves any more."""
    await stop_the_clock(page)
    await mine(page, client, number)
    # Its script makes the note with the private link higher, and then the page scrolls.
    await expect(page.locator("#kept [data-copies]")).to_be_visible()


async def assert_stays(
    one: Locator, page: Page, client: Client, text: str, *, waiting: int
) -> None:
    """A message that comes does not move what is there."""
    before = await one.bounding_box()
    await put(client, text)
    await expect(page.locator("#news")).to_contain_text(f"↑ {waiting} new")
    assert await one.bounding_box() == before


async def test_a_double_click_opens_and_leaves_open(page: Page, client: Client) -> None:
    await put(client, "message")
    await page.goto(address(client))
    reply = page.get_by_label(REPLY)
    await double_click(card(page, 1).get_by_role("link", name="Reply"), reply)
    await expect(reply).to_be_focused()
    love = card(page, 1).locator("> footer button[value=love]")
    await double_click(card(page, 1).locator("> footer summary"), love)
    await expect(love).to_be_visible()
    await double_click(love, love.locator("span"))
    await expect(love).to_have_attribute("aria-pressed", "true")
    await expect(love.locator("span")).to_have_text("1")


@pytest.mark.parametrize("width", [320, 1280])
async def test_a_double_click_on_delete_leaves_time_to_undo(
    page: Page, client: Client, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    for number in range(5):
        await put(client, f"message {number}")
    await settled(page, client, 6)
    before = await card(page, 5).evaluate(PLACE)
    undo = page.get_by_role("button", name="Undo")
    await double_click(page.get_by_role("button", name=DELETE), undo)
    await expect(undo).to_be_visible()
    # The second press has met no other card.
    assert await card(page, 5).evaluate(PLACE) >= before - MARGIN
    await expect(page).to_have_url(f"{address(client)}/")
    assert len(await listed(client)) == 6


async def double_click(one: Locator, opened: Locator) -> None:
    """As a person does it: two presses at one place, where the first has `opened` something."""
    await one.scroll_into_view_if_needed()
    box = await one.bounding_box()
    assert box
    mouse = one.page.mouse
    await mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for count in (1, 2):
        await mouse.down(click_count=count)
        await mouse.up(click_count=count)
        if count == 1:
            await expect(opened).to_be_visible()
