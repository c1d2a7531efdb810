"""The API reference: every method can be tried on the page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from tests.browser.conftest import lent
from tests.browser.hostile import TEXTS
from tests.browser.visitor import address, listed, put, quiet

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

    from tests.browser.witness import Witness
    from tests.conftest import Client


async def test_what_is_asked_is_answered_below_the_form(page: Page, client: Client) -> None:
    await put(client, "first", "Marina")
    await put(client, "second")
    await page.goto(f"{address(client)}/api")
    form = trial(page, "messages.list")
    await form.get_by_label("limit").fill("1")
    await send(form)

    await expect(form.get_by_role("status")).to_have_text(
        re.compile(r"^GET /api/messages\.list\?limit=1: 200 OK, [0-9]+ ms$")
    )
    shown = await answer(form).inner_text()
    assert [one["text"] for one in json.loads(shown)["messages"]] == ["second"]
    assert '\n  "messages": [\n' in shown


async def test_a_message_is_left_from_the_page(page: Page, client: Client) -> None:
    await page.goto(f"{address(client)}/api")
    form = trial(page, "messages.create")
    body = form.get_by_label("The request body, JSON")
    assert json.loads(await body.input_value())["text"]
    await body.fill('{"text": "From the page", "name": "Marina"}')
    await send(form)

    await expect(form.get_by_role("status")).to_have_text(re.compile(": 201 Created, "))
    await expect(answer(form)).to_contain_text('"text": "From the page"')
    assert [one["text"] for one in await listed(client)] == ["From the page"]


async def test_a_mistake_can_be_tried_and_is_explained(page: Page, client: Client) -> None:
    await page.goto(f"{address(client)}/api")
    form = trial(page, "messages.create")
    await form.get_by_label("The request body, JSON").fill('{"text": ')
    await send(form)
    await expect(form.get_by_role("status")).to_have_text(re.compile(": 400 Bad Request, "))
    await expect(answer(form)).to_contain_text('"code": "bad_json"')

    form = trial(page, "messages.list")
    await form.get_by_label("limit").fill("1000")
    await form.get_by_label("limit").press("Enter")
    await expect(answer(form)).to_contain_text('"field": "limit"')


async def test_events_are_shown_as_they_come_until_somebody_stops_them(
    page: Page, client: Client
) -> None:
    await put(client, "missed")
    await page.goto(f"{address(client)}/api")
    form = trial(page, "messages.stream")
    await form.get_by_label("after").fill("0")
    await send(form)
    await expect(answer(form)).to_contain_text('"text":"missed"')
    await put(client, "as it comes")
    await expect(answer(form)).to_contain_text('"text":"as it comes"')

    stop = form.get_by_role("button", name="Stop")
    await stop.click()
    await expect(stop).to_be_hidden()
    await expect(form.get_by_role("status")).to_have_text("The stream has ended.")
    await expect(form.get_by_role("button", name="Send")).to_be_focused()
    await put(client, "too late")
    await send(form)
    await expect(answer(form)).to_contain_text('"text":"too late"')
    assert (await answer(form).inner_text()).count("too late") == 1


async def test_a_wall_that_is_gone_is_noticed(page: Page, client: Client) -> None:
    await page.goto(f"{address(client)}/api")
    await page.route("**/api/messages.list", lambda route: route.abort())
    form = trial(page, "messages.list")
    await send(form)
    await expect(form.get_by_role("status")).to_have_text(
        "No response. The connection is lost, or the wall is down."
    )


async def test_hostile_words_in_an_answer_stay_words(witness: Witness, client: Client) -> None:
    for number, text in enumerate(TEXTS):
        await put(client, text, f"{number} <img src=x onerror=hit()>")
    page = witness.page
    await page.goto(f"{address(client)}/api#<img src=x onerror=hit()>")
    for method, field in (("messages.list", "limit"), ("messages.stream", "after")):
        form = trial(page, method)
        await form.get_by_label(field).fill("100" if field == "limit" else "0")
        await send(form)
        await expect(answer(form)).to_contain_text("onerror=hit()")
        assert await answer(form).locator("*").count() == 0
    form = trial(page, "messages.get")
    await form.get_by_label("id").fill("<img src=x onerror=hit()>")
    await send(form)
    await expect(form.get_by_role("status")).to_contain_text("400")
    await quiet(page)


async def test_without_scripts_a_form_leads_to_the_answer_itself(
    tabs: dict[tuple[bool, str], Page], client: Client
) -> None:
    await put(client, "first")
    await put(client, "second")
    async with lent(tabs[False, "en-GB"]) as tab:
        await tab.goto(f"{address(client)}/api")
        form = trial(tab, "messages.list")
        await expect(form.get_by_label("limit")).to_be_visible()
        await send(form)
        # It has been loaded to its end.
        await tab.wait_for_url("**/api/messages.list*")
        shown = json.loads(await tab.locator("body").inner_text())
        assert [one["text"] for one in shown["messages"]] == ["second", "first"]

        await tab.goto(f"{address(client)}/api")
        for method in ("messages.create", "messages.stream"):
            section = tab.locator(f"[id='{method}']")
            await expect(section.locator("form")).to_be_hidden()
            await expect(section.get_by_text("needs JavaScript")).to_be_visible()
            await expect(section.locator("pre").get_by_text("curl")).to_be_visible()
        await expect(tab.get_by_role("button", name="Copy")).to_have_count(0)


async def test_a_command_is_copied_as_it_stands(browser: Browser, client: Client) -> None:
    context = await browser.new_context(
        locale="en-GB", permissions=["clipboard-read", "clipboard-write"]
    )
    page = await context.new_page()
    await page.goto(f"{address(client)}/api")
    section = page.locator("[id='messages.create']")
    await section.get_by_role("button", name="Copy").click()

    await expect(section.get_by_role("button", name="Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl -H 'Content-Type: application/json' \\\n  -d '{")
    assert copied.endswith(f"{address(client)}/api/messages.create")
    await context.close()


def trial(page: Page, method: str) -> Locator:
    return page.locator(f"[id='{method}'] form")


async def send(form: Locator) -> None:
    await form.get_by_role("button", name="Send").click()


def answer(form: Locator) -> Locator:
    return form.locator(".answer")
