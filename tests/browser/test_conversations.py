"""Conversations below a message: folded, unfolded, long ones, several at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import lent
from tests.browser.visitor import (
    FIELD,
    address,
    answer,
    card,
    open_reply,
    press,
    put,
    replies,
    texts,
    write,
)

if TYPE_CHECKING:
    from tests.conftest import Client


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-GB", ["1 earlier reply", "2 earlier replies", "5 earlier replies"]),
        ("ru-RU", ["Ещё 1 ответ", "Ещё 2 ответа", "Ещё 5 ответов"]),
    ],
)
async def test_older_replies_are_folded_and_counted(
    script: bool,  # noqa: FBT001 -- a fixture
    tabs: dict[tuple[bool, str], Page],
    client: Client,
    language: str,
    said: list[str],
) -> None:
    for above in range(1, 5):
        await put(client, f"message {above}")
    for above, count in enumerate((3, 4, 5, 8), 1):
        for number in range(count):
            await put(client, f"reply {number}", reply_to=above)
    async with lent(tabs[script, language]) as tab:
        await tab.goto(address(client))
        await expect(tab.locator(".folded")).to_have_text(said[::-1])
        await expect(replies(tab, 4)).to_have_text(["reply 5", "reply 6", "reply 7"])

        await card(tab, 4).locator(".folded a").click()

        await expect(replies(tab, 4)).to_have_text([f"reply {number}" for number in range(8)])
        await expect(tab).to_have_url(address(client) + ("/" if script else "/m/4"))
        await expect(card(tab, 4).locator(".folded")).to_have_count(0)


async def test_a_long_conversation_goes_on_in_place_and_ones_own_reply_is_in_it(
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    client: Client,
) -> None:
    await put(client, "message")
    for number in range(60):
        await put(client, f"reply {number}", reply_to=1)
    await tab.goto(address(client))
    await card(tab, 1).get_by_role("link", name="Reply").click()
    await expect(replies(tab, 1)).to_have_text([f"reply {number}" for number in range(50)])
    if script:
        # A reply that arrived meanwhile is not loaded a second time.
        await put(client, "live", reply_to=1)
        await expect(replies(tab, 1).last).to_have_text("live")
        await tab.get_by_role("link", name="More replies").click()
        await expect(replies(tab, 1)).to_have_text(
            [*(f"reply {number}" for number in range(60)), "live"]
        )

    await answer(tab, "my own")

    await expect(replies(tab, 1).last).to_have_text("my own")
    await expect(replies(tab, 1).last).to_be_in_viewport()
    if not script:
        await tab.get_by_role("link", name="Earlier replies").click()
        await expect(replies(tab, 1).first).to_have_text("reply 0")


async def test_on_an_earlier_page_a_reply_is_written_in_place_too(
    page: Page, client: Client
) -> None:
    await put(client, "message 1")
    await put(client, "message 2")
    await page.goto(f"{address(client)}/?before=2")
    await open_reply(page, 1)
    await page.keyboard.type("Late, but heard")
    await page.keyboard.press("Control+Enter")

    await expect(replies(page, 1)).to_have_text(["Late, but heard"])
    await expect(page).to_have_url(re.compile(r"/\?before=2$"))


async def test_several_forms_know_which_is_which(page: Page, client: Client) -> None:
    await put(client, "message 1")
    await put(client, "message 2")
    await page.goto(address(client))
    first, second = await open_reply(page, 1), await open_reply(page, 2)
    await first.fill("to 1")
    await second.fill("to 2")
    await second.press("Control+Enter")
    await expect(replies(page, 2)).to_have_text(["to 2"])
    await expect(first).to_have_value("to 1")
    await first.press("Control+Enter")
    await expect(replies(page, 1)).to_have_text(["to 1"])
    await write(page, "to all")
    await expect(texts(page).first).to_have_text("to all")
    await press(page)
    await expect(page.get_by_label(FIELD)).to_be_focused()
