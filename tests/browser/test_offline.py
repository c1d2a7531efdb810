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
    answered,
    fill,
    listed,
    press,
    put,
    refusal,
    stop_the_clock,
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
# The time limit of the page, in milliseconds.
LIMIT = 30_000


async def test_a_text_sent_without_a_network_stays_and_is_sent_by_itself_when_it_is_back(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await page.context.set_offline(True)
    await write(page, "From the tunnel", "Marina")

    await expect(refusal(page)).to_have_text(
        "No connection to the wall. Your text is kept here, and is sent by itself when the "
        "connection is back."
    )
    await expect(page.get_by_label(FIELD)).to_have_value("From the tunnel")
    await expect(page.get_by_label(FIELD)).to_be_focused()
    await expect(page.get_by_label(NAME)).to_have_value("Marina")
    assert await listed(client) == []

    await page.context.set_offline(False)

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

    await expect(again.get_by_label(FIELD)).to_have_value("")
    await expect(texts(again)).to_have_text(["Did it arrive?"])
    assert len(await listed(client)) == 1


async def test_the_same_words_in_a_row_are_one_message(page: Page, client: Client) -> None:
    await page.goto(address(client))
    for words in ("Hooray!", "Hooray!", "Hooray again!"):
        await write(page, words)
        await expect(page.get_by_label(FIELD)).to_have_value("")
    await expect(texts(page)).to_have_text(["Hooray again!", "Hooray!"])


async def test_the_same_words_as_long_ago_are_shown_where_they_are(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await write(page, "Hooray!")
    await expect(page.get_by_label(FIELD)).to_have_value("")
    for number in range(50):
        await put(client, f"message {number}")
    await write(page, "Hooray!")
    await expect(page).to_have_url(f"{address(client)}/m/1")
    await expect(texts(page)).to_have_text(["Hooray!"])


async def test_what_could_not_be_sent_is_sent_once_after_a_reload(
    page: Page, client: Client
) -> None:
    # What is sent by itself before the reload needs none after it.
    await stop_the_clock(page)
    await page.goto(address(client))
    await page.route(POSTS, lose_answer)
    await write(page, "From the tunnel", "Marina")
    await expect(refusal(page)).to_have_count(1)
    await page.unroute(POSTS)
    await page.reload()

    await expect(texts(page)).to_have_text(["From the tunnel"])
    await expect(page.get_by_label(FIELD)).to_have_value("")
    await expect(page.locator("#write [role=status]")).to_have_text("Your message is on the wall.")
    assert len(await listed(client)) == 1


async def test_what_was_changed_meanwhile_is_not_sent_by_itself(page: Page, client: Client) -> None:
    # While it is sent once more, nothing can be typed.
    await stop_the_clock(page)
    await page.goto(address(client))
    await page.route(POSTS, lambda route: route.abort())
    await write(page, "From the")
    await expect(refusal(page)).to_have_count(1)
    await page.get_by_label(FIELD).press("End")
    await page.keyboard.type(" tunnel")
    await expect(refusal(page)).to_have_count(0)
    await page.unroute(POSTS)
    for _ in range(4):
        await page.clock.run_for(60_000)
    await page.reload()
    await expect(page.get_by_label(FIELD)).to_have_value("From the tunnel")
    await page.clock.run_for(60_000)
    assert await listed(client) == []
    await press(page)
    await expect(texts(page)).to_have_text(["From the tunnel"])


async def test_a_form_that_the_browser_fills_in_is_the_draft_that_was_sent(
    page: Page, client: Client
) -> None:
    """Firefox does so when it reloads."""
    await stop_the_clock(page)
    await page.goto(address(client))
    await page.route(POSTS, lose_answer)
    await write(page, "Did it arrive?")
    await expect(refusal(page)).to_have_count(1)
    await page.unroute(POSTS)
    await page.route(address(client) + "/", filled)
    await page.reload()
    await expect(page.get_by_label(FIELD)).to_have_value("")
    await expect(texts(page)).to_have_text(["Did it arrive?"])
    assert len(await listed(client)) == 1


async def test_an_answer_that_never_comes_is_given_up(page: Page, client: Client) -> None:
    await stop_the_clock(page)
    await page.goto(address(client))
    await page.route(POSTS, lambda _: None)
    await write(page, "Hello?")
    button = page.locator("#write button")
    await expect(button).to_be_disabled()
    await expect(button).to_have_text("Putting it up…")
    await expect(page.get_by_label(FIELD)).not_to_be_editable()

    await page.clock.run_for(LIMIT)

    await expect(refusal(page)).to_have_count(1)
    await expect(page.get_by_label(FIELD)).to_have_value("Hello?")
    await expect(page.get_by_label(FIELD)).to_be_editable()
    await expect(page.get_by_role("button", name=BUTTON)).to_be_enabled()
    await page.unroute(POSTS)
    await page.clock.resume()
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
        await answered(page)


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


async def filled(route: Route) -> None:
    """The page, with the text that is in the form already."""
    response = await route.fetch()
    page = await response.text()
    await route.fulfill(
        response=response, body=page.replace("</textarea>", "Did it arrive?</textarea>")
    )


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
