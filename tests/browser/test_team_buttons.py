"""A member of the team decides about a message where visitors read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.visitor import TEXT_FIELD, card, put, texts
from tests.browser.visitor import address as address_of
from tests.owner import make_code, rows
from tests.web.calls import KEY
from tests.web.moderating import make_token, moderate

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from stena.member import Role
    from stena.store.database import Address
    from tests.conftest import Client


async def sign_in(
    page: Page, client: Client, address: Address, name: str = "owner", role: Role = "owner"
) -> None:
    await page.goto(f"{address_of(client)}/owner")
    code = await make_code(address, name, role)
    await page.get_by_label("The code, or the whole link").fill(code)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("navigation", name="Lists")).to_be_visible()


async def test_a_member_removes_a_message_on_the_wall_and_undoes_it(
    page: Page, other: Page, client: Client, address: Address
) -> None:
    await put(client, "stays")
    number = await put(client, "rude words")
    await sign_in(page, client, address)
    await page.goto(address_of(client))
    await other.goto(address_of(client))
    await page.locator(f"#m{number}").get_by_role("button", name="Remove").click()
    await expect(texts(page)).to_have_text(["stays"])
    await expect(texts(other)).to_have_text(["stays"])
    undo = page.get_by_role("button", name="Undo")
    await expect(undo).to_be_focused()
    await undo.click()
    await expect(texts(page)).to_have_text(["rude words", "stays"])
    await expect(texts(other)).to_have_text(["rude words", "stays"])


async def test_a_message_with_replies_leaves_its_place(
    page: Page, client: Client, address: Address
) -> None:
    number = await put(client, "rude words")
    await put(client, "an answer", reply_to=number)
    await sign_in(page, client, address)
    await page.goto(f"{address_of(client)}/m/{number}")
    words = page.locator(f"#m{number} > .words")
    await page.locator(f"#m{number} > footer").get_by_role("button", name="Remove").click()
    await expect(words).to_have_text("This message is not shown.")
    await page.get_by_role("button", name="Undo").click()
    await expect(words).to_have_text("rude words")


async def test_a_new_message_has_the_button_too(
    page: Page, client: Client, address: Address
) -> None:
    await sign_in(page, client, address)
    await page.goto(address_of(client))
    await expect(page.locator("#live")).to_be_visible()
    number = await put(client, "just now")
    await expect(page.locator(f"#m{number}").get_by_role("button", name="Remove")).to_be_visible()


async def test_a_visitor_has_no_such_button_and_loads_nothing_for_it(
    page: Page, client: Client
) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    await put(client, "hello")
    await page.goto(address_of(client))
    await expect(page.locator("#live")).to_be_visible()
    assert any("post.js" in one for one in loaded)
    assert not any(name in one for one in loaded for name in ("team.", "decide.js"))
    await expect(page.get_by_role("button", name="Remove")).to_have_count(0)


async def test_a_member_who_is_signed_out_meanwhile_removes_nothing(
    page: Page, client: Client, address: Address
) -> None:
    number = await put(client, "hello")
    await sign_in(page, client, address)
    await page.goto(address_of(client))
    remove = page.locator(f"#m{number} .removes")
    await expect(remove).to_have_text("Remove")
    cookies = await page.context.cookies()
    await page.context.clear_cookies(name="owner")
    assert {one["name"] for one in cookies} >= {"owner", "team"}
    await remove.click()
    await expect(page.locator(".did")).to_contain_text("You are not signed in on this device")
    await expect(remove).to_be_focused()
    await expect(texts(page)).to_have_text(["hello"])
    await card(page, number).get_by_role("button", name="More").click()
    await expect(page.get_by_label("The code, or the whole link")).to_be_visible()


# -- more


async def further(page: Page, number: int) -> Locator:
    """What is behind “More” on a message, opened."""
    await card(page, number).locator("> footer").get_by_role("button", name="More").click()
    panel = card(page, number).locator("> .further")
    await expect(panel).to_be_visible()
    return panel


async def test_a_member_pins_a_message_on_the_wall_and_undoes_it(
    page: Page, other: Page, client: Client, address: Address
) -> None:
    number = await put(client, "the first")
    await put(client, "the second")
    await sign_in(page, client, address)
    for one in (page, other):
        await one.goto(address_of(client))
        await expect(one.locator("#live")).to_be_visible()
    await (await further(page, number)).get_by_role("button", name="Pin").click()
    for one in (page, other):
        await expect(texts(one)).to_have_text(["the first", "the second"])
    await expect(page.locator(".did")).to_contain_text("Pinned a message")
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await expect(page.locator(".further")).to_have_count(0)
    await expect(await further(page, number)).to_contain_text("Unpin")
    # Opening it takes nothing of the undo away.
    await page.get_by_role("button", name="Undo").click()
    for one in (page, other):
        await expect(texts(one)).to_have_text(["the second", "the first"])
    await expect(page.locator(".did")).to_have_count(0)
    await expect(card(page, number).locator(".furthers")).to_be_focused()
    await expect(other.locator(".furthers, .did")).to_have_count(0)


async def test_a_fourth_pin_is_refused_in_words(
    page: Page, client: Client, address: Address
) -> None:
    numbers = [await put(client, f"number {place}") for place in range(4)]
    await make_token(address)
    for number in numbers[:3]:
        await moderate(client, "pin", id=number)
    await sign_in(page, client, address, "Anna")
    await page.goto(address_of(client))
    pin = (await further(page, numbers[3])).get_by_role("button", name="Pin")
    for _ in range(2):
        await pin.click()
        await expect(page.locator(".did")).to_contain_text("pinned already")
    await expect(pin).to_be_focused()


async def test_a_member_locks_a_conversation_on_its_page_and_undoes_it(
    page: Page, other: Page, client: Client, address: Address
) -> None:
    number = await put(client, "a quarrel")
    await put(client, "an answer", reply_to=number)
    await sign_in(page, client, address)
    for one in (page, other):
        await one.goto(f"{address_of(client)}/m/{number}")
    await (await further(page, number)).get_by_role("button", name="Lock").click()
    await expect(other.get_by_text("it takes no more replies")).to_be_visible()
    undo = page.get_by_role("button", name="Undo")
    await expect(undo).to_be_focused()
    await expect(page.locator(".did")).to_contain_text("Locked a conversation")
    await undo.click()
    await expect(other.locator("#answer")).to_be_visible()
    await expect(card(page, number).locator("> footer .furthers")).to_be_focused()
    # A reply is neither pinned nor locked.
    panel = await further(page, number + 1)
    await expect(panel.get_by_role("link", name="On the desk")).to_be_visible()
    await expect(panel.get_by_role("button")).to_have_count(0)


async def test_a_message_removed_on_its_own_page_can_be_brought_back_there(
    page: Page, other: Page, client: Client, address: Address
) -> None:
    number = await put(client, "rude words")
    await sign_in(page, client, address)
    for one in (page, other):
        await one.goto(f"{address_of(client)}/m/{number}")
    await card(page, number).get_by_role("button", name="Remove").click()
    await expect(other.get_by_text("There is nothing here.")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".did")).to_have_count(0)
    await expect(card(page, number).get_by_role("button", name="Remove")).to_be_enabled()
    await expect(texts(page)).to_have_text(["rude words"])


async def test_a_moderator_bans_a_browser_for_a_week_and_undoes_it(
    page: Page, other: Page, client: Client, address: Address
) -> None:
    await put(client, "stays")
    number = await put(client, "spam", key=KEY)
    await sign_in(page, client, address, "Anna", "moderator")
    for one in (page, other):
        await one.goto(address_of(client))
        await expect(one.locator("#live")).to_be_visible()
    panel = await further(page, number)
    await expect(panel.locator("option")).to_have_text(["1 day", "7 days"])
    await panel.get_by_label("Remove what is on this card as spam").check()
    await panel.get_by_role("button", name="Ban").click()
    for one in (page, other):
        await expect(texts(one)).to_have_text(["stays"])
    note = page.locator(".did")
    await expect(note).to_contain_text("Banned a browser for 7 days")
    await expect(note).to_contain_text("Removed 1 message as spam")
    for left in (1, 0):
        await expect(note.locator("button:focus")).to_have_text("Undo")
        await page.keyboard.press("Enter")
        await expect(note.locator("form")).to_have_count(left)
    for one in (page, other):
        await expect(texts(one)).to_have_text(["spam", "stays"])
    await expect(card(page, number).locator(".furthers")).to_be_focused()
    assert await rows(address, "SELECT FROM ban") == []


async def test_the_focus_stays_whatever_happens_to_the_message(
    page: Page, client: Client, address: Address
) -> None:
    number = await put(client, "hello", key=KEY)
    await sign_in(page, client, address)
    await page.goto(address_of(client))
    await expect(page.locator("#live")).to_be_visible()
    more = card(page, number).locator(".furthers")
    await expect(more).to_have_attribute("aria-expanded", "false")
    await more.focus()
    await page.keyboard.press("Enter")
    await expect(more).to_have_attribute("aria-expanded", "true")
    edit = {"id": number, "text": "hello again", "key": KEY}
    await client.post("/api/messages.edit", json=edit)
    await expect(texts(page)).to_have_text(["hello again"])
    await expect(more).to_be_focused()
    await expect(more).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Pin")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".further")).to_have_count(0)
    await expect(more).to_be_focused()
    await (await further(page, number)).get_by_role("link", name="On the desk").click()
    await expect(page.locator(".group")).to_have_count(1)
    await expect(page.locator(".group")).to_contain_text("hello again")


async def test_a_member_can_edit_an_own_message_too(
    page: Page, client: Client, address: Address
) -> None:
    await sign_in(page, client, address)
    await page.goto(address_of(client))
    await page.locator(f"#write {TEXT_FIELD}").fill("mine")
    await page.locator("#write button").click()
    footer = page.locator("article:not(.sending) > footer")
    await expect(footer.get_by_role("link", name="Edit or delete")).to_be_visible()
    await expect(footer.get_by_role("button", name="Remove")).to_be_visible()
