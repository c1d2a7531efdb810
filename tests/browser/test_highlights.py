"""What the team puts forward, on pages that are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_team_buttons import sign_in
from tests.browser.visitor import (
    TEXT_FIELD,
    answered,
    assert_server_renders_the_same,
    card,
    put,
    texts,
    visiting,
)
from tests.browser.visitor import address as address_of
from tests.web.moderating import make_token, moderate, remove, undo

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def follow(page: Page, client: Client, path: str = "") -> None:
    await page.goto(f"{address_of(client)}{path}")
    await expect(page.locator("#live")).to_be_visible()


async def test_a_pin_moves_a_message_on_open_pages_and_back(page: Page, client: Client) -> None:
    old = await put(client, "the oldest")
    await put(client, "an answer", reply_to=old)
    other = await put(client, "the second")
    await put(client, "the newest")
    await follow(page, client)
    await moderate(client, "pin", id=old)
    await expect(texts(page)).to_have_text(["the oldest", "an answer", "the newest", "the second"])
    await expect(card(page, old).locator("> header")).to_contain_text("Pinned")
    await moderate(client, "pin", id=other)
    await expect(texts(page).first).to_have_text("the second")
    # A new one goes below the pinned ones, and one that was removed comes back above.
    await put(client, "just now")
    await expect(texts(page).nth(3)).to_have_text("just now")
    decision = await remove(client, other)
    await expect(card(page, other)).to_have_count(0)
    await undo(client, decision)
    await expect(texts(page).first).to_have_text("the second")
    await moderate(client, "pin", id=other, on=False)
    await moderate(client, "pin", id=old, on=False)
    order = ["just now", "the newest", "the second", "the oldest", "an answer"]
    await expect(texts(page)).to_have_text(order)
    await expect(page.locator(".pins")).to_have_count(0)
    served = await page.context.new_page()
    await served.goto(address_of(client))
    await expect(texts(served)).to_have_text(order)


async def test_a_pinned_message_of_a_later_page_comes_and_goes(page: Page, client: Client) -> None:
    first = await put(client, "number 0")
    for number in range(1, 52):
        await put(client, f"number {number}")
    await follow(page, client)
    await expect(card(page, first)).to_have_count(0)
    await moderate(client, "pin", id=first)
    await expect(texts(page).first).to_have_text("number 0")
    await moderate(client, "pin", id=first, on=False)
    await expect(card(page, first)).to_have_count(0)
    await moderate(client, "pin", id=first)
    await expect(texts(page).first).to_have_text("number 0")
    # It is on the next page too, and is not shown twice.
    await page.get_by_role("link", name="Earlier").click()
    await expect(page.locator(".end")).to_be_visible()
    await expect(page.locator("article")).to_have_count(52)


async def test_a_lock_takes_the_link_to_reply_from_open_pages(page: Page, client: Client) -> None:
    number = await put(client, "a question")
    await put(client, "an answer", reply_to=number)
    await follow(page, client)
    footer = card(page, number).locator("> footer")
    await moderate(client, "lock", id=number)
    await expect(footer).to_contain_text("Locked")
    await expect(footer.locator(".answer")).to_have_count(0)
    await page.goto(f"{address_of(client)}/m/{number}")
    await expect(page.get_by_text("it takes no more replies")).to_be_visible()
    await expect(page.locator(TEXT_FIELD)).to_have_count(0)
    await moderate(client, "lock", id=number, on=False)
    await expect(page.locator(TEXT_FIELD)).to_be_visible()
    # A text that is being typed stays.
    await page.locator(TEXT_FIELD).fill("me too")
    await moderate(client, "lock", id=number)
    await page.locator("#answer button").click()
    await expect(page.locator(".refusal:not(:empty)")).to_contain_text("no more replies")
    await expect(page.locator(TEXT_FIELD)).to_have_value("me too")


async def test_a_folded_conversation_that_is_locked_still_unfolds(
    page: Page, client: Client
) -> None:
    number = await put(client, "a question")
    for answer in range(5):
        await put(client, f"answer {answer}", reply_to=number)
    await moderate(client, "pin", id=number)
    await moderate(client, "lock", id=number)
    await page.goto(address_of(client))
    await page.get_by_role("link", name="2 earlier replies").click()
    await expect(card(page, number).locator(".replies .words")).to_have_count(5)
    await expect(page).to_have_url(f"{address_of(client)}/")


async def test_a_notice_comes_changes_and_goes_on_open_pages(
    page: Page, other: Page, client: Client
) -> None:
    await follow(page, client)
    await follow(other, client, "/embed")
    for text, shown in (("Back on *Monday*", "Back on Monday"), ("<b> & more", "<b> & more")):
        await moderate(client, "notice", text=text)
        for one in (page, other):
            await expect(one.locator("#notice + #write")).to_be_visible()
            await expect(one.locator("#notice .words")).to_have_text(shown)
    await moderate(client, "notice", text="")
    for one in (page, other):
        await expect(one.locator("#notice")).to_have_count(0)


async def test_a_member_posts_with_the_badge_where_visitors_write(
    page: Page, other: Page, client: Client, address: Address
) -> None:
    await sign_in(page, client, address)
    await follow(page, client)
    await follow(other, client)
    await page.locator(f"#write {TEXT_FIELD}").fill("we open at nine")
    await page.get_by_label("As the team, with a badge").check()
    await page.locator("#write button").click()
    for one in (page, other):
        await expect(one.locator("article:not(.sending) > header")).to_contain_text("The owner")
    await expect(other.locator("[name=as_team]")).to_have_count(0)
    await assert_server_renders_the_same(other)
    # By then the preview, which has this link too, is gone.
    await answered(page)
    # The form of a conversation has it from the server.
    await page.locator("article .answer").click()
    await expect(page.locator(".replies [name=as_team]")).not_to_be_checked()


async def test_the_desk_leads_to_an_answer_without_scripts(
    browser: Browser, client: Client, address: Address
) -> None:
    await put(client, "when do you open?")
    async with visiting(browser, script=False) as mute:
        await answer_from_the_desk(mute, client, address)


async def answer_from_the_desk(mute: Page, client: Client, address: Address) -> None:
    await sign_in(mute, client, address)
    await mute.get_by_role("link", name="On the wall").click()
    await mute.locator(".more summary").click()
    await mute.get_by_role("link", name="Answer").click()
    await expect(mute.get_by_label("As the team, with a badge")).to_be_checked()
    await mute.locator(f"#answer {TEXT_FIELD}").fill("at nine")
    await mute.locator("#answer button").click()
    await expect(mute.locator(".reply > header")).to_contain_text("The owner")
