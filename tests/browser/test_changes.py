"""Messages are edited and deleted, and every open page shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import Page, Route, expect

from tests.browser.visitor import (
    BUTTON,
    CHANGE,
    DELETE,
    NAME,
    WORDS,
    address,
    assert_server_renders_the_same,
    card,
    change,
    listed,
    put,
    refusal,
    replies,
    texts,
    write,
)

if TYPE_CHECKING:
    from tests.conftest import Client

STREAM = "**/api/messages.stream*"
TAKEN = "The author deleted this message."
KEY = "k" * 24


async def test_a_message_is_changed_and_says_so(tab: Page, client: Client) -> None:
    await tab.goto(address(client))
    await write(tab, "mesage", "Marina")
    await expect(texts(tab)).to_have_text(["mesage"])
    await tab.goto(f"{address(client)}/m/1")
    await tab.get_by_role("link", name=CHANGE).click()
    await expect(tab.get_by_label(WORDS)).to_have_value("mesage")
    await expect(tab.get_by_label(NAME)).to_have_value("Marina")

    await change(tab, " ")
    await expect(refusal(tab)).to_have_text("Write a few words first.")
    await expect(tab.get_by_label(WORDS)).to_be_focused()
    await change(tab, "message")

    await expect(tab).to_have_url(f"{address(client)}/m/1")
    await expect(texts(tab)).to_have_text(["message"])
    await expect(tab.locator(".edited")).to_have_text("· edited")
    await tab.goto(address(client))
    await expect(texts(tab)).to_have_text(["message"])
    await expect(tab.locator(".edited")).to_have_text("· edited")


async def test_a_message_is_taken_down(tab: Page, client: Client) -> None:
    await put(client, "Somebody's")
    await tab.goto(address(client))
    await write(tab, "Oh no", "Marina")
    await expect(texts(tab)).to_have_text(["Oh no", "Somebody's"])
    await tab.goto(f"{address(client)}/m/2/edit")
    await expect(tab.get_by_text("It cannot be restored.")).to_be_visible()
    await tab.get_by_role("button", name=DELETE).click()

    await expect(tab).to_have_url(f"{address(client)}/")
    await expect(texts(tab)).to_have_text(["Somebody's"])
    assert len(await listed(client)) == 1
    await tab.goto(f"{address(client)}/m/2")
    await expect(tab.get_by_role("heading")).to_have_text(
        "There is nothing here. It may have been deleted."
    )


async def test_with_a_script_the_card_itself_leads_to_the_change(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await write(page, "mesage")
    await card(page, 1).get_by_role("link", name=CHANGE).click()
    await change(page, "message")
    await expect(texts(page)).to_have_text(["message"])
    # The stream may bring the change before the answer closes the form.
    await expect(page.get_by_label(WORDS)).to_have_count(0)
    await page.get_by_role("link", name=CHANGE).click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(texts(page)).to_have_text(["message"])


async def test_others_see_a_change_as_it_happens_with_its_mark(other: Page, client: Client) -> None:
    await put(client, "A newer one")
    await put(client, "mesage", "Marina", key=KEY)
    await put(client, "reply", reply_to=2)
    await other.goto(address(client))
    await expect(other.locator(".edited")).to_have_count(0)

    await edit(client, 2, "a *good* message", "M.")

    await expect(texts(other).first).to_have_text("a good message")
    await expect(other.locator(".edited")).to_have_text("· edited")
    await expect(card(other, 2).locator(".name")).to_have_text("M.")
    await expect(replies(other, 2)).to_have_text(["reply"])
    await assert_server_renders_the_same(other)


async def test_others_see_a_message_go(other: Page, client: Client) -> None:
    await put(client, "There before")
    await put(client, "Oh no", key=KEY)
    await put(client, "Oh no, a reply", reply_to=1, key=KEY)
    await other.goto(address(client))
    for number, left in ((2, ["There before", "Oh no, a reply"]), (3, ["There before"])):
        await delete(client, number)
        await expect(texts(other)).to_have_text(left)
    await assert_server_renders_the_same(other)


async def test_what_has_replies_goes_without_them(other: Page, client: Client) -> None:
    await put(client, "Oh no", "Marina", key=KEY)
    await put(client, "What was it?", reply_to=1, key="r" * 24)
    await other.goto(address(client))

    await delete(client, 1)

    await expect(texts(other)).to_have_text([TAKEN, "What was it?"])
    await expect(card(other, 1).locator("> header")).to_contain_text("Deleted")
    await expect(card(other, 1).locator("> header")).not_to_contain_text("Marina")
    await expect(card(other, 1).locator("> footer .reactions")).to_have_count(0)
    await assert_server_renders_the_same(other)
    # Deleting the last reply removes the placeholder too.
    await client.post("/api/messages.delete", json={"id": 2, "key": "r" * 24})
    await expect(other.get_by_role("article")).to_have_count(0)


async def test_what_was_taken_down_before_anybody_saw_it_comes_without_words(
    page: Page, client: Client
) -> None:
    async def late(route: Route) -> None:
        await put(client, "Oh no", "Marina", key=KEY)
        await put(client, "What was it?", reply_to=1)
        await delete(client, 1)
        await route.continue_()

    # A page that waits for long asks once more.
    await page.route(STREAM, late, times=1)
    await page.goto(address(client))
    await expect(texts(page)).to_have_text([TAKEN, "What was it?"])
    await assert_server_renders_the_same(page)


async def test_a_change_is_made_with_the_keyboard(tab: Page, client: Client) -> None:
    await tab.goto(address(client))
    await write(tab, "mesage")
    await expect(texts(tab)).to_have_text(["mesage"])
    await tab.goto(f"{address(client)}/m/1")
    link = tab.get_by_role("link", name=CHANGE)
    for _ in range(20):
        await tab.keyboard.press("Tab")
        if await link.evaluate("(one) => one === document.activeElement"):
            break
    await expect(link).not_to_have_css("outline-style", "none")
    await tab.keyboard.press("Enter")
    await expect(tab).to_have_url(re.compile("/m/1/edit$"))
    await tab.wait_for_load_state()
    stops = [
        tab.get_by_label(WORDS),
        tab.get_by_label(NAME),
        tab.get_by_role("button", name="Save"),
        tab.get_by_role("button", name=DELETE),
        tab.get_by_role("link", name="Leave it as it is"),
    ]
    await tab.locator("main").focus()
    for stop in stops:
        await tab.keyboard.press("Tab")
        await expect(stop).to_be_focused()
    await expect(tab.get_by_role("button", name=BUTTON)).to_have_count(0)


async def edit(client: Client, number: int, text: str, name: str) -> None:
    """Edit a message, as another visitor."""
    changed = {"id": number, "text": text, "name": name, "key": KEY}
    answer = await client.post("/api/messages.edit", json=changed)
    assert answer.ok, await answer.text()


async def delete(client: Client, number: int) -> None:
    answer = await client.post("/api/messages.delete", json={"id": number, "key": KEY})
    assert answer.ok, await answer.text()
