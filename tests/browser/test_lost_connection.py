"""A visitor goes on pressing while there is no connection: the wall stays, and says so there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser.visitor import (
    CHANGE,
    FIELD,
    REPLY,
    WORDS,
    address,
    answered,
    card,
    listed,
    put,
    react,
    refusal,
    texts,
    write,
)

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.conftest import Client

LOST = "The connection is lost. Trying again…"
# The scripts that a press needs, with those that they need themselves.
LATER = ["unfold.js", "edit.js", "earlier.js", "fetched.js", "cancel.js"]
LOADED = """
(names) => {
    const all = performance.getEntriesByType("resource").filter((one) => one.responseEnd > 0);
    return names.every((name) => all.some((one) => one.name.includes(`/${name}`)));
}
"""


async def visit(page: Page, client: Client, path: str = "/") -> None:
    """Load what the page loads as soon as somebody uses it."""
    await page.goto(address(client) + path)
    await page.keyboard.press("Shift")
    # That the network is idle would not do: it may have been so before the key was pressed.
    await page.wait_for_function(LOADED, arg=LATER, timeout=60_000)


@pytest.mark.parametrize("what", ["Reply", CHANGE, "1 earlier reply"])
async def test_a_press_says_that_there_is_no_connection_and_works_when_it_is_back(
    page: Page, client: Client, what: str
) -> None:
    await page.goto(address(client))
    await write(page, "message")
    await expect(texts(page)).to_have_text(["message"])
    await answered(page)
    for number in range(4):
        await put(client, f"reply {number}", reply_to=1)
    await visit(page, client)
    link = card(page, 1).get_by_role("link", name=what, exact=True)
    await expect(link).to_be_visible()
    await page.context.set_offline(True)
    for _ in range(2):
        await link.click()
        await expect(sentence(page)).to_have_text(LOST)
        await expect(link).not_to_have_attribute("aria-busy", "true")
    assert page.url == f"{address(client)}/"

    await page.context.set_offline(False)

    await expect(sentence(page)).to_have_count(0)
    await link.click()
    if what == "1 earlier reply":
        await expect(texts(page).nth(1)).to_have_text("reply 0")
    else:
        await expect(page.get_by_label(REPLY if what == "Reply" else WORDS)).to_be_focused()


async def test_before_anything_was_loaded_the_wall_stays_as_well(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await page.goto(address(client))
    await expect(page.locator("#live")).to_have_text("Live")
    await page.context.set_offline(True)
    await card(page, 1).get_by_role("link", name="Reply").click()
    await expect(page.locator("#live")).to_have_text(LOST)
    assert page.url == f"{address(client)}/"


async def test_what_waits_to_be_sent_is_sent_after_other_presses(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await visit(page, client)
    await page.context.set_offline(True)
    await write(page, "From the tunnel")
    await expect(refusal(page)).to_have_count(1)
    await card(page, 1).get_by_role("link", name="Reply").click()
    await expect(sentence(page)).to_have_text(LOST)
    await page.context.set_offline(False)
    await expect(texts(page)).to_have_text(["From the tunnel", "message"])
    await expect(page.get_by_label(FIELD)).to_have_value("")
    assert len(await listed(client)) == 2


async def test_on_an_earlier_page_it_says_so_too(page: Page, client: Client) -> None:
    await put(client, "message")
    await visit(page, client, "/?before=2")
    await page.context.set_offline(True)
    await card(page, 1).get_by_role("link", name="Reply").click()
    await expect(sentence(page)).to_have_text("That did not work. Try again")
    await page.context.set_offline(False)
    await card(page, 1).get_by_role("link", name="Reply").click()
    await expect(page.get_by_label(REPLY)).to_be_focused()
    await expect(sentence(page)).to_have_count(0)


async def test_a_reaction_that_does_not_arrive_leaves_the_focus_where_it_was_given(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await visit(page, client)
    picker = card(page, 1).locator("> footer summary")
    await page.context.set_offline(True)
    await picker.press("Enter")
    await card(page, 1).locator("button[value=sad]").press("Enter")
    await expect(card(page, 1).locator(".reactions span")).to_have_count(0)
    await expect(picker).to_be_focused()


async def test_a_reaction_that_others_take_back_leaves_the_focus_there(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await react(client, 1, "wow")
    await page.goto(address(client))
    await card(page, 1).locator("button[value=wow]").focus()
    taken = {"id": 1, "kind": "wow", "key": "r" * 24, "on": False}
    answer = await client.post("/api/messages.react", json=taken)
    assert answer.ok, await answer.text()
    await expect(card(page, 1).locator(".reactions span")).to_have_count(0)
    await expect(card(page, 1).locator("> footer summary")).to_be_focused()


def sentence(page: Page) -> Locator:
    return card(page, 1).locator("> .refusal")
