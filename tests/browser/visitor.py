"""Actions and views of a visitor, shared by the tests of pages."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser, Locator, Page

    from tests.conftest import Client

FIELD = "What's on your mind?"
NAME = "Your name, if you like"
BUTTON = "Put it on the wall"
REPLY = "Your reply"
WORDS = "Your words"
CHANGE = "Edit or delete"
DELETE = "Delete it"

# The cards of a page as markup, without what may differ: the class `new`, the order of attributes
# and of classes, line breaks of the template, and how long ago it is, once a script has said it.
MARKUP = r"""(cards) => cards.map((card) => {
    const copy = card.cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("*")]) {
        one.classList.remove("new");
        if (one.classList.length) one.className = [...one.classList].sort().join(" ");
        if (one.localName === "time" && one.title) one.textContent = "ago";
        const attributes = [...one.attributes].map(({ name, value }) => [name, value]).sort();
        for (const [name] of attributes) one.removeAttribute(name);
        for (const [name, value] of attributes) one.setAttribute(name, value);
    }
    return copy.outerHTML.replace(/>\n+</g, "><");
})"""

# Selectors that do not depend on the language.
TEXT_FIELD = "textarea[name=text]"
NAME_FIELD = "input[name=name]"

# At this address no wall is: a wall of the tests has another port.
NOWHERE = "http://127.0.0.1/nowhere"


def address(client: Client) -> str:
    """The address of the wall, without a slash at the end."""
    return str(client.make_url("/")).rstrip("/")


async def fill(page: Page, text: str, name: str = "") -> None:
    await page.locator(f"#write {TEXT_FIELD}").fill(text)
    await page.locator(f"#write {NAME_FIELD}").fill(name)


async def answered(page: Page) -> None:
    """Wait for the answer to a post, with its cookies: the stream may bring the message before."""
    await expect(page.locator(f"#write {TEXT_FIELD}")).to_have_value("")


async def press(page: Page) -> None:
    await page.locator("#write .row button").click()


async def write(page: Page, text: str, name: str = "") -> None:
    await fill(page, text, name)
    await press(page)


def texts(page: Page) -> Locator:
    """The texts of the messages, without the preview of one that is being sent."""
    return page.locator("article:not(.sending) > .words")


def card(page: Page, number: int) -> Locator:
    return page.locator(f"#m{number}")


def replies(page: Page, number: int) -> Locator:
    """The texts of the replies to a message."""
    return card(page, number).locator(".replies .words")


async def answer(page: Page, text: str, name: str = "") -> None:
    """Fill in and send the open form for a reply."""
    form = page.locator("form.write").filter(has=page.locator("[name=reply_to]"))
    await form.locator(TEXT_FIELD).fill(text)
    await form.locator(NAME_FIELD).fill(name)
    await form.locator(".row button").first.click()


async def open_reply(page: Page, number: int) -> Locator:
    """Open the form for a reply. Returns its field."""
    await card(page, number).get_by_role("link", name="Reply").click()
    field = card(page, number).get_by_label(REPLY)
    await expect(field).to_be_focused()
    return field


async def change(page: Page, text: str) -> None:
    """Edit a message, on its page for editing."""
    await page.get_by_label(WORDS).fill(text)
    await page.get_by_role("button", name="Save").click()


@asynccontextmanager
async def visiting(browser: Browser, *, script: bool = True, **more: Any) -> AsyncGenerator[Page]:  # noqa: ANN401 -- as Playwright
    """A page in a browser context of its own."""
    context = await browser.new_context(java_script_enabled=script, **{"locale": "en-GB", **more})
    context.set_default_timeout(PATIENCE * 1000)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def leave(page: Page) -> None:
    """Leave the wall for an empty page of the same site.

    After about:blank Chromium starts a new process for the next wall, which takes longer than the
    page itself.
    """
    await page.route(NOWHERE, lambda route: route.fulfill(body=""))
    await page.goto(NOWHERE)
    await page.unroute(NOWHERE)


async def assert_server_renders_the_same(page: Page) -> None:
    """The cards made by scripts are the same as the server renders after a reload."""
    cards = page.locator("#messages > article, main > article")
    made = await cards.evaluate_all(MARKUP)
    await page.reload()
    await expect(page.locator("time").last).to_have_attribute("title", re.compile("."))
    assert made
    # Some scripts are loaded after the page.
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while await cards.evaluate_all(MARKUP) != made:  # noqa: ASYNC110 -- a page sets no event
                await asyncio.sleep(0.05)
    assert await cards.evaluate_all(MARKUP) == made


def refusal(page: Page) -> Locator:
    """The sentence of a refused form."""
    return page.locator(".refusal:not(:empty)")


async def put(
    client: Client,
    text: str,
    name: str = "",
    reply_to: int | None = None,
    key: str | None = None,
) -> int:
    """Post a message, as another visitor. Returns its id."""
    message = {"text": text, "name": name, "reply_to": reply_to, "key": key}
    answer = await client.post("/api/messages.create", json=message)
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["message"]["id"])


async def react(client: Client, number: int, kind: str, key: str = "r" * 24) -> None:
    """React to a message, as another visitor."""
    reaction = {"id": number, "kind": kind, "key": key}
    answer = await client.post("/api/messages.react", json=reaction)
    assert answer.ok, await answer.text()


async def listed(client: Client) -> list[dict[str, Any]]:
    """The messages of the wall, newest first, by the API."""
    answer = await client.get("/api/messages.list", params={"limit": "100"})
    messages: list[dict[str, Any]] = (await answer.json())["messages"]
    return messages


async def learn_the_time(page: Page) -> None:
    """Wait until the page has corrected its clock by the wall's time, which it does once.

    After a test has moved the clock, that would move it back.
    """
    await page.wait_for_function("() => sessionStorage.getItem('clock') !== null")


async def stop_the_clock(page: Page) -> None:
    """Let no time pass on the pages that are loaded from now on but what the test adds.

    However long the machine takes, nothing is sent once more and no limit is over; a page whose
    stream is late does not fetch the newest fifty messages instead, either.
    """
    now = datetime.now(UTC)
    await page.clock.install(time=now)
    # In the future, because until here it goes on.
    await page.clock.pause_at(now + timedelta(minutes=2))


async def quiet(page: Page) -> None:
    """Wait until the page has finished everything that it does by itself."""
    await page.wait_for_load_state("load")
    # Two frames: animations begin in the first, what they begin is queued before the second.
    frame = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    await asyncio.wait_for(page.evaluate(f"() => {frame}"), PATIENCE)
