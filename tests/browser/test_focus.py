"""The keyboard goes on where it was, and what opens also closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser.visitor import (
    BUTTON,
    FIELD,
    REPLY,
    address,
    card,
    fill,
    open_reply,
    put,
    react,
    replies,
    texts,
    write,
)

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.conftest import Client

KEY = "k" * 24
NAMELESS = "(all) => all.forEach((one) => one.removeAttribute('name'))"
RING = "(one) => getComputedStyle(one).outlineColor"


def picker(page: Page, number: int) -> Locator:
    return card(page, number).locator("> footer summary")


async def test_after_posting_by_the_button_the_button_has_the_focus(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await fill(page, "Good morning")
    await page.get_by_role("button", name=BUTTON).press("Enter")
    await expect(texts(page)).to_have_text(["Good morning"])
    await expect(page.get_by_role("button", name=BUTTON)).to_be_focused()
    await expect(page.get_by_role("button", name=BUTTON)).to_be_enabled()


async def test_after_a_reply_by_the_button_the_button_has_the_focus(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await page.goto(address(client))
    field = await open_reply(page, 1)
    await field.fill("reply")
    button = card(page, 1).get_by_role("button", name="Send the reply")
    await button.press("Enter")
    await expect(replies(page, 1)).to_have_text(["reply"])
    await expect(button).to_be_focused()


async def test_a_card_that_is_drawn_anew_keeps_the_focus(page: Page, client: Client) -> None:
    await put(client, "mesage", key=KEY)
    await react(client, 1, "wow")
    await page.goto(address(client))
    controls = ("header a", "summary", ".answer", "[value=wow]")
    for number, control in enumerate(controls):
        await card(page, 1).locator(control).focus()
        changed = {"id": 1, "text": f"message {number}", "key": KEY}
        assert (await client.post("/api/messages.edit", json=changed)).ok
        await expect(texts(page)).to_have_text([f"message {number}"])
        await expect(card(page, 1).locator(control)).to_be_focused()


async def test_the_focus_of_a_card_that_leaves_goes_to_the_next_one(
    page: Page, client: Client
) -> None:
    for number in range(1, 4):
        await put(client, f"message {number}", key=KEY)
    await page.goto(address(client))
    await picker(page, 2).focus()
    for number, next_one in ((2, "#m1 header a"), (1, "#m3 header a"), (3, "#messages")):
        assert (await client.post("/api/messages.delete", json={"id": number, "key": KEY})).ok
        await expect(card(page, number)).to_have_count(0)
        await expect(page.locator(next_one)).to_be_focused()


async def test_the_focus_elsewhere_stays_elsewhere_when_a_card_leaves(
    page: Page, client: Client
) -> None:
    await put(client, "message", key=KEY)
    await page.goto(address(client))
    await picker(page, 1).focus()
    await page.get_by_label(FIELD).focus()
    assert (await client.post("/api/messages.delete", json={"id": 1, "key": KEY})).ok
    await expect(card(page, 1)).to_have_count(0)
    await expect(page.get_by_label(FIELD)).to_be_focused()


# Older browsers do not know that elements of one name are open one at a time.
@pytest.mark.parametrize("older", [False, True])
async def test_one_picker_is_open_at_a_time_and_escape_or_a_second_press_closes_it(
    page: Page, client: Client, *, older: bool
) -> None:
    await put(client, "message 1")
    await put(client, "message 2")
    await page.goto(address(client))
    if older:
        await page.locator("[name=felt]").evaluate_all(NAMELESS)
    opened = page.locator(".reactions details[open]")
    await picker(page, 1).click()
    await picker(page, 2).click()
    await expect(opened).to_have_count(1)
    await expect(card(page, 2).locator("details[open]")).to_have_count(1)
    await picker(page, 2).click()
    await expect(opened).to_have_count(0)

    await picker(page, 1).focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Escape")
    await expect(opened).to_have_count(0)
    await expect(picker(page, 1)).to_be_focused()


@pytest.mark.parametrize("way", ["Escape", "second press", "Cancel"])
async def test_the_form_to_reply_closes_in_three_ways_and_keeps_its_text(
    page: Page, client: Client, way: str
) -> None:
    await put(client, "message")
    await page.goto(address(client))
    link = card(page, 1).get_by_role("link", name="Reply")
    field = await open_reply(page, 1)
    await field.fill("Half a sen")
    if way == "Escape":
        await field.press("Escape")
    elif way == "Cancel":
        await card(page, 1).get_by_role("button", name="Cancel").click()
    else:
        await link.click()
    await expect(page.get_by_label(REPLY)).to_be_hidden()
    await expect(link).to_be_focused()
    await link.press("Enter")
    await expect(page.get_by_label(REPLY)).to_be_focused()
    await expect(page.get_by_label(REPLY)).to_have_value("Half a sen")


async def test_the_form_on_top_is_one_line_until_it_is_touched(page: Page, client: Client) -> None:
    await page.goto(address(client))
    name = page.locator("#write [name=name]")
    await expect(name).to_be_hidden()
    await page.get_by_label(FIELD).click()
    await expect(name).to_be_visible()
    # It stays open, so that nothing moves under a finger.
    await page.locator("h1 a").focus()
    await expect(name).to_be_visible()
    await page.get_by_label(FIELD).focus()
    await page.keyboard.press("Escape")
    await expect(name).to_be_hidden()
    await expect(page.get_by_label(FIELD)).to_be_focused()
    await page.keyboard.type("Good morning")
    await expect(name).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(name).to_be_visible()
    await expect(page.get_by_label(FIELD)).to_have_value("Good morning")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_ring_of_the_focus_is_not_the_frame_of_an_error(
    page: Page, client: Client, scheme: str
) -> None:
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two
    await page.goto(address(client))
    await write(page, "x" * 4001)
    field = page.get_by_label(FIELD)
    await expect(field).to_have_attribute("aria-invalid", "true")
    frame = await field.evaluate("(one) => getComputedStyle(one).borderTopColor")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Tab")
    assert await field.evaluate(RING) != frame


async def test_each_reaction_has_a_name_in_the_language_of_the_page(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await react(client, 1, "love")
    names = {
        "en": ["Love 1", "Like", "Funny", "Wow", "Sad"],
        "ru": ["Сердечко 1", "Нравится", "Смешно", "Ого", "Грустно"],  # noqa: RUF001 -- Russian
    }
    for language, expected in names.items():
        await page.goto(f"{address(client)}/?lang={language}")
        await picker(page, 1).click()
        for button, name in zip(
            await page.locator(".reactions button").all(), expected, strict=True
        ):
            await expect(button).to_have_accessible_name(name)
