"""What a visitor does and sees; everything a test of pages has in common."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser, Locator, Page

    from tests.conftest import Client

FIELD = "What's on your mind?"
NAME = "Your name, if you like"
BUTTON = "Put it on the wall"
REPLY = "Your reply"
WORDS = "Your words"
CHANGE = "Change or take down"
TAKE_DOWN = "Take it down"

# The cards of a page as markup; how they came in, the order of attributes, and how the template
# breaks its lines are no part of what they are.
MARKUP = r"""(cards) => cards.map((card) => {
    const copy = card.cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("*")]) {
        one.classList.remove("new");
        const attributes = [...one.attributes].map(({ name, value }) => [name, value]).sort();
        for (const [name] of attributes) one.removeAttribute(name);
        for (const [name, value] of attributes) one.setAttribute(name, value);
    }
    return copy.outerHTML.replace(/>\n+</g, "><");
})"""

# A Russian visitor's labels are found by what does not change with the language.
TEXT_FIELD = "textarea[name=text]"
NAME_FIELD = "input[name=name]"


def address(client: Client) -> str:
    """Where the wall is, without a slash at the end."""
    return str(client.make_url("/")).rstrip("/")


async def fill(page: Page, text: str, name: str = "") -> None:
    await page.locator(f"#write {TEXT_FIELD}").fill(text)
    await page.locator(f"#write {NAME_FIELD}").fill(name)


async def press(page: Page) -> None:
    await page.locator("#write button").click()


async def write(page: Page, text: str, name: str = "") -> None:
    await fill(page, text, name)
    await press(page)


def texts(page: Page) -> Locator:
    """What stands on the wall; not what is still on its way there."""
    return page.locator("article:not(.sending) > .words")


def card(page: Page, number: int) -> Locator:
    return page.locator(f"#m{number}")


def replies(page: Page, number: int) -> Locator:
    """What is answered to a message."""
    return card(page, number).locator(".replies .words")


async def answer(page: Page, text: str, name: str = "") -> None:
    """Fill in the form for a reply that is open, and send it."""
    form = page.locator("form.write").filter(has=page.locator("[name=reply_to]"))
    await form.locator(TEXT_FIELD).fill(text)
    await form.locator(NAME_FIELD).fill(name)
    await form.get_by_role("button").click()


async def open_reply(page: Page, number: int) -> Locator:
    """The field below a message."""
    await card(page, number).get_by_role("link", name="Reply").click()
    field = card(page, number).get_by_label(REPLY)
    await expect(field).to_be_focused()
    return field


async def change(page: Page, text: str) -> None:
    """Give a message other words, on the page where that is done."""
    await page.get_by_label(WORDS).fill(text)
    await page.get_by_role("button", name="Save").click()


@asynccontextmanager
async def visiting(browser: Browser, *, script: bool = True, **more: Any) -> AsyncGenerator[Page]:  # noqa: ANN401 -- as Playwright
    """Somebody with a browser of their own."""
    context = await browser.new_context(java_script_enabled=script, **{"locale": "en-GB", **more})
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def assert_repaints_the_same(page: Page) -> None:
    """The server paints the cards that scripts have made."""
    cards = page.locator("#messages > article, main > article")
    made = await cards.evaluate_all(MARKUP)
    await page.reload()
    await expect(page.locator("time").last).to_have_attribute("title", re.compile("."))
    assert made
    assert await cards.evaluate_all(MARKUP) == made


def refusal(page: Page) -> Locator:
    """The one sentence of a form that was refused."""
    return page.locator(".refusal:not(:empty)")


async def put(
    client: Client,
    text: str,
    name: str = "",
    reply_to: int | None = None,
    key: str | None = None,
) -> int:
    """A message that somebody else has left; its id."""
    message = {"text": text, "name": name, "reply_to": reply_to, "key": key}
    answer = await client.post("/api/messages.create", json=message)
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["message"]["id"])


async def react(client: Client, number: int, kind: str, key: str = "r" * 24) -> None:
    """What somebody else feels about a message."""
    felt = {"id": number, "kind": kind, "key": key}
    answer = await client.post("/api/messages.react", json=felt)
    assert answer.ok, await answer.text()


async def listed(client: Client) -> list[dict[str, Any]]:
    """What stands on the wall, newest first, by its API."""
    answer = await client.get("/api/messages.list", params={"limit": "100"})
    messages: list[dict[str, Any]] = (await answer.json())["messages"]
    return messages


async def quiet(page: Page) -> None:
    """Wait until all that a page does by itself has been done and has been heard of."""
    await page.wait_for_load_state("load")
    # Two frames: animations begin in the first, what they begin is queued before the second.
    frame = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    await asyncio.wait_for(page.evaluate(f"() => {frame}"), 30)
