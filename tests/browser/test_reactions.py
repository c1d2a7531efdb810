"""Reactions: on the message's own page without scripts, within the wall with them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import Browser, Page, Route, expect

from tests.browser.conftest import lent
from tests.browser.test_offline import NO_STORAGE
from tests.browser.visitor import (
    address,
    assert_server_renders_the_same,
    card,
    put,
    react,
    texts,
    visiting,
)
from tests.web.flooding import eventually

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.conftest import Client

REACTIONS = "**/reactions"
FACES = {"love": "❤️", "like": "👍", "laugh": "😄", "wow": "😮", "sad": "😢"}


async def test_without_script_a_button_counts_and_takes_back(
    tabs: dict[tuple[bool, str], Page], client: Client
) -> None:
    await put(client, "message")
    await react(client, 1, "love")
    async with lent(tabs[False, "en-GB"]) as tab:
        await tab.goto(address(client))
        await expect(button(tab, "like")).to_be_hidden()
        await picker(tab).click()
        await button(tab, "like").click()

        await expect(tab).to_have_url(f"{address(client)}/m/1")
        await expect(button(tab, "like")).to_have_accessible_name("Like 1")
        await expect(pressed(tab)).to_have_text(["👍1"])
        assert await counts(client) == {"love": 1, "like": 1}

        await button(tab, "like").click()

        await expect(button(tab, "like")).to_be_hidden()
        await expect(pressed(tab)).to_have_count(0)
        assert await counts(client) == {"love": 1}


async def test_with_a_script_it_counts_where_it_is_and_is_remembered(
    page: Page, other: Page, client: Client
) -> None:
    await put(client, "message")
    await put(client, "another")
    await react(client, 1, "like")
    for one in (page, other):
        await one.goto(address(client))

    await button(page, "like").click()

    await expect(pressed(page)).to_have_text(["👍2"])
    await expect(button(other, "like")).to_have_text("👍2")
    await expect(pressed(other)).to_have_count(0)
    await expect(page).to_have_url(f"{address(client)}/")
    await picker(page).click()
    await button(page, "wow").click()
    await expect(button(other, "wow")).to_have_text("😮1")
    await assert_server_renders_the_same(other)

    # Others may hear of it before the page has the answer.
    await remembers(page, "like", "wow")
    await page.reload()
    await expect(pressed(page)).to_have_text(["👍2", "😮1"])
    await page.goto(f"{address(client)}/m/1")
    await expect(pressed(page)).to_have_text(["👍2", "😮1"])
    await button(page, "wow").click()
    await expect(pressed(page)).to_have_text(["👍2"])
    await expect(button(other, "wow")).to_be_hidden()
    await remembers(page, "like")
    await page.goto(address(client))
    await expect(pressed(page)).to_have_text(["👍2"])
    assert await counts(client) == {"like": 2}


async def test_it_shows_before_the_wall_has_answered_and_goes_where_that_refuses(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    answer = asyncio.Event()

    async def refuse(route: Route) -> None:
        await answer.wait()
        await route.fulfill(status=503)

    await page.route(REACTIONS, refuse)
    await page.goto(address(client))
    await picker(page).click()
    await button(page, "laugh").click()
    await expect(pressed(page)).to_have_text(["😄1"])

    answer.set()

    await expect(pressed(page)).to_have_count(0)
    await expect(button(page, "laugh")).to_be_hidden()
    await page.reload()
    await expect(pressed(page)).to_have_count(0)


async def test_one_person_counts_once_and_two_count_twice(
    browser: Browser, page: Page, client: Client
) -> None:
    await put(client, "message")
    await page.goto(address(client))
    await picker(page).click()
    await button(page, "love").click()
    await expect(pressed(page)).to_have_text(["❤️1"])
    # The page shows it at once, and stores it when the wall has answered.
    await remembers(page, "love")
    # The same browser after its storage was cleared.
    await page.evaluate("localStorage.clear()")
    await page.reload()
    async with page.expect_response(REACTIONS):
        await button(page, "love").click()
    assert await counts(client) == {"love": 1}
    async with visiting(browser) as another:
        await another.goto(address(client))
        async with another.expect_response(REACTIONS):
            await button(another, "love").click()
        await expect(pressed(another)).to_have_text(["❤️2"])
    await expect(pressed(page)).to_have_text(["❤️2"])
    assert await counts(client) == {"love": 2}


async def test_a_browser_that_forbids_storage_counts_all_the_same(
    page: Page, client: Client
) -> None:
    await page.add_init_script(NO_STORAGE)
    await put(client, "message")
    await page.goto(address(client))
    await picker(page).click()
    async with page.expect_response(REACTIONS):
        await button(page, "sad").click()
    await expect(pressed(page)).to_have_text(["😢1"])
    await page.reload()
    await expect(button(page, "sad")).to_have_text("😢1")
    # The page of the message contains them.
    await page.goto(f"{address(client)}/m/1")
    await expect(pressed(page)).to_have_text(["😢1"])
    async with page.expect_response(REACTIONS):
        await button(page, "sad").click()
    await expect(pressed(page)).to_have_count(0)
    await page.reload()
    await expect(button(page, "sad")).to_be_hidden()


async def test_reactions_are_given_and_taken_back_by_keyboard(page: Page, client: Client) -> None:
    await put(client, "message")
    await page.goto(address(client))
    await picker(page).focus()
    await page.keyboard.press("Enter")
    for kind in reversed(FACES):
        await page.keyboard.press("Shift+Tab")
        await expect(button(page, kind)).to_be_focused()
        await expect(button(page, kind)).not_to_have_css("outline-style", "none")
    await page.keyboard.press("Space")
    await expect(pressed(page)).to_have_text(["❤️1"])
    await expect(button(page, "love")).to_be_focused()
    await expect(button(page, "sad")).to_be_hidden()

    await page.keyboard.press("Space")

    await expect(button(page, "love")).to_be_hidden()
    await expect(picker(page)).to_be_focused()


async def test_a_reply_is_felt_about_as_well(tab: Page, client: Client) -> None:
    await put(client, "message")
    await put(client, "reply", reply_to=1)
    await tab.goto(address(client))
    await picker(tab, 2).click()
    async with tab.expect_response(REACTIONS):
        await button(tab, "wow", 2).click()
    await expect(pressed(tab)).to_have_text(["😮1"])
    await expect(texts(tab).first).to_be_visible()
    assert await counts(client, 2) == {"wow": 1}


async def test_what_one_said_stays_pressed_when_the_words_change(
    page: Page, client: Client
) -> None:
    await put(client, "message", key="k" * 24)
    await page.goto(address(client))
    await picker(page).click()
    await button(page, "wow").click()
    await expect(pressed(page)).to_have_text(["😮1"])
    changed = {"id": 1, "text": "other words", "key": "k" * 24}
    await client.post("/api/messages.edit", json=changed)
    await expect(texts(page)).to_have_text(["other words"])
    await expect(pressed(page)).to_have_text(["😮1"])


async def test_it_stays_pressed_when_the_words_change_before_the_wall_has_answered(
    page: Page, client: Client
) -> None:
    await put(client, "message", key="k" * 24)
    ways = ["continue", "abort"]
    answer = asyncio.Event()

    async def wait(route: Route) -> None:
        await answer.wait()
        await (route.continue_() if ways.pop(0) == "continue" else route.abort())

    await page.route(REACTIONS, wait)
    await page.goto(address(client))
    for kind, text in (("wow", "other words"), ("love", "and others")):
        answer.clear()
        await picker(page).click()
        await button(page, kind).click()
        changed = {"id": 1, "text": text, "key": "k" * 24}
        await client.post("/api/messages.edit", json=changed)
        await expect(texts(page)).to_have_text([text])
        await expect(button(page, kind)).to_have_attribute("aria-pressed", "true")
        answer.set()
        await remembers(page, "wow")
    # The second one did not arrive.
    await expect(pressed(page)).to_have_text(["😮1"])


async def test_what_is_pressed_twice_reaches_the_wall_in_this_order(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await react(client, 1, "love")
    sent: list[str] = []
    answer = asyncio.Event()

    async def hold_the_first(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if len(sent) == 1:
            await answer.wait()
        await route.continue_()

    await page.route(REACTIONS, hold_the_first)
    await page.goto(address(client))
    await button(page, "love").click()
    await expect(pressed(page)).to_have_text(["❤️2"])
    await button(page, "love").click()
    await expect(pressed(page)).to_have_count(0)
    await picker(page).click()
    await button(page, "wow").click()

    async def are_sent() -> bool:
        return len(sent) >= most

    # What is sent at once with the second press is sent before this.
    most = 2
    await eventually(are_sent)
    assert sent == ["kind=love", "kind=wow"]
    answer.set()
    most = 3
    await eventually(are_sent)
    assert sent == ["kind=love", "kind=wow", "off=love"]
    await remembers(page, "wow")
    assert await counts(client) == {"love": 1, "wow": 1}


async def remembers(page: Page, *kinds: str) -> None:
    """Wait until the wall has answered and these are what the page knows of the first message."""
    stored = "() => new Map(JSON.parse(localStorage.getItem('felt'))).get('m1') ?? []"
    await page.wait_for_function(
        f"(kinds) => ({stored})().sort().join() === kinds", arg=",".join(sorted(kinds))
    )


def button(page: Page, kind: str, number: int = 1) -> Locator:
    return card(page, number).locator(f"> footer button[value={kind}]")


def picker(page: Page, number: int = 1) -> Locator:
    return card(page, number).locator("> footer summary")


def pressed(page: Page) -> Locator:
    """The reactions of this visitor."""
    return page.locator(".reactions [aria-pressed=true]")


async def counts(client: Client, number: int = 1) -> dict[str, int]:
    """The counts that the wall returns."""
    answer = await client.get("/api/messages.get", params={"id": str(number)})
    counted: dict[str, int] = (await answer.json())["message"]["reactions"]
    return counted


async def test_the_pictures_are_of_one_set_where_the_system_has_one(
    page: Page, client: Client
) -> None:
    await put(client, "message")
    await page.goto(address(client))
    fonts = await page.locator(".reactions i").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).fontFamily)"
    )
    # Linux would take some of them from a font without colours.
    assert len(fonts) == 5
    for font in fonts:
        assert font.startswith('"Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji"')
