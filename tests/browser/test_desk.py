"""The desk on a phone, with scripts and without: what waits is approved, removed, and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.visitor import address as address_of
from tests.browser.visitor import texts
from tests.owner import execute, make_code
from tests.web.calls import KEY

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

    from stena.store.database import Address
    from tests.conftest import Client


LEVEL_2 = """
    UPDATE brake SET set_level = 2, set_at = clock_timestamp(),
        set_until = clock_timestamp() + interval '1 hour'
"""


# Whether a button is cut off at the edge of its card.
SPILLS = """
    (form) => [...form.querySelectorAll("button")].some(
        (one) => one.getBoundingClientRect().right > form.getBoundingClientRect().right + 1
    )
"""


@pytest.fixture(autouse=True)
async def mode(address: Address) -> None:
    await execute(address, "UPDATE rule SET mode = 'all'")


async def wait(client: Client, text: str, key: str | None = None) -> int:
    """Another visitor posts a message that waits. Returns its id."""
    answer = await client.post("/api/messages.create", json={"text": text, "key": key})
    assert answer.status == 202, await answer.text()
    return int((await answer.json())["message"]["id"])


async def sign_in(page: Page, client: Client, address: Address, name: str = "owner") -> None:
    await page.goto(f"{address_of(client)}/owner")
    role = "owner" if name == "owner" else "moderator"
    code = await make_code(address, name, role)  # type: ignore[arg-type]  # one of Role
    await page.get_by_label("The code, or the whole link").fill(code)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#desk")).to_be_visible()
    # Its styles cut what is long.
    await page.wait_for_load_state()


def group(page: Page, text: str) -> Locator:
    return page.locator(".group").filter(has_text=text)


async def press(page: Page, text: str, button: str) -> None:
    """Press a button of the card with this text."""
    await group(page, text).get_by_role("button", name=button, exact=True).first.click()


async def open_list(page: Page, name: str) -> None:
    await page.get_by_role("navigation", name="Lists").get_by_role("link", name=name).click()


async def test_the_owner_sees_what_waits_approves_removes_and_undoes(
    tab: Page, client: Client, address: Address
) -> None:
    await wait(client, "let me in")
    await wait(client, "rude words")
    await sign_in(tab, client, address)
    await expect(tab.locator(".group")).to_have_count(2)
    await expect(tab.get_by_role("link", name="Waiting 2")).to_have_attribute(
        "aria-current", "page"
    )
    await press(tab, "let me in", "Approve")
    await expect(tab.locator(".done")).to_contain_text("Approved 1 message")
    await press(tab, "rude words", "Remove")
    await expect(tab.get_by_text("Nothing waits for you.")).to_be_visible()
    await tab.goto(address_of(client))
    await expect(tab.locator("article .words")).to_have_text(["let me in"])
    await tab.go_back()
    await tab.locator(".done").get_by_role("button", name="Undo").click()
    await expect(tab.locator(".done")).to_contain_text("Undone")
    await expect(group(tab, "rude words")).to_be_visible()
    await open_list(tab, "On the wall")
    await press(tab, "let me in", "Remove")
    await open_list(tab, "Removed")
    await press(tab, "let me in", "Put back")
    await open_list(tab, "Log")
    await expect(tab.locator(".log .what")).to_have_text(
        [
            "Put 1 message back",
            "Removed 1 message",
            "Removed 1 message undone",
            "Approved 1 message",
        ]
    )


async def test_one_of_many_is_approved_and_the_rest_is_spam(
    tab: Page, client: Client, address: Address
) -> None:
    for number in range(4):
        await wait(client, f"words {number}", key=KEY)
    await sign_in(tab, client, address)
    card = group(tab, "4 messages of one browser")
    await card.locator("summary").click()
    await (
        card.locator("li").filter(has_text="words 2").get_by_role("button", name="Approve").click()
    )
    await expect(tab.locator(".done")).to_contain_text("Approved 1 message")
    card = group(tab, "3 messages of one browser")
    await card.locator("summary").click()
    await card.get_by_role("button", name="Remove as spam").click()
    await expect(tab.locator(".done")).to_contain_text("Removed 3 messages as spam")


async def test_what_the_brake_lets_wait_is_removed_as_spam_by_one_press_of_a_key(
    tab: Page, client: Client, address: Address
) -> None:
    await execute(address, "UPDATE rule SET mode = 'open'")
    await execute(address, LEVEL_2)
    for number in range(3):
        await wait(client, f"cheap watches {number}")
    await sign_in(tab, client, address)
    await tab.set_viewport_size({"width": 320, "height": 640})
    for language in ("ru", "en"):
        await tab.goto(f"{address_of(client)}/owner?lang={language}")
        assert await tab.locator(".decide").first.evaluate(SPILLS) is False
    card = group(tab, "3 messages of newcomers")
    await card.get_by_role("button", name="Approve").first.focus()
    await tab.keyboard.press("Tab")
    await tab.keyboard.press("Tab")
    await expect(card.get_by_role("button", name="Remove as spam").first).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(tab.locator(".done")).to_contain_text("Removed 3 messages as spam")
    await tab.locator(".done").get_by_role("button", name="Undo").click()
    await expect(group(tab, "3 messages of newcomers")).to_be_visible()


async def test_two_members_who_decide_the_same_thing_learn_it(
    tab: Page, browser: Browser, client: Client, address: Address
) -> None:
    await wait(client, "let me in")
    await sign_in(tab, client, address)
    # While a button has the focus, the page does not replace the card.
    await group(tab, "let me in").get_by_role("button", name="Remove", exact=True).focus()
    context = await browser.new_context(locale="en-GB", java_script_enabled=False)
    phone = await context.new_page()
    await sign_in(phone, client, address, "Anna")
    await press(phone, "let me in", "Approve")
    await expect(phone.locator(".done")).to_contain_text("Approved 1 message")
    await context.close()
    await press(tab, "let me in", "Remove")
    await expect(tab.get_by_role("alert")).to_contain_text("Anna: Approved 1 message")
    await expect(tab.get_by_text("Nothing waits for you.")).to_be_visible()


async def test_a_message_that_comes_while_the_owner_looks_is_shown_by_itself(
    page: Page, client: Client, address: Address
) -> None:
    await sign_in(page, client, address)
    await expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    await wait(client, "let me in")
    await expect(group(page, "let me in")).to_be_visible()
    await expect(page.get_by_role("link", name="Waiting 1")).to_be_visible()
    await expect(page).to_have_title("(1) Looking after the wall · The wall")
    await page.keyboard.press("Tab")
    await press(page, "let me in", "Approve")
    await expect(page.locator(".done")).to_contain_text("Approved 1 message")


async def test_what_another_member_decides_is_shown_at_once(
    page: Page, browser: Browser, client: Client, address: Address
) -> None:
    await wait(client, "let me in")
    await sign_in(page, client, address)
    await expect(group(page, "let me in")).to_be_visible()
    # Without looking by itself: the stream alone says it.
    await page.evaluate("setInterval = null; for (let id = 0; id < 1000; id++) clearInterval(id)")
    await page.locator("h1").hover()
    context = await browser.new_context(locale="en-GB", java_script_enabled=False)
    phone = await context.new_page()
    await sign_in(phone, client, address, "Anna")
    await press(phone, "let me in", "Approve")
    await expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    await phone.locator(".done").get_by_role("button", name="Undo").click()
    await expect(group(page, "let me in")).to_be_visible()
    await context.close()


async def test_the_desk_looks_by_itself_where_its_stream_is_cut_off(
    page: Page, client: Client, address: Address
) -> None:
    await page.route("**/owner/stream", lambda route: route.abort())
    await sign_in(page, client, address)
    await expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    await wait(client, "let me in")
    await expect(group(page, "let me in")).to_be_visible()


async def test_a_card_that_is_in_use_does_not_move_away(
    page: Page, client: Client, address: Address
) -> None:
    await wait(client, "in use")
    await sign_in(page, client, address)
    await group(page, "in use").locator("summary").click()
    await wait(client, "later")
    # It looks twice, and the second time after it has shown what it saw the first time.
    for _ in range(2):
        async with page.expect_response("**/owner"):
            pass
    await expect(page.locator(".group")).to_have_count(1)
    await group(page, "in use").locator("summary").click()
    await page.locator("h1").click()
    await expect(page.locator(".group")).to_have_count(2)


async def test_the_keyboard_alone_is_enough(page: Page, client: Client, address: Address) -> None:
    await wait(client, "let me in")
    await sign_in(page, client, address)
    await page.get_by_role("link", name="Log").focus()
    # The field and the button of the search come between.
    for _ in range(3):
        await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Approve")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".done")).to_contain_text("Approved 1 message")
    await page.get_by_role("button", name="Undo").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".done")).to_contain_text("Undone")


async def test_a_long_text_shows_its_beginning_until_the_card_is_opened(
    tab: Page, client: Client, address: Address
) -> None:
    await wait(client, "\n".join(f"line {number}" for number in range(100)))
    await sign_in(tab, client, address)
    words = tab.locator(".group .words")
    clamped = await words.evaluate("(one) => one.clientHeight")
    assert clamped < 200
    await tab.locator(".group summary").click()
    assert await words.evaluate("(one) => one.clientHeight") > 2000


async def test_the_owner_closes_the_wall_and_writes_on_it(
    tab: Page, client: Client, address: Address
) -> None:
    await sign_in(tab, client, address)
    await tab.get_by_role("link", name="Rules").click()
    await tab.get_by_text("Closed", exact=True).first.click()
    await tab.locator("#main-wall").get_by_role("button", name="Save").click()
    # As the wall says it: the attribute does not follow the press.
    await expect(tab.locator("#main-wall [value=closed][checked]")).to_have_count(1)
    await tab.get_by_label("Another rule for the wall of one page").fill("blog/first")
    await tab.get_by_role("button", name="Add").click()
    await expect(tab.locator(".what")).to_have_text(["blog/first"])
    await tab.get_by_role("button", name="As on the wall").click()
    await expect(tab.locator(".what")).to_have_count(0)
    await tab.goto(address_of(client))
    await tab.locator("#write textarea").fill("Closed for the night.")
    await tab.locator("#write button").click()
    await expect(texts(tab).first).to_have_text("Closed for the night.")
