"""Pages of other sites that change without being loaded, and the ways to include the script."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from stena.settings import Settings, Wall
from tests.browser.site import SCRIPT, Site, inside, put, texts, visit
from tests.browser.visitor import TEXT_FIELD, address
from tests.web.events import PATIENCE

if TYPE_CHECKING:
    from tests.conftest import Client

# What Turbo does on "Back": it shows a copy of the page, and runs the scripts in it again.
RESTORE = """
(again) => {
    const copy = document.body.cloneNode(true);
    for (const old of again ? copy.querySelectorAll("script") : []) {
        const script = document.createElement("script");
        for (const { name, value } of old.attributes) script.setAttribute(name, value);
        old.replaceWith(script);
    }
    document.body.replaceWith(copy);
}
"""
# Within the frame, which is as high as its content.
FITS = """
(least) => {
    const { height } = document.documentElement.getBoundingClientRect();
    return height > least && Math.abs(innerHeight - height) <= 2;
}
"""
HEIGHT = "document.documentElement.getBoundingClientRect().height"
LINES = 60


# What Turbo does with a link: another body, whose scripts run.
VISIT = """
([html, lines]) => {
    const body = document.createElement("body");
    body.innerHTML = html + lines;
    for (const old of body.querySelectorAll("script")) {
        const script = document.createElement("script");
        for (const { name, value } of old.attributes) script.setAttribute(name, value);
        old.replaceWith(script);
    }
    document.body.replaceWith(body);
}
"""


@pytest.fixture
def settings(site: Site) -> Settings:
    return Settings(wall=Wall(origins=(site.origin,)))


@pytest.mark.parametrize("again", [False, True], ids=["the page alone", "and its scripts"])
async def test_the_frames_of_a_page_that_is_restored_grow_again(
    page: Page, site: Site, client: Client, *, again: bool
) -> None:
    other = SCRIPT.replace("blog/first", "blog/second")
    await put(client, "There before")
    await visit(page, site, client, SCRIPT, other)
    for _ in range(2):
        await page.evaluate(RESTORE, again)
        await expect(page.locator("iframe")).to_have_count(2)
        for place, text in ((0, "There before"), (1, None)):
            frame = page.locator("iframe").nth(place)
            await frame.scroll_into_view_if_needed()
            if text:
                await expect(texts(page, place)).to_have_text([text])
            await expect_to_grow(page, place)


async def test_after_back_the_frame_grows(page: Page, site: Site, client: Client) -> None:
    await visit(page, site, client, SCRIPT)
    await expect_to_grow(page)
    await page.goto(f"{address(client)}/healthz")
    await page.go_back()
    await expect_to_grow(page)


@pytest.mark.parametrize("how", ["", "async", "defer", 'type="module"', 'type="module" async'])
async def test_the_script_shows_the_wall_however_it_is_loaded(
    page: Page, site: Site, client: Client, how: str
) -> None:
    await put(client, "There before")
    line = SCRIPT.replace("async", how)
    await visit(page, site, client, line, line)
    await expect(page.locator("script + iframe")).to_have_count(1)
    await expect(texts(page)).to_have_text(["There before"])
    await expect_to_grow(page)


@pytest.mark.parametrize("how", ["", "async", "defer", 'type="module"'])
async def test_from_the_head_it_shows_the_wall_at_the_end_and_says_how_to_do_better(
    page: Page, site: Site, client: Client, how: str
) -> None:
    said = listen(page)
    await put(client, "There before")
    await visit(page, site, client, head=SCRIPT.replace("async", how))
    await expect(page.locator("body > iframe:last-child")).to_have_count(1)
    await expect(texts(page)).to_have_text(["There before"])
    await expect_to_grow(page)
    await until_said(said, "<head>")


@pytest.mark.parametrize(
    "name",
    [
        "/blog/first/",
        "blog//first",
        "/blog/first/#comments",
        "blog/%66irst",
        " blog/first ",
    ],
)
async def test_a_page_has_one_wall_however_its_address_is_written(
    page: Page, site: Site, client: Client, name: str
) -> None:
    await put(client, "There before")
    await visit(page, site, client, SCRIPT, SCRIPT.replace("blog/first", name))
    await expect(page.locator("iframe")).to_have_count(1)
    await expect(texts(page)).to_have_text(["There before"])


@pytest.mark.parametrize(
    ("name", "thread"),
    [
        ("блог/первый", "блог/первый"),
        ("/%D0%B1%D0%BB%D0%BE%D0%B3/", "блог"),
        ("https://Blog.Example/First/", "blog.example/First"),
        ("https://blog.example:443/First#x", "blog.example/First"),
        ("/", "/"),
    ],
)
async def test_a_page_may_be_named_by_its_address_in_any_language(
    page: Page, site: Site, client: Client, name: str, thread: str
) -> None:
    await put(client, "There before", thread=thread)
    await visit(page, site, client, SCRIPT.replace("blog/first", name))
    await expect(texts(page)).to_have_text(["There before"])


@pytest.mark.parametrize("name", ["a?b=1", "/?p=12", "https://blog.example/?p=1", "my page", "a%"])
async def test_a_name_that_is_none_shows_no_error_in_the_frame_but_says_why_in_the_console(
    page: Page, site: Site, client: Client, name: str
) -> None:
    said = listen(page)
    await visit(page, site, client, SCRIPT.replace("blog/first", name), SCRIPT)
    await expect(page.locator("iframe")).to_have_count(1)
    # Two scripts that are async run in any order.
    await until_said(said, f"“{name}”", "location.pathname")


async def test_a_page_shows_how_many_messages_others_have(
    page: Page, site: Site, client: Client
) -> None:
    first = await put(client, "One")
    await put(client, "A reply", reply_to=first)
    await put(client, "On the main wall", thread="")
    places = "".join(
        f'<a href="/x" data-stena-count="{name}">?</a>'
        for name in ("blog/first", "/blog/first/", "blog/none", "", "a?b")
    )
    await visit(page, site, client, places, SCRIPT.replace("async", "data-counts-only"))
    await expect(page.locator("[data-stena-count]")).to_have_text(["2", "2", "0", "1", "?"])
    await expect(page.locator("iframe")).to_have_count(0)


async def test_the_theme_follows_the_visitor_and_the_site_while_the_page_is_open(
    browser: Browser, site: Site, client: Client
) -> None:
    light, dark = "rgb(42, 29, 24)", "rgb(247, 235, 224)"
    context = await browser.new_context(color_scheme="light")
    page = await context.new_page()
    await visit(page, site, client, SCRIPT)
    body = inside(page).locator("body")
    await expect(body).to_have_css("color", light)
    await page.emulate_media(color_scheme="dark")
    await expect(body).to_have_css("color", dark)
    # A button of the site.
    await page.evaluate("document.querySelector('script').dataset.theme = 'light'")
    await expect(body).to_have_css("color", light)
    await expect_to_grow(page)
    await context.close()


async def test_a_page_that_is_restored_follows_the_theme_of_the_site_too(
    page: Page, site: Site, client: Client
) -> None:
    await visit(page, site, client, SCRIPT)
    await expect(page.locator("script + iframe")).to_have_count(1)
    for again, theme, ink in (
        (False, "dark", "rgb(247, 235, 224)"),
        (True, "light", "rgb(42, 29, 24)"),
    ):
        await page.evaluate(RESTORE, again)
        await page.evaluate(
            "(theme) => document.querySelector('script').dataset.theme = theme", theme
        )
        await expect(inside(page).locator("body")).to_have_css("color", ink)
        await expect(page.locator("iframe")).to_have_count(1)


async def test_a_theme_that_changes_while_the_frame_is_being_loaded_holds(
    page: Page, site: Site, client: Client
) -> None:
    change = """([restore, theme]) => {
        eval(restore)(false);
        // Chromium looks a moment later whether the frame is in view.
        setTimeout(() => { document.querySelector("script").dataset.theme = theme; });
    }"""
    await visit(page, site, client, SCRIPT)
    await expect(page.locator("script + iframe")).to_have_count(1)
    for theme, ink in 6 * [("dark", "rgb(247, 235, 224)"), ("light", "rgb(42, 29, 24)")]:
        await page.evaluate(change, [RESTORE, theme])
        await expect(page.locator(f"iframe[src*='theme={theme}']")).to_have_count(1)
        await expect(inside(page).locator("#live")).to_contain_text("Live")
        await expect(inside(page).locator("body")).to_have_css("color", ink)


async def test_a_theme_that_is_set_once_more_does_not_load_the_frame_anew(
    page: Page, site: Site, client: Client
) -> None:
    loaded: list[str] = []
    page.on(
        "request",
        lambda request: loaded.append(request.url) if request.is_navigation_request() else None,
    )
    await visit(page, site, client, SCRIPT.replace(" async", ' data-theme="dark"'))
    await expect(inside(page).locator("#write")).to_be_visible()
    await page.evaluate("document.querySelector('script').dataset.theme = 'dark'")
    await page.evaluate("document.querySelector('script').dataset.lang = 'ru'")
    await expect(inside(page).locator("html")).to_have_attribute("lang", "ru")
    # The page itself, and the frame in each language.
    assert len(loaded) == 3


@pytest.mark.parametrize("how", ["async", 'type="module"'])
async def test_on_the_page_behind_a_link_there_is_the_wall_of_that_page(
    page: Page, site: Site, client: Client, how: str
) -> None:
    await put(client, "On the second", thread="blog/second")
    line = SCRIPT.replace("async", how)
    await visit(page, site, client, line)
    await expect(page.locator("script + iframe")).to_have_count(1)
    other = line.replace("blog/first", "blog/second").replace("{}", address(client))
    await page.evaluate(VISIT, ["<h1>Second</h1>", other])
    await expect(texts(page)).to_have_text(["On the second"])
    await expect(page.locator("iframe")).to_have_count(1)
    await expect_to_grow(page)


async def test_behind_a_link_the_wall_of_a_script_in_the_head_is_at_the_end_again(
    page: Page, site: Site, client: Client
) -> None:
    await put(client, "There before")
    await visit(page, site, client, head=SCRIPT)
    await expect(page.locator("body > iframe:last-child")).to_have_count(1)
    for _ in range(2):
        await page.evaluate(VISIT, ["<h1>Second</h1>", ""])
        await expect(page.locator("h1 + iframe:last-child")).to_have_count(1)
        await expect(texts(page)).to_have_text(["There before"])
    # A site that takes the frame away does not get it back.
    await page.locator("iframe").evaluate("(frame) => frame.remove()")
    await page.evaluate("document.body.append(document.createElement('p'))")
    await expect(page.locator("iframe")).to_have_count(0)


async def test_what_appears_on_the_page_is_counted_too(
    page: Page, site: Site, client: Client
) -> None:
    await put(client, "One")
    place = '<i data-stena-count="blog/first">?</i>'
    await visit(page, site, client, head=SCRIPT.replace("async", "data-counts-only async"))
    await page.evaluate(VISIT, [f"<h1>List</h1>{place}", ""])
    await expect(page.locator("i")).to_have_text(["1"])
    # As htmx swaps a part of a page, and as a program changes an element that is there.
    await page.locator("h1").evaluate("(one, html) => one.innerHTML = html", f"<b>{place}</b>")
    await expect(page.locator("i")).to_have_text(["1", "1"])
    await page.locator("b i").evaluate("(one) => one.dataset.stenaCount = 'blog/none'")
    await expect(page.locator("i")).to_have_text(["0", "1"])


async def test_where_the_wall_does_not_answer_no_number_is_made_up(
    page: Page, site: Site, client: Client
) -> None:
    said = listen(page)
    places = '<i data-stena-count="constructor">?</i><i data-stena-count="blog/first">?</i>'
    await page.route("**/api/messages.count?*", lambda route: route.fulfill(status=429, json={}))
    await visit(page, site, client, places, SCRIPT.replace("async", "data-counts-only"))
    await until_said(said, "counted")
    await expect(page.locator("i")).to_have_text(["?", "?"])


def listen(page: Page) -> list[str]:
    """The lines that the page writes to the console from now on."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        said.append(message.text)

    page.on("console", note)
    return said


async def until_said(said: list[str], *words: str) -> None:
    """Wait for a line with all of these words."""
    async with asyncio.timeout(PATIENCE):
        while not any(all(word in line for word in words) for line in said):  # noqa: ASYNC110 -- no event says so
            await asyncio.sleep(0.05)


async def expect_to_grow(page: Page, place: int = 0) -> None:
    """Type a long text into the frame, and see it grow."""
    frame = await page.locator("iframe").nth(place).element_handle()
    content = await frame.content_frame()
    assert content is not None
    text = inside(page, place).locator(TEXT_FIELD)
    await expect(text).to_be_visible()
    # What was typed before, a draft, is in the field by then.
    await content.wait_for_load_state()
    await text.fill("")
    before = await content.evaluate(HEIGHT)
    await text.fill("x\n" * LINES)
    async with asyncio.timeout(PATIENCE):
        # The wall's policy lets no function be made from a text, as Playwright does to wait.
        while not await content.evaluate(FITS, before):  # noqa: ASYNC110 -- no event says so
            await asyncio.sleep(0.05)
