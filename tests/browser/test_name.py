"""The name of the last time, which is kept in the browser only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from tests.browser.test_offline import POSTS
from tests.browser.visitor import (
    FIELD,
    NAME,
    NAME_FIELD,
    address,
    answer,
    answered,
    card,
    fill,
    listed,
    open_reply,
    press,
    put,
    refusal,
    stop_the_clock,
    texts,
    write,
)

if TYPE_CHECKING:
    from tests.conftest import Client

WHERE = "Your name is kept in this browser only."


async def test_the_name_is_there_the_next_time_in_each_form(page: Page, client: Client) -> None:
    await put(client, "message")
    await page.goto(address(client))
    await write(page, "Good morning", "Marina")
    await expect(texts(page).first).to_have_text("Good morning")
    await answered(page)
    await page.reload()
    await page.get_by_label(FIELD).focus()
    await expect(page.get_by_label(NAME)).to_have_value("Marina")
    await expect(page.locator("#write .remembered")).to_contain_text(WHERE)
    await open_reply(page, 1)
    await expect(card(page, 1).locator(NAME_FIELD)).to_have_value("Marina")
    await answer(page, "reply", "Vera")
    await expect(texts(page)).to_have_count(3)
    await expect(card(page, 1).locator("textarea")).to_have_value("")
    await page.goto(f"{address(client)}/m/1")
    await expect(page.locator(NAME_FIELD)).to_have_value("Vera")


async def test_the_name_can_be_forgotten(page: Page, client: Client) -> None:
    await page.goto(address(client))
    await write(page, "Good morning", "Marina")
    await expect(texts(page)).to_have_text(["Good morning"])
    await page.get_by_role("button", name="Forget it").click()
    await expect(page.locator(f"#write {NAME_FIELD}")).to_have_value("")
    await expect(page.locator(f"#write {NAME_FIELD}")).to_be_focused()
    await page.reload()
    await expect(page.locator(f"#write {NAME_FIELD}")).to_have_value("")
    await expect(page.locator(".remembered")).to_have_count(0)
    assert "Marina" not in await page.evaluate("JSON.stringify(localStorage)")


async def test_a_message_that_could_not_be_sent_waits_when_its_name_is_forgotten(
    page: Page, client: Client
) -> None:
    # A second try that is on its way would fail after the name was forgotten.
    await stop_the_clock(page)
    await page.goto(address(client))
    await write(page, "Good morning", "Marina")
    await expect(page.locator("#write .remembered")).to_be_visible()
    await page.route(POSTS, lambda route: route.abort())
    await write(page, "From the tunnel", "Marina")
    await expect(refusal(page)).to_have_count(1)
    await page.get_by_role("button", name="Forget it").click()
    await expect(refusal(page)).to_have_count(0)
    await page.unroute(POSTS)
    await page.reload()
    await page.clock.run_for(60_000)
    await expect(page.get_by_label(FIELD)).to_have_value("From the tunnel")
    await expect(page.get_by_label(NAME)).to_have_value("")
    assert [one["text"] for one in await listed(client)] == ["Good morning"]
    await press(page)
    await expect(texts(page)).to_have_text(["From the tunnel", "Good morning"])
    assert [one["name"] for one in await listed(client)] == [None, "Marina"]


async def test_without_a_name_the_next_time_there_is_none_later(page: Page, client: Client) -> None:
    await page.goto(address(client))
    for name in ("Marina", ""):
        await write(page, f"by {name}", name)
        await expect(texts(page).first).to_have_text(f"by {name}".strip())
        await answered(page)
    await page.reload()
    await expect(page.locator(f"#write {NAME_FIELD}")).to_have_value("")


async def test_a_name_taken_out_of_a_draft_stays_out(page: Page, client: Client) -> None:
    await page.goto(address(client))
    await write(page, "Good morning", "Marina")
    await expect(texts(page)).to_have_text(["Good morning"])
    await fill(page, "Nobody needs to know who", "")
    await page.reload()
    await expect(page.get_by_label(FIELD)).to_have_value("Nobody needs to know who")
    await expect(page.get_by_label(NAME)).to_have_value("")


async def test_no_page_contains_the_name(page: Page, client: Client) -> None:
    await page.goto(address(client))
    await write(page, "Good morning", "Marina")
    await expect(texts(page)).to_have_text(["Good morning"])
    for path in ("/", "/m/1"):
        source = await (await page.request.get(address(client) + path)).text()
        assert 'value="Marina"' not in source
