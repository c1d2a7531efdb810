"""The page of one message, open while others write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.visitor import (
    address,
    answer,
    assert_server_renders_the_same,
    card,
    put,
    react,
    replies,
    texts,
)
from tests.web.calls import KEY, call

if TYPE_CHECKING:
    from tests.conftest import Client


@pytest.fixture
async def wall(client: Client) -> str:
    """A message with a reply, both written with KEY, and another message without replies."""
    await put(client, "mesage", "Marina", key=KEY)
    await put(client, "reply", reply_to=1, key=KEY)
    await put(client, "another")
    return address(client)


async def test_what_others_do_is_seen_as_it_happens(page: Page, wall: str, client: Client) -> None:
    await page.goto(f"{wall}/m/1")
    await put(client, "one of the other conversation", reply_to=3)
    await put(client, "a *second* one", "Tim", reply_to=1)
    await expect(replies(page, 1)).to_have_text(["reply", "a second one"])
    await react(client, 1, "love")
    await react(client, 2, "wow")
    for number, face in ((1, "❤️"), (2, "😮")):
        faces = card(page, number).locator("> footer .reactions button:has(span)")
        await expect(faces).to_have_text([f"{face}1"])
    await call(client, "edit", key=KEY, id=1, text="message")
    await call(client, "edit", key=KEY, id=2, text="a better reply")
    await expect(texts(page)).to_have_text(["message", "a better reply", "a second one"])
    await expect(page.locator(".edited")).to_have_count(2)
    await assert_server_renders_the_same(page)
    await call(client, "delete", key=KEY, id=2)
    await expect(replies(page, 1)).to_have_text(["a second one"])
    await assert_server_renders_the_same(page)


async def test_the_first_reply_comes_and_the_last_one_goes(
    page: Page, wall: str, client: Client
) -> None:
    await page.goto(f"{wall}/m/3")
    await put(client, "the first", reply_to=3, key=KEY)
    await expect(replies(page, 3)).to_have_text(["the first"])
    await assert_server_renders_the_same(page)
    await call(client, "delete", key=KEY, id=4)
    await expect(replies(page, 3)).to_have_count(0)
    await assert_server_renders_the_same(page)


async def test_ones_own_reply_is_there_once(page: Page, wall: str, client: Client) -> None:
    await page.goto(f"{wall}/m/1")
    await answer(page, "my own")
    await expect(replies(page, 1)).to_have_text(["reply", "my own"])
    await put(client, "theirs", reply_to=1)
    await expect(replies(page, 1)).to_have_text(["reply", "my own", "theirs"])


async def test_what_belongs_on_the_next_page_waits_there(
    page: Page, wall: str, client: Client
) -> None:
    for number in range(50):
        await put(client, f"reply {number}", reply_to=1)
    await page.goto(f"{wall}/m/1")
    await put(client, "the newest", reply_to=1)
    await react(client, 1, "love")
    await expect(card(page, 1).locator("> footer button span")).to_have_text("1")
    await expect(replies(page, 1)).to_have_count(50)
    await page.get_by_role("link", name="More replies").click()
    await expect(replies(page, 1)).to_have_text(["reply 49", "the newest"])


async def test_a_message_that_goes_leaves_its_page_as_whoever_comes_later_finds_it(
    page: Page, wall: str, client: Client
) -> None:
    await page.goto(f"{wall}/m/2")
    await call(client, "delete", key=KEY, id=2)
    await expect(page.get_by_role("heading")).to_have_text(re.compile("There is nothing here"))
    # With replies it goes without them.
    await put(client, "what was it?", reply_to=1)
    await page.goto(f"{wall}/m/1")
    await call(client, "delete", key=KEY, id=1)
    await expect(card(page, 1)).to_have_class(re.compile("deleted"))
    await expect(replies(page, 1)).to_have_text(["what was it?"])
    await assert_server_renders_the_same(page)


async def test_who_missed_too_much_sees_all_of_it(page: Page, wall: str, client: Client) -> None:
    async def later(route: Route) -> None:
        await put(client, "missed", reply_to=1)
        # A change number that this wall never had: it may have been restored from a backup.
        await route.continue_(url=re.sub(r"after=\d+", "after=999", route.request.url))

    stream = "**/api/messages.stream*"
    await page.route(stream, later, times=1)
    await page.goto(f"{wall}/m/1")
    await expect(replies(page, 1)).to_have_text(["reply", "missed"])
    await put(client, "live", reply_to=1)
    await expect(replies(page, 1)).to_have_text(["reply", "missed", "live"])
