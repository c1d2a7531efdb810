"""Replies: within the wall with scripts, on the message's own page without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from stena.settings import Settings, Wall
from tests.browser.conftest import lent
from tests.browser.visitor import (
    FIELD,
    NAME,
    REPLY,
    address,
    answer,
    assert_server_renders_the_same,
    card,
    fill,
    listed,
    open_reply,
    press,
    put,
    refusal,
    replies,
    texts,
)
from tests.patient import USED_UP

if TYPE_CHECKING:
    from tests.conftest import Client

PILL = "#news"


async def test_without_script_a_reply_is_written_on_the_messages_own_page(
    tabs: dict[tuple[bool, str], Page], client: Client
) -> None:
    await put(client, "Who saw the cat?", "Marina")
    await put(client, "A newer one")
    for number in range(10):
        await put(client, f"By the door {number}", "Vera", reply_to=1)
    async with lent(tabs[False, "en-GB"]) as tab:
        await tab.goto(address(client))
        await card(tab, 1).get_by_role("link", name="Reply").click()
        await expect(tab).to_have_url(f"{address(client)}/m/1#answer")
        await expect(tab.get_by_label(REPLY)).to_be_in_viewport()

        await tab.get_by_label(REPLY).fill("On the roof")
        await tab.get_by_label(NAME).fill("Pyotr")
        await tab.get_by_role("button", name="Send the reply").click()

        await expect(tab).to_have_url(f"{address(client)}/m/1#m13")
        await expect(replies(tab, 1).last).to_have_text("On the roof")
        await expect(card(tab, 13)).to_be_in_viewport(ratio=1)
        await expect(tab.get_by_label(REPLY)).to_have_value("")
        await tab.get_by_role("link", name="Show on the wall").click()
        await expect(replies(tab, 1).last).to_have_text("On the roof")


async def test_with_a_script_a_reply_is_written_where_the_message_stands(
    page: Page, client: Client
) -> None:
    await put(client, "Who saw the cat?")
    for number in range(5):
        await put(client, f"By the door {number}", reply_to=1)
    await put(client, "A newer one")
    await page.goto(address(client))
    await expect(replies(page, 1)).to_have_text([f"By the door {number}" for number in (2, 3, 4)])

    await card(page, 1).get_by_role("link", name="Reply").press("Enter")
    await expect(page.get_by_label(REPLY)).to_be_focused()
    await expect(replies(page, 1)).to_have_text([f"By the door {number}" for number in range(5)])
    await page.keyboard.type("On the roof")
    await page.keyboard.press("Control+Enter")

    await expect(replies(page, 1).last).to_have_text("On the roof")
    await expect(replies(page, 1)).to_have_count(6)
    await expect(card(page, 8)).to_be_in_viewport(ratio=1)
    await expect(page.get_by_label(REPLY)).to_have_value("")
    # The form stays open for further replies.
    await expect(page.get_by_label(REPLY)).to_be_focused()
    await expect(card(page, 1).get_by_role("status")).to_have_text("Your message is on the wall.")
    await expect(page).to_have_url(f"{address(client)}/")


async def test_a_reply_appears_at_other_readers_below_its_message(
    page: Page, other: Page, client: Client
) -> None:
    await put(client, "Who saw the cat?", "Marina")
    await put(client, "A newer one")
    await other.goto(address(client))
    await page.goto(f"{address(client)}/m/1")
    for number, name in enumerate(("Pyotr", "", "Vera"), 1):
        await answer(page, f"On the roof *{number}*", name)
        await expect(replies(page, 1)).to_have_count(number)
        await expect(replies(other, 1).last).to_have_text(f"On the roof {number}")

    await expect(texts(other).first).to_have_text("A newer one")
    await expect(other.locator(PILL)).to_be_hidden()
    await assert_server_renders_the_same(other)


async def test_a_draft_of_a_reply_outlives_a_reload_and_stays_with_its_message(
    page: Page, client: Client
) -> None:
    await put(client, "message 1")
    await put(client, "message 2")
    await page.goto(address(client))
    await fill(page, "To all", "Marina")
    await open_reply(page, 1)
    await page.keyboard.type("To the first")

    await page.reload()

    await expect(page.get_by_label(FIELD)).to_have_value("To all")
    await expect(await open_reply(page, 2)).to_have_value("")
    field = await open_reply(page, 1)
    await expect(field).to_have_value("To the first")
    await field.press("Control+Enter")
    await expect(replies(page, 1)).to_have_text(["To the first"])
    # It may arrive by the stream before the answer; the draft is kept until the answer.
    await expect(field).to_have_value("")
    await page.reload()
    await expect(await open_reply(page, 1)).to_have_value("")
    await expect(page.get_by_label(FIELD)).to_have_value("To all")


async def test_a_refused_reply_says_why_at_its_field(tab: Page, client: Client) -> None:
    await put(client, "message")
    await tab.goto(address(client))
    await card(tab, 1).get_by_role("link", name="Reply").click()
    for text, name, field, sentence in (
        (" ", "Marina", REPLY, "Write a few words first."),
        ("Hello", "M" * 61, NAME, "A name may have up to 60 characters."),
    ):
        await answer(tab, text, name)
        await expect(refusal(tab)).to_have_text(sentence)
        said_at = tab.locator("form:has([name=reply_to])").get_by_label(field)
        await expect(said_at).to_be_focused()
        await expect(said_at).to_have_accessible_description(sentence)
        await expect(tab.get_by_label(REPLY)).to_have_value(text)
        await expect(replies(tab, 1)).to_have_count(0)

    await answer(tab, "Hello", "Marina")
    await expect(replies(tab, 1)).to_have_text(["Hello"])


@pytest.mark.parametrize("settings", [Settings(wall=Wall(posts_per_minute=2))])
@pytest.mark.parametrize("limits", [USED_UP], ids=["used up"])
async def test_a_reply_that_has_to_wait_is_a_reply_still(tab: Page, client: Client) -> None:
    await put(client, "message")
    await tab.goto(address(client))
    await card(tab, 1).get_by_role("link", name="Reply").click()
    await answer(tab, "one")
    await expect(replies(tab, 1)).to_have_text(["one"])
    if await tab.get_by_label(REPLY).count() == 0:
        await card(tab, 1).get_by_role("link", name="Reply").click()

    await answer(tab, "two")

    await expect(refusal(tab)).to_contain_text("Too many messages in a row.")
    await expect(tab.get_by_label(REPLY)).to_have_value("two")
    await expect(tab.locator("[name=reply_to]")).to_have_value("1")


async def test_a_reply_to_what_is_gone_keeps_its_words(
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    client: Client,
) -> None:
    await put(client, "message", key="k" * 24)
    await tab.goto(f"{address(client)}/m/1")
    await tab.locator("textarea").fill("Too late?")
    await client.post("/api/messages.delete", json={"id": 1, "key": "k" * 24})

    await tab.get_by_role("button", name="Send the reply").click()

    await expect(refusal(tab)).to_have_text("There is nothing here. It may have been deleted.")
    await expect(tab.locator("textarea")).to_have_value("Too late?")
    assert await listed(client) == []
    if not script:
        # The text can still be posted as a message of its own.
        await press(tab)
        await expect(texts(tab)).to_have_text(["Too late?"])


async def test_who_writes_a_reply_is_not_pushed_away(page: Page, client: Client) -> None:
    await put(client, "message")
    await page.goto(address(client))
    field = await open_reply(page, 1)
    before = await field.bounding_box()

    await put(client, "A newer one")

    await expect(page.locator(PILL)).to_have_text("↑ 1 new message")
    assert await field.bounding_box() == before
    await page.locator(PILL).click()
    await expect(texts(page).first).to_have_text("A newer one")
