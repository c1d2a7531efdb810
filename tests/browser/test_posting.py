"""Posting a message, with scripts and without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import lent
from tests.browser.visitor import (
    BUTTON,
    FIELD,
    NAME,
    NAME_FIELD,
    TEXT_FIELD,
    address,
    fill,
    listed,
    press,
    put,
    refusal,
    texts,
    write,
)
from tests.program import running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Client

CYRILLIC = re.compile("[\u0400-\u04ff]{2}")

# Blank, too long, too long a name; the field that shows the error.
REFUSED = [
    ("  \n ", "Marina", TEXT_FIELD),
    ("я" * 4001, "Marina", TEXT_FIELD),
    ("Good morning", "M" * 61, NAME_FIELD),
]


async def test_a_message_stands_on_top_with_its_name_and_in_view(tab: Page, client: Client) -> None:
    for number in range(10):
        await put(client, f"earlier {number}")
    await tab.goto(address(client))

    await write(tab, "Good morning, yard!\nIt is warm.", "Marina")

    top = tab.get_by_role("article", name="Marina").first
    await expect(tab.get_by_role("article").first).to_have_accessible_name(re.compile("Marina"))
    await expect(top.locator(".words")).to_have_text("Good morning, yard!\nIt is warm.")
    await expect(top.locator(".name")).to_have_text("Marina")
    await expect(top).to_be_in_viewport(ratio=1)
    await expect(tab.get_by_label(FIELD)).to_have_value("")

    await tab.reload()

    await expect(tab.get_by_role("article").first).to_have_accessible_name(re.compile("Marina"))
    await expect(tab.get_by_label(FIELD)).to_have_value("")


async def test_a_refused_post_says_one_sentence_at_the_field_and_keeps_what_was_typed(
    tab: Page, client: Client
) -> None:
    await put(client, "earlier")
    for text, name, field in REFUSED:
        await tab.goto(address(client))
        await write(tab, text, name)

        await expect(refusal(tab)).to_have_count(1)
        await expect(refusal(tab)).to_be_in_viewport(ratio=1)
        await expect(refusal(tab)).to_have_text(re.compile(r"^[A-Z0-9].+\.$"))
        sentence = await refusal(tab).inner_text()
        await expect(tab.locator(field)).to_have_accessible_description(sentence)
        await expect(tab.locator(field)).to_be_focused()
        await expect(tab.locator("[aria-invalid]")).to_have_count(1)
        await expect(tab.locator(TEXT_FIELD)).to_have_value(text)
        await expect(tab.locator(NAME_FIELD)).to_have_value(name)
        await expect(texts(tab)).to_have_text(["earlier"])

    # The last one had too long a name: it can be corrected in the form.
    await tab.locator(NAME_FIELD).fill("")
    await press(tab)
    await expect(texts(tab)).to_have_text(["Good morning", "earlier"])
    await expect(tab.locator(".nameless")).to_have_text(["No name", "No name"])
    await expect(refusal(tab)).to_have_count(0)
    await expect(tab.locator("[aria-invalid]")).to_have_count(0)


async def test_a_russian_is_refused_in_russian(russian_tab: Page, client: Client) -> None:
    tab = russian_tab
    for text, name, field in REFUSED:
        await tab.goto(address(client))
        await write(tab, text, name)

        await expect(tab.locator(field)).to_be_focused()
        await expect(refusal(tab)).to_have_text(CYRILLIC)
        await expect(tab.locator("html")).to_have_attribute("lang", "ru")


async def test_an_empty_field_is_not_sent_at_all(tab: Page, client: Client) -> None:
    await tab.goto(address(client))
    await press(tab)

    await expect(tab.get_by_label(FIELD)).to_be_focused()
    await expect(tab.locator("textarea:invalid")).to_have_count(1)
    assert await listed(client) == []


async def test_a_double_click_makes_one_message(tab: Page, client: Client) -> None:
    await tab.goto(address(client))
    await fill(tab, "once", "Marina")
    await tab.get_by_role("button", name=BUTTON).dblclick()

    await expect(texts(tab)).to_have_text(["once"])
    await write(tab, "and then")
    await expect(texts(tab)).to_have_text(["and then", "once"])


async def test_going_back_shows_the_message_and_an_empty_form(tab: Page, client: Client) -> None:
    await tab.goto(address(client))
    await write(tab, "once")
    await expect(texts(tab)).to_have_text(["once"])
    await expect(tab.locator(".sending")).to_have_count(0)
    await tab.get_by_role("article").locator("header a").click()
    await expect(tab).to_have_url(re.compile("/m/[0-9]+$"))

    await tab.go_back()

    await expect(texts(tab)).to_have_text(["once"])
    await expect(tab.get_by_label(FIELD)).to_have_value("")


async def test_the_language_link_switches_and_stays_switched(tab: Page, client: Client) -> None:
    await put(client, "Hello")
    await put(client, "Hello")
    await tab.goto(address(client))
    for path in ("/?before=2", "/m/1"):
        await tab.goto(address(client) + path)
        await tab.get_by_role("link", name="Русский").click()
        await expect(tab.locator("html")).to_have_attribute("lang", "ru")
        await expect(tab.locator("h1")).to_have_text(CYRILLIC)
        await expect(texts(tab).first).to_have_text("Hello")

        await tab.goto(address(client) + path)
        await expect(tab.locator("html")).to_have_attribute("lang", "ru")
        await tab.get_by_role("link", name="English").click()
        await expect(tab.locator("html")).to_have_attribute("lang", "en")

    await tab.goto(address(client))
    await expect(tab.locator("html")).to_have_attribute("lang", "en")


async def test_a_message_has_a_page_of_its_own(tab: Page, client: Client) -> None:
    for number in range(1, 4):
        await put(client, f"message {number}", f"Name {number}")
    await tab.goto(address(client))

    await tab.get_by_role("article", name="Name 2").locator("header a").click()

    await expect(tab).to_have_url(f"{address(client)}/m/2")
    await expect(texts(tab)).to_have_text(["message 2"])
    await expect(tab.locator(".name")).to_have_text(["Name 2"])
    await tab.get_by_role("link", name="Show on the wall").click()
    await expect(texts(tab)).to_have_text(["message 2", "message 1"])


async def test_everything_is_reached_and_done_with_the_keyboard(tab: Page, client: Client) -> None:
    await put(client, "earlier")
    await tab.goto(address(client))
    message = tab.get_by_role("article")
    stops = [
        tab.get_by_role("link", name="Skip to the messages"),
        tab.get_by_role("link", name="Search"),
        tab.get_by_role("link", name="Русский"),
        tab.get_by_role("heading").get_by_role("link"),
        tab.get_by_label(FIELD),
        tab.get_by_label(NAME),
        tab.get_by_role("button", name=BUTTON),
        message.locator("header a"),
        message.locator("summary"),
        message.get_by_role("link", name="Reply"),
    ]
    for stop in stops:
        await tab.keyboard.press("Tab")
        await expect(stop).to_be_focused()
        await expect(stop).to_be_in_viewport(ratio=1)
        await expect(stop).not_to_have_css("outline-style", "none")

    await tab.goto(address(client))
    for _ in range(5):
        await tab.keyboard.press("Tab")
    await tab.keyboard.type("By hand")
    await tab.keyboard.press("Tab")
    await tab.keyboard.type("Marina")
    await tab.keyboard.press("Enter")
    await expect(texts(tab)).to_have_text(["By hand", "earlier"])
    await expect(tab.locator(".name")).to_have_text(["Marina"])


async def test_control_and_enter_post(page: Page, client: Client) -> None:
    await page.goto(address(client))
    await page.get_by_label(FIELD).press_sequentially("one")
    await page.keyboard.press("Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Control+Enter")

    await expect(texts(page)).to_have_text(["one\ntwo"])
    assert [message["text"] for message in await listed(client)] == ["one\ntwo"]


async def test_the_counter_speaks_up_only_near_the_limit(page: Page, client: Client) -> None:
    await page.goto(address(client))
    counter = page.locator(".counter")
    await page.get_by_label(FIELD).fill("я" * 3199)
    await expect(counter).to_be_hidden()
    await page.get_by_label(FIELD).fill("😀" * 4000)
    await expect(counter).to_have_text("4000 / 4000")
    await press(page)

    await expect(texts(page)).to_have_text(["😀" * 4000])
    await expect(counter).to_be_hidden()


async def test_messages_outlive_the_program(browser: Browser, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with running(errors=tmp_path / "first.log", STENA_DATA=data) as program:
        for script in (True, False):
            context = await browser.new_context(java_script_enabled=script, locale="en-GB")
            page = await context.new_page()
            await page.goto(program.url)
            await write(page, f"script: {script}", "Marina")
            await expect(texts(page).first).to_have_text(f"script: {script}")
            await context.close()
        assert program.stop() == 0, program.log
    with running(errors=tmp_path / "second.log", STENA_DATA=data) as program:
        context = await browser.new_context(locale="en-GB")
        page = await context.new_page()
        await page.goto(program.url)
        await expect(texts(page)).to_have_text(["script: False", "script: True"])
        await context.close()


async def test_a_form_that_did_not_arrive_keeps_its_text_on_the_way_back(
    tabs: dict[tuple[bool, str], Page], client: Client
) -> None:
    async with lent(tabs[False, "en-GB"]) as tab:
        await tab.goto(str(client.make_url("/")))
        await tab.get_by_label(FIELD).fill("Not lost")
        await tab.route("**/messages", lambda route: route.abort())
        await press(tab)
        await tab.wait_for_url("chrome-error:**")
        await tab.unroute("**/messages")
        await tab.go_back()
        await expect(tab.get_by_label(FIELD)).to_have_value("Not lost")


async def test_a_message_that_stands_is_announced(page: Page, client: Client) -> None:
    await page.goto(str(client.make_url("/")))
    await write(page, "Heard")
    await expect(page.locator("#write").get_by_role("status")).to_have_text(
        "Your message is on the wall."
    )


async def test_the_skip_link_leads_past_the_form(page: Page, client: Client) -> None:
    await page.goto(str(client.make_url("/")))
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages")).to_be_focused()
