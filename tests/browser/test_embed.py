"""One script element embeds the wall in another site's page."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, expect

from stena.settings import Settings, Wall
from tests.browser.site import SCRIPT, Site, inside, put, texts, visit, write
from tests.browser.visitor import TEXT_FIELD
from tests.web.events import PATIENCE

if TYPE_CHECKING:
    from tests.conftest import Client

# The messages that the frame posts to the page around it.
LISTEN = "window.said = []; addEventListener('message', (event) => said.push(event.data?.stena))"
# The frame has grown to the height of its content.
FITS = """
(before) => {
    const frame = document.querySelector("iframe");
    const sent = said.at(-1)?.height;
    return sent > before && frame.getBoundingClientRect().height === sent;
}
"""


@pytest.fixture
def settings(site: Site) -> Settings:
    return Settings(wall=Wall(origins=(site.origin,)))


async def fitting(page: Page) -> int:
    """Wait until the frame is as high as its content, which it follows a moment later.

    Returns the height in pixels.
    """
    height = "(one) => Math.ceil(one.getBoundingClientRect().height)"
    frame, content = page.locator("iframe"), inside(page).locator("html")
    async with asyncio.timeout(PATIENCE):
        while (fits := await frame.evaluate(height)) != await content.evaluate(height):  # noqa: ASYNC110 -- no event says so
            await asyncio.sleep(0.05)
    return int(fits)


async def test_one_line_shows_the_wall_of_that_page_live_and_as_high_as_it_is(
    page: Page, site: Site, client: Client
) -> None:
    await page.add_init_script(LISTEN)
    await put(client, "There before")
    await put(client, "Elsewhere", thread="blog/second")
    await visit(page, site, client, SCRIPT)
    await expect(texts(page)).to_have_text(["There before"])
    await expect(inside(page).locator("#live")).to_have_text(re.compile("Live"))
    for number in range(3):
        height = await fitting(page)
        await put(client, f"Line\nby line\n{number}")
        await expect(texts(page).first).to_have_text(f"Line\nby line\n{number}")
        await page.wait_for_function(FITS, arg=height)
    await inside(page).locator(TEXT_FIELD).fill("x")
    height = await fitting(page)
    await inside(page).locator(TEXT_FIELD).fill("x\n" * 500)
    await page.wait_for_function(FITS, arg=height)
    # It shrinks again when content is removed.
    await inside(page).locator(TEXT_FIELD).fill("x")
    await page.wait_for_function("(before) => said.at(-1).height === before", arg=height)
    assert await fitting(page) == height
    # It posts each height once, and does not react to its own messages.
    heights = await page.evaluate("said.flatMap((one) => one?.height ?? [])")
    assert all(one != following for one, following in pairwise(heights))
    # In the visitor's language, for screen readers.
    await expect(page.locator("iframe")).to_have_attribute("title", "The wall")


async def test_nothing_of_the_page_around_is_touched(
    page: Page, site: Site, client: Client
) -> None:
    look = """() => [...document.querySelectorAll("html, body, h1, p")].map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        const below = one.id === "after" || one.matches("html, body");
        return [one.outerHTML.replace(/<(script|iframe).*<.(script|iframe)>/, ""),
            getComputedStyle(one).cssText.length, x, width, below || [y, height]];
    })"""
    names = "() => Object.getOwnPropertyNames(window).filter((name) => !/^\\d+$/.test(name))"
    await visit(page, site, client)
    before = [await page.evaluate(look), await page.evaluate(names)]
    await visit(page, site, client, SCRIPT)
    await expect(inside(page).locator("#write")).to_be_visible()
    assert [await page.evaluate(look), await page.evaluate(names)] == before
    frame = page.locator("iframe")
    width = await page.locator("#before").evaluate("(one) => one.getBoundingClientRect().width")
    await expect(frame).to_have_css("border-width", "0px")
    assert await frame.evaluate("(one) => one.getBoundingClientRect().width") == width
    assert await page.locator("script + iframe + #after").count() == 1


async def test_a_line_that_is_there_twice_shows_one_wall_and_other_lines_others(
    page: Page, site: Site, client: Client
) -> None:
    await put(client, "On the first")
    await put(client, "On the second", thread="second")
    await put(client, "On the wall itself", thread="")
    other = '<script src="{}/embed.js" data-thread="second" async></script>'
    whole = '<script src="{}/embed.js"></script>'
    await visit(page, site, client, SCRIPT, SCRIPT, other, whole)
    walls = {
        "blog%2Ffirst": "On the first",
        "second": "On the second",
        "/embed": "On the wall itself",
    }
    await expect(page.locator("iframe")).to_have_count(3)
    for name, text in walls.items():
        frame = page.locator(f"iframe[src$='{name}']")
        await frame.scroll_into_view_if_needed()
        await expect(frame.content_frame.locator("article .words")).to_have_text([text])


async def test_only_the_frame_itself_is_listened_to(page: Page, site: Site, client: Client) -> None:
    await page.add_init_script(LISTEN)
    await visit(page, site, client, SCRIPT)
    await page.wait_for_function(FITS, arg=0)
    for forged in ("{height: 5000}", "{height: -1}", "{height: '9em'}", "null", "{title: 'Evil'}"):
        await page.evaluate(f"postMessage({{stena: {forged}}}, '*')")
        await page.evaluate(f"frames[0].postMessage({{stena: {forged}}}, '*')")
    await page.evaluate("postMessage(null, '*')")
    await page.evaluate(
        "new Promise((heard) => { onmessage = ({data}) => data === 1 && heard(); "
        "postMessage(1, '*') })"
    )
    await expect(page.locator("iframe")).to_have_attribute("title", "The wall")
    assert await fitting(page) < 5000


async def test_what_is_being_read_in_the_frame_does_not_move(
    page: Page, site: Site, client: Client
) -> None:
    for number in range(30):
        await put(client, f"message {number}")
    await page.add_init_script(LISTEN)
    await visit(page, site, client, SCRIPT)
    await page.wait_for_function(FITS, arg=0)
    read = inside(page).get_by_text("message 15", exact=True)
    await read.scroll_into_view_if_needed()
    await expect(inside(page).locator("#write")).not_to_be_in_viewport()
    await expect(inside(page).locator("#live")).to_be_visible()
    await fitting(page)
    before = await read.bounding_box()
    for number in range(3):
        await put(client, f"new {number}")
    await expect(inside(page).locator("#news")).to_have_text("↑ 3 new messages")
    assert await read.bounding_box() == before
    await page.evaluate("scrollTo(0, 0)")
    await expect(texts(page).first).to_have_text("new 2")
    await expect(texts(page)).to_have_count(33)


@pytest.mark.parametrize("pinned", ["light", "dark", None])
@pytest.mark.parametrize("visitors", ["light", "dark"])
async def test_the_theme_is_the_sites_or_else_the_visitors(
    browser: Browser, site: Site, client: Client, pinned: str | None, visitors: str
) -> None:
    context = await browser.new_context(color_scheme="dark" if visitors == "dark" else "light")
    page = await context.new_page()
    line = SCRIPT.replace(" async", f' data-theme="{pinned}"' if pinned else "")
    await visit(page, site, client, line)
    ink = {"light": "rgb(42, 29, 24)", "dark": "rgb(247, 235, 224)"}[pinned or visitors]
    await expect(inside(page).locator("body")).to_have_css("color", ink)
    # Pages within the frame keep it.
    await put(client, "Here")
    await inside(page).get_by_role("link", name="Reply").evaluate("(link) => location = link.href")
    await expect(inside(page).locator("h1")).to_have_text("Message")
    await expect(inside(page).locator("body")).to_have_css("color", ink)
    await context.close()


async def test_the_site_may_choose_the_language(page: Page, site: Site, client: Client) -> None:
    line = SCRIPT.replace(" async", ' data-lang="ru"')
    await visit(page, site, client, line)
    await expect(inside(page).locator("html")).to_have_attribute("lang", "ru")
    await write(page, "Привет")
    await expect(texts(page)).to_have_text(["Привет"])
    await expect(inside(page).locator("#write [role=status]")).to_have_text(
        "Ваше сообщение на стене."
    )
