"""A page that stays open on a busy wall keeps a few hundred cards; a hidden tab counts the new."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from stena.settings import Settings, Wall
from tests.browser.site import SCRIPT, Site, inside, visit
from tests.browser.test_tabs import HIDE, SHOW, TOLD
from tests.browser.visitor import FIELD, address, card, put, react, stop_the_clock, texts
from tests.web.events import PATIENCE

if TYPE_CHECKING:
    from tests.conftest import Client

MOST = 300
LOADED = """
() => performance.getEntriesByType("resource").some(({ name }) => name.includes("crowd.js"))
"""
# The largest number of cards after any change of the page.
COUNT = """
window.most = 0;
new MutationObserver(() => {
    window.most = Math.max(most, document.querySelectorAll("#messages article").length);
}).observe(document.body, { childList: true, subtree: true });
"""


@pytest.fixture
def settings(site: Site) -> Settings:
    return Settings(wall=Wall(origins=(site.origin,), posts_per_minute=0))


async def many(client: Client, count: int, **fields: object) -> None:
    """Post messages, twenty at a time, as others."""
    for start in range(0, count, 20):
        messages = [{"text": f"message {start + number}", **fields} for number in range(20)]
        posts = [client.post("/api/messages.create", json=one) for one in messages]
        assert all(answer.ok for answer in await asyncio.gather(*posts))


async def ids(page: Page) -> list[int]:
    found = await page.locator("#messages > article").evaluate_all(
        "(all) => all.map(({ id }) => Number(id.slice(1)))"
    )
    return list(found)


async def expect_ids(page: Page, expected: list[int]) -> None:
    """Wait until all messages have come, in any order, and those that are too many have left."""
    async with asyncio.timeout(PATIENCE):
        while await ids(page) != expected:  # noqa: ASYNC110 -- no event says so
            await asyncio.sleep(0.05)


async def test_at_most_three_hundred_cards_stay_and_the_older_ones_follow_below(
    page: Page, client: Client
) -> None:
    await stop_the_clock(page)
    await put(client, "The very first")
    await page.goto(address(client))
    await expect(texts(page)).to_have_count(1)
    await many(client, 340)
    await expect(card(page, 341)).to_be_visible()
    await expect_ids(page, list(range(341, 341 - MOST, -1)))
    await expect(page.locator(".end")).to_have_count(0)

    await page.get_by_role("link", name="Earlier", exact=True).click()

    await expect(page.locator(".end")).to_be_visible()
    assert await ids(page) == list(range(341, 0, -1))


async def test_what_is_read_does_not_move_while_hundreds_arrive_and_none_is_left_out(
    page: Page, client: Client
) -> None:
    await stop_the_clock(page)
    await many(client, 40)
    await page.goto(address(client))
    await expect(page.locator("#live")).to_be_visible()
    await page.evaluate("scrollTo(0, 1500)")
    read = page.get_by_text("message 19", exact=True)
    await read.scroll_into_view_if_needed()
    before = await read.bounding_box()
    await many(client, 360)
    # The stream brings it last; more messages than the button counts have come by then.
    await react(client, 1, "love")
    await expect(card(page, 1).locator("[value=love] span")).to_have_text("1")
    await expect(page.locator("#news")).to_have_text("↑ 300 new messages")
    assert await read.bounding_box() == before

    await page.locator("#news").click()

    await expect(card(page, 400)).to_be_in_viewport()
    await expect_ids(page, list(range(400, 400 - MOST, -1)))
    await page.get_by_role("link", name="Earlier", exact=True).click()
    await expect(card(page, 60)).to_be_attached()
    assert (await ids(page))[: MOST + 50] == list(range(400, 50, -1))


async def test_a_card_with_a_form_that_is_open_does_not_leave_but_others_do(
    page: Page, client: Client
) -> None:
    await stop_the_clock(page)
    await many(client, 20)
    await page.goto(address(client))
    await card(page, 1).get_by_role("link", name="Reply").click()
    await card(page, 1).locator("textarea").fill("Half a sen")
    await page.get_by_label(FIELD).focus()
    await page.evaluate("scrollTo(0, 0)")
    await many(client, 340)
    await expect(card(page, 360)).to_be_visible()
    await expect_ids(page, [*range(360, 361 - MOST, -1), 1])
    await expect(card(page, 1).locator("textarea")).to_have_value("Half a sen")
    await card(page, 1).get_by_role("button", name="Cancel").click()
    await page.evaluate("scrollTo(0, 0)")
    for end in (card(page, 13), page.locator(".end")):
        await page.get_by_role("link", name="Earlier", exact=True).click()
        await expect(end).to_be_attached()
    assert sorted(await ids(page)) == list(range(1, 361))


async def test_a_burst_of_messages_leaves_no_more_cards_at_any_moment(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await many(client, 200)
    await expect(card(page, 200)).to_be_attached()
    await page.wait_for_function(LOADED, timeout=60_000)
    await page.evaluate(COUNT)
    await many(client, 200)
    await expect(card(page, 400)).to_be_attached()
    assert await page.evaluate("most") <= MOST


async def test_a_frame_keeps_as_many_cards(page: Page, site: Site, client: Client) -> None:
    await visit(page, site, client, SCRIPT)
    await expect(inside(page).locator("#live")).to_be_visible()
    await many(client, 340, thread="blog/first")
    await expect(inside(page).locator("#m340")).to_be_attached()
    await expect(inside(page).locator("#messages > article")).to_have_count(MOST)


async def test_a_conversation_on_the_wall_ends_with_a_link_after_a_hundred_replies(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await page.goto(address(client))
    await many(client, 120, reply_to=1)
    replies = card(page, 1).locator(".replies article")
    await expect(page.get_by_role("link", name="More replies")).to_be_visible()
    await expect(replies).to_have_count(100)
    await page.get_by_role("link", name="More replies").click()
    await expect(replies).to_have_count(120)


async def test_the_page_of_a_conversation_ends_with_a_link_after_three_hundred_replies(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await page.goto(f"{address(client)}/m/1")
    await many(client, 320, reply_to=1)
    await expect(page.get_by_role("link", name="More replies")).to_be_visible()
    await expect(page.locator(".replies article")).to_have_count(MOST)
    await page.get_by_role("link", name="More replies").click()
    await expect(card(page, 321)).to_be_visible()
    await expect(page.locator(".replies article")).to_have_count(20)


async def test_the_title_of_a_hidden_tab_counts_what_is_new_until_it_is_seen(
    page: Page, client: Client
) -> None:
    await page.clock.install()
    await put(client, "There before")
    await page.goto(address(client))
    await expect(texts(page)).to_have_text(["There before"])
    await page.evaluate(HIDE + TOLD)
    for number in range(3):
        await put(client, f"new {number}")
    await until_titled(page, "(3) The wall")
    await put(client, "new again", reply_to=1)
    await until_titled(page, "(4) The wall")

    await page.evaluate(SHOW + TOLD)

    await expect(page).to_have_title("The wall")
    await expect(texts(page)).to_have_count(5)
    await page.evaluate(HIDE + TOLD)
    async with page.expect_response(address(client) + "/"):
        await page.clock.run_for(40_000)
    await expect(page).to_have_title("The wall")


async def until_titled(page: Page, title: str) -> None:
    """Let the time of the page pass until it asks the wall, and has an answer."""
    async with asyncio.timeout(60):
        while await page.title() != title:
            await page.clock.run_for(5000)
