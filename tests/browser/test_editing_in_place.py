"""One's own message is edited and deleted where it stands."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import lent
from tests.browser.test_tabs import HIDE, TOLD
from tests.browser.visitor import (
    CHANGE,
    DELETE,
    WORDS,
    address,
    assert_server_renders_the_same,
    card,
    listed,
    put,
    stop_the_clock,
    texts,
    write,
)

if TYPE_CHECKING:
    from playwright.async_api import Locator, Route

    from tests.conftest import Client

SECONDS = 10_000


def link(page: Page, number: int = 1) -> Locator:
    return card(page, number).get_by_role("link", name=CHANGE)


async def mine(page: Page, client: Client, number: int = 1) -> None:
    """Post a message, which gets this id, and open it for editing."""
    await page.goto(address(client))
    await write(page, "mesage", "Marina")
    await expect(texts(page).first).to_have_text("mesage")
    await link(page, number).click()
    await expect(page.get_by_label(WORDS)).to_be_focused()


async def test_it_is_edited_without_leaving_the_wall(
    page: Page, other: Page, client: Client
) -> None:
    await other.goto(address(client))
    await mine(page, client)
    await expect(page.get_by_label(WORDS)).to_have_value("mesage")
    await page.get_by_label(WORDS).fill("A *message*")
    await page.get_by_role("button", name="Save").press("Enter")
    await expect(texts(page)).to_have_text(["A message"])
    await expect(card(page, 1).locator(".edited")).to_be_visible()
    await expect(page).to_have_url(f"{address(client)}/")
    await expect(link(page)).to_be_focused()
    await expect(texts(other)).to_have_text(["A message"])
    await assert_server_renders_the_same(other)


@pytest.mark.parametrize("name", [CHANGE, "Reply"])
async def test_it_opens_in_the_list_that_has_replaced_the_one_of_the_press(
    page: Page, client: Client, name: str
) -> None:
    await page.goto(address(client))
    await write(page, "mesage")
    await expect(link(page)).to_be_visible()
    arrives = asyncio.Event()

    async def wait(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route("**/m/1*", wait)
    await page.route("**/m/1/edit", wait)
    await card(page, 1).get_by_role("link", name=name).click()
    await write(page, "another")
    await expect(link(page, 2)).to_be_visible()
    await expect(page.locator("#write [role=status]")).not_to_be_empty()
    arrives.set()
    await expect(card(page, 1).locator("textarea")).to_be_focused()


@pytest.mark.parametrize("way", ["Escape", "second press", "Cancel"])
async def test_it_closes_in_three_ways_and_changes_nothing(
    page: Page, client: Client, way: str
) -> None:
    await mine(page, client)
    await page.get_by_label(WORDS).fill("something else")
    if way == "Escape":
        await page.keyboard.press("Escape")
    elif way == "Cancel":
        await card(page, 1).get_by_role("button", name="Cancel").click()
    else:
        await link(page).click()
    await expect(page.get_by_label(WORDS)).to_have_count(0)
    await expect(texts(page)).to_have_text(["mesage"])
    await expect(link(page)).to_be_focused()
    assert [one["text"] for one in await listed(client)] == ["mesage"]


async def test_a_refused_edit_says_why_and_keeps_the_text(page: Page, client: Client) -> None:
    await mine(page, client)
    await page.get_by_label(WORDS).fill("x" * 4001)
    await page.get_by_role("button", name="Save").click()
    await expect(card(page, 1).locator(".refusal:not(:empty)")).to_have_text(
        re.compile(r"^[A-Z0-9].+\.$")
    )
    await expect(page.get_by_label(WORDS)).to_have_value("x" * 4001)
    await page.context.set_offline(True)
    await page.get_by_label(WORDS).fill("message")
    await page.get_by_role("button", name="Save").click()
    # An edit is not sent by itself later.
    await expect(card(page, 1).locator(".refusal:not(:empty)")).to_contain_text("try again")
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Save").click()
    await expect(texts(page)).to_have_text(["message"])


async def test_a_deletion_can_be_undone(page: Page, client: Client) -> None:
    await stop_the_clock(page)
    await mine(page, client)
    await page.get_by_role("button", name=DELETE).press("Enter")
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await expect(texts(page)).to_be_hidden()
    await page.clock.fast_forward(SECONDS - 1000)
    await page.get_by_role("button", name="Undo").press("Enter")
    await expect(texts(page)).to_have_text(["mesage"])
    await expect(texts(page)).to_be_visible()
    await expect(link(page)).to_be_focused()
    await page.clock.fast_forward(2 * SECONDS)
    assert [one["text"] for one in await listed(client)] == ["mesage"]


async def test_after_ten_seconds_it_is_deleted_for_everybody(
    page: Page, other: Page, client: Client
) -> None:
    await stop_the_clock(page)
    await put(client, "There before")
    await other.goto(address(client))
    await page.goto(address(client))
    await write(page, "mesage")
    await link(page, 2).click()
    await page.get_by_role("button", name=DELETE).press("Enter")
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await page.clock.fast_forward(SECONDS)
    await expect(texts(page)).to_have_text(["There before"])
    await expect(texts(other)).to_have_text(["There before"])
    await expect(card(page, 1).locator("header a")).to_be_focused()


@pytest.mark.parametrize("way", ["left", "hidden"])
async def test_a_page_that_is_left_deletes_at_once(page: Page, client: Client, way: str) -> None:
    await stop_the_clock(page)
    await mine(page, client)
    await page.get_by_role("button", name=DELETE).click()
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    if way == "left":
        await page.goto(f"{address(client)}/search")
    else:
        await page.evaluate(HIDE + TOLD)
    # No time has passed for the page, so only leaving it can have deleted the message.
    await page.goto(address(client))
    await expect(texts(page)).to_have_count(0)
    assert await listed(client) == []


async def test_a_deletion_that_fails_brings_the_message_back(page: Page, client: Client) -> None:
    await stop_the_clock(page)
    await mine(page, client)
    await page.get_by_role("button", name=DELETE).click()
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await page.context.set_offline(True)
    await page.clock.fast_forward(SECONDS)
    await expect(card(page, 1).locator(".refusal:not(:empty)")).to_have_text(
        "It could not be deleted. Try again in a moment."
    )
    await page.context.set_offline(False)
    assert [one["text"] for one in await listed(client)] == ["mesage"]


async def test_in_two_tabs_it_is_deleted_once(page: Page, client: Client) -> None:
    await stop_the_clock(page)
    await mine(page, client)
    second = await page.context.new_page()
    await second.goto(f"{address(client)}/m/1/edit")
    await page.get_by_role("button", name=DELETE).click()
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await second.get_by_role("button", name=DELETE).click()
    await expect(second.locator(".empty")).to_be_visible()
    await expect(card(page, 1)).to_have_count(0)


async def test_without_scripts_it_is_a_page_that_deletes_at_once(
    tabs: dict[tuple[bool, str], Page], client: Client
) -> None:
    async with lent(tabs[False, "en-GB"]) as tab:
        await tab.goto(address(client))
        await write(tab, "mesage")
        await expect(texts(tab)).to_have_text(["mesage"])
        await tab.goto(f"{address(client)}/m/1/edit")
        await tab.get_by_role("button", name=DELETE).click()
        await expect(tab.locator(".empty")).to_be_visible()
    assert await listed(client) == []
