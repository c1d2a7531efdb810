"""What is typed in several tabs of one browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.visitor import FIELD, address, fill, listed, press, texts, write

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.conftest import Client


async def test_each_tab_keeps_its_own_draft(page: Page, client: Client) -> None:
    await page.goto(address(client))
    await fill(page, "In the first tab")
    second = await tab(page, client)
    await fill(second, "In the second tab")
    await know(page, "In the second tab")
    await fill(page, "In the first tab again")
    await know(second, "In the first tab again")
    for one, text in ((page, "In the first tab again"), (second, "In the second tab")):
        await one.reload()
        await expect(one.get_by_label(FIELD)).to_have_value(text)
    # What was typed last in a tab that is closed is in the next one.
    await fill(second, "Last of all")
    await know(page, "Last of all")
    await second.close()
    third = await tab(page, client)
    await expect(third.get_by_label(FIELD)).to_have_value("Last of all")
    await page.reload()
    await expect(page.get_by_label(FIELD)).to_have_value("In the first tab again")


async def test_a_draft_that_one_tab_has_posted_leaves_the_others(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await fill(page, "Good morning")
    second = await tab(page, client)
    await expect(second.get_by_label(FIELD)).to_have_value("Good morning")
    third = await tab(page, client)
    await expect(third.get_by_label(FIELD)).to_have_value("Good morning")
    await third.get_by_label(FIELD).press("End")
    await third.keyboard.type(", everybody")
    await know(second, "Good morning, everybody")
    await press(second)
    await expect(texts(second)).to_have_text(["Good morning"])
    await expect(page.get_by_label(FIELD)).to_have_value("Good morning")
    fresh = await tab(page, client)
    await expect(fresh.get_by_label(FIELD)).to_have_value("Good morning, everybody")
    # Pressed here too, it is there once all the same.
    await press(page)
    await expect(page.get_by_label(FIELD)).to_have_value("")
    assert [one["text"] for one in await listed(client)] == ["Good morning"]


async def test_a_copy_that_nobody_has_touched_goes_when_the_draft_is_posted(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await fill(page, "Good morning")
    copy = await tab(page, client)
    await expect(copy.get_by_label(FIELD)).to_have_value("Good morning")
    await press(page)
    await expect(copy.get_by_label(FIELD)).to_have_value("")
    await write(copy, "Another one")
    await expect(texts(copy)).to_have_text(["Another one", "Good morning"])


async def tab(page: Page, client: Client) -> Page:
    """Another tab of the same browser."""
    one = await page.context.new_page()
    await one.goto(address(client))
    return one


async def know(page: Page, draft: str) -> None:
    """Wait until a tab has what another one has saved: they are processes of their own."""
    kept = "(draft) => Object.values(localStorage).some((one) => one.includes(draft))"
    await page.wait_for_function(kept, arg=draft, timeout=60_000)
