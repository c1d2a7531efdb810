"""Posting over a bad network: the draft is saved, sent once, never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import ClientSession, DummyCookieJar
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.visitor import (
    BUTTON,
    FIELD,
    NAME,
    address,
    fill,
    listed,
    press,
    put,
    refusal,
    texts,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Client

POSTS = "**/messages"
NO_STORAGE = """
Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("denied", "SecurityError"); },
});
"""
# The test controls the time limit of the page.
IMPATIENCE = """
AbortSignal.timeout = () => {
    const controller = new AbortController();
    window.losePatience = () => controller.abort(new DOMException("late", "TimeoutError"));
    return controller.signal;
};
"""


async def test_a_text_sent_without_a_network_stays_and_is_posted_once_when_it_is_back(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await page.context.set_offline(True)
    await write(page, "From the tunnel", "Marina")

    await expect(refusal(page)).to_have_text(
        "No connection to the wall. Your text is safe here: try again in a moment."
    )
    await expect(page.get_by_label(FIELD)).to_have_value("From the tunnel")
    await expect(page.get_by_label(FIELD)).to_be_focused()
    await expect(page.get_by_label(NAME)).to_have_value("Marina")
    assert await listed(client) == []

    await page.context.set_offline(False)
    await press(page)

    await expect(texts(page)).to_have_text(["From the tunnel"])
    await expect(refusal(page)).to_have_count(0)
    await expect(page.get_by_label(FIELD)).to_have_value("")
    assert len(await listed(client)) == 1


async def test_a_message_whose_answer_was_lost_is_not_posted_twice(
    page: Page, client: Client
) -> None:
    await put(client, "earlier")
    await page.goto(address(client))
    await page.route(POSTS, lose_answer)
    await write(page, "Did it arrive?", "Marina")
    await expect(refusal(page)).to_have_count(1)
    assert len(await listed(client)) == 2

    await page.unroute(POSTS)
    await press(page)

    await expect(texts(page)).to_have_text(["Did it arrive?", "earlier"])
    await expect(page.get_by_label(FIELD)).to_have_value("")
    assert len(await listed(client)) == 2


async def test_a_lost_answer_and_a_closed_tab_make_no_second_message_either(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await page.route(POSTS, lose_answer)
    await write(page, "Did it arrive?", "Marina")
    await expect(refusal(page)).to_have_count(1)

    again = await another_tab(page)
    await again.goto(address(client))
    await expect(again.get_by_label(FIELD)).to_have_value("Did it arrive?")
    await press(again)

    await expect(again.get_by_label(FIELD)).to_have_value("")
    await expect(texts(again)).to_have_text(["Did it arrive?"])
    assert len(await listed(client)) == 1


async def test_the_same_words_on_purpose_make_a_second_message(page: Page, client: Client) -> None:
    await page.goto(address(client))
    await write(page, "Hooray!")
    await expect(texts(page)).to_have_count(1)
    await write(page, "Hooray!")

    await expect(texts(page)).to_have_text(["Hooray!", "Hooray!"])


async def test_an_answer_that_never_comes_is_given_up(page: Page, client: Client) -> None:
    await page.add_init_script(IMPATIENCE)
    await page.goto(address(client))
    await page.route(POSTS, lambda _: None)
    await write(page, "Hello?")
    button = page.locator("#write button")
    await expect(button).to_be_disabled()
    await expect(button).to_have_text("Putting it up…")
    await expect(page.get_by_label(FIELD)).not_to_be_editable()

    await page.evaluate("losePatience()")

    await expect(refusal(page)).to_have_count(1)
    await expect(page.get_by_label(FIELD)).to_have_value("Hello?")
    await expect(page.get_by_label(FIELD)).to_be_editable()
    await page.unroute(POSTS)
    await page.get_by_role("button", name=BUTTON).click()
    await expect(texts(page)).to_have_text(["Hello?"])


async def test_an_answer_of_somebody_else_is_no_success(page: Page, client: Client) -> None:
    await page.goto(address(client))
    await page.get_by_label(FIELD).fill("From the café")
    for status, body, sentence in (
        (200, "<h1>Welcome to our café</h1>", "Welcome to our café"),
        (502, "Bad Gateway", "No connection to the wall."),
    ):
        await page.route(POSTS, answering(status, body))
        await press(page)

        await expect(refusal(page)).to_contain_text(sentence)
        await expect(page.get_by_label(FIELD)).to_have_value("From the café")
    assert await listed(client) == []


async def test_a_draft_outlives_its_tab_and_is_gone_once_it_is_posted(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await fill(page, "Half a thou", "Marina")

    again = await another_tab(page)
    await again.goto(address(client))
    await expect(again.get_by_label(FIELD)).to_have_value("Half a thou")
    await expect(again.get_by_label(NAME)).to_have_value("Marina")
    await again.get_by_label(FIELD).press("End")
    await again.keyboard.type("ght")
    await press(again)
    await expect(texts(again)).to_have_text(["Half a thought"])
    # The message may come live before the answer to its post, which forgets the draft.
    await expect(again.get_by_label(FIELD)).to_have_value("")

    last = await another_tab(again)
    await last.goto(address(client))
    await expect(texts(last)).to_have_text(["Half a thought"])
    await expect(last.get_by_label(FIELD)).to_have_value("")


async def test_a_draft_that_was_refused_is_kept_as_well(page: Page, client: Client) -> None:
    await page.goto(address(client))
    await write(page, "Hello", "M" * 61)
    await expect(refusal(page)).to_have_count(1)

    again = await another_tab(page)
    await again.goto(address(client))

    await expect(again.get_by_label(FIELD)).to_have_value("Hello")
    await expect(again.get_by_label(NAME)).to_have_value("M" * 61)


async def test_a_browser_that_forbids_storage_loses_nothing_but_the_draft(
    page: Page, client: Client
) -> None:
    await page.add_init_script(NO_STORAGE)
    await page.goto(address(client))
    await write(page, " ")
    await expect(refusal(page)).to_have_count(1)
    await write(page, "Hello", "Marina")

    await expect(texts(page)).to_have_text(["Hello"])
    await expect(page.get_by_label(FIELD)).to_have_value("")


async def test_a_draft_that_makes_no_sense_breaks_nothing(page: Page, client: Client) -> None:
    await page.goto(address(client))
    drafts = ["{", "7", '{"text": null}']
    for number, draft in enumerate(drafts, start=1):
        await page.evaluate("(draft) => localStorage.setItem('draft', draft)", draft)
        await page.reload()
        await expect(page.get_by_label(FIELD)).to_have_value("")
        await write(page, draft)
        await expect(texts(page)).to_have_count(number)


async def lose_answer(route: Route) -> None:
    """The message is committed, but the answer with its cookie is lost."""
    request = route.request
    cookies = await request.frame.page.context.cookies(request.url)
    headers = {
        "Content-Type": request.headers["content-type"],
        "Cookie": "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies),
    }
    async with (
        ClientSession(cookie_jar=DummyCookieJar()) as session,
        session.post(request.url, data=request.post_data, headers=headers) as answer,
    ):
        assert answer.ok, await answer.text()
    await route.abort("connectionreset")


def answering(status: int, body: str) -> Callable[[Route], Awaitable[None]]:
    """A proxy that answers instead of the wall."""

    async def answer(route: Route) -> None:
        await route.fulfill(status=status, body=body, content_type="text/html")

    return answer


async def another_tab(page: Page) -> Page:
    """A new tab of the same browser, after the first was closed."""
    context: BrowserContext = page.context
    again = await context.new_page()
    await page.close()
    return again
