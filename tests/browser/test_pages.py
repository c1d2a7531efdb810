"""Every page at every width, in both themes: contrast, touch, screen readers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.visitor import address, card, put, quiet, react, refusal, write
from tests.browser.witness import Witness
from tests.web.calls import got

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import BrowserContext

    from tests.conftest import Client

WIDTHS = (320, 768, 1280)
KEY = "k" * 24
# The wall and its last page, a conversation, a single reply, a message being edited, an error.
PAGES = ("/", "/?before=2", "/?before=1", "/m/1", "/m/56", f"/edit/1#{KEY}", "/nothing")
READABLE = 4.5
THUMB = 44

# Text for screen readers only.
ATTRIBUTES = """(parts) => parts.flatMap((part) =>
    ["placeholder", "title", "aria-label"].map((name) => part.getAttribute(name) ?? ""))"""
# Every visible text with its colour and its possible backgrounds. Behind the header is the sky
# with all of its colours; further down it fades into the page.
INKS = r"""
() => {
    const opaque = (colour) => !/^rgba\(.*, 0\)$/.test(colour);
    const numbers = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).map(Number);
    const faded = (colour, page, share) => {
        const [one, other] = [numbers(colour), numbers(page)];
        return `rgb(${one.map((part, at) => part + (other[at] - part) * share).join(", ")})`;
    };
    const sky = ({ backgroundImage, backgroundColor }, height, top) => {
        const share = Math.min(1, Math.max(0, (top / height - 0.6) / 0.4));
        return backgroundImage.match(/rgb\([^)]+\)/g)
            .map((colour) => faded(colour, backgroundColor, share));
    };
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const style = getComputedStyle(at);
            if (style.backgroundImage !== "none") {
                const height = parseFloat(style.backgroundSize.split(" ")[1]);
                return sky(style, height, element.getBoundingClientRect().top + scrollY);
            }
            if (opaque(style.backgroundColor)) return [style.backgroundColor];
        }
        return ["rgb(255, 255, 255)"];
    };
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.checkVisibility() && element.innerText?.trim())
        .filter((element) => [...element.childNodes].some(
            (node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
        .map((element) => [element.innerText, getComputedStyle(element).color, ground(element)]);
}
"""


@pytest.fixture
async def wall(client: Client) -> str:
    """The address of a wall with messages."""
    await put(client, "The first one, with https://example.org/an/address?in=it", key=KEY)
    for number in range(50):
        await put(client, f"Good morning {number}", "Марина")
    for number in range(5):
        await put(client, f"Good *evening* {number}", "Олег", reply_to=1)
    await react(client, 1, "love")
    return address(client)


@pytest.fixture
async def phone(browser: Browser) -> AsyncGenerator[BrowserContext]:
    context = await browser.new_context(
        locale="en-GB", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    yield context
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_fits_every_width_and_does_nothing_but_show_itself(
    browser: Browser, wall: str, scheme: str
) -> None:
    context = await browser.new_context(
        locale="en-GB", color_scheme="dark" if scheme == "dark" else "light"
    )
    witness = await Witness.of(context, wall)
    page = witness.page
    for path in PAGES:
        await visit(page, wall + path)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            assert await sideways(page) <= 0, (path, width)
        await quiet(page)
        await expect(page.locator("h1")).to_have_count(1)
        await expect(page.locator("main")).to_have_count(1)
        await expect(page.locator("html")).to_have_attribute("lang", "en")
    await context.close()
    assert witness.heard == []


async def test_every_text_is_readable_in_light_and_in_dark(page: Page, wall: str) -> None:
    grounds = set()
    for number, scheme in enumerate(("light", "dark"), 57):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for path in PAGES:
            await visit(page, wall + path)
            if path == "/":
                await write(page, "x" * 4001)
                await expect(refusal(page)).to_have_count(1)
            await assert_readable(page, (scheme, path))
        await page.goto(wall)
        await write(page, f"Mine, {scheme}")
        await page.get_by_role("link", name="Your private link").click(trial=True)
        await assert_readable(page, (scheme, "posted"))
        await card(page, number).locator("header a").click()
        await page.get_by_text("Yours. You can edit it for").click(trial=True)
        await assert_readable(page, (scheme, "mine"))
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        grounds.add(ground)
    assert len(grounds) == 2
    assert contrast(*grounds) > READABLE


async def test_everything_to_press_is_as_tall_as_a_thumb(phone: BrowserContext, wall: str) -> None:
    page = await phone.new_page()
    thumbs = page.locator(
        "button:visible, summary:visible, textarea, input:not([type=hidden], [tabindex]),"
        "body > header a,"
        ".onward a, .answer, .folded a, .quiet"
    )
    # Each of fifty messages has a reaction picker and a link to reply; a reply has a picker only.
    counts = (6 + 2 * 50 + 1, 4 + 7, 4, 3 + 7 + 3 + 1, 3 + 1 + 1, 3 + 4 + 1, 3)
    for path, count in zip(PAGES, counts, strict=True):
        await visit(page, wall + path)
        assert await sideways(page) <= 0
        for field in await page.locator("#write.first textarea").all():
            await field.focus()
        await expect(thumbs).to_have_count(count)
        for thumb in await thumbs.all():
            box = await thumb.bounding_box()
            assert box
            assert box["height"] >= THUMB, (path, await thumb.evaluate("(one) => one.outerHTML"))
    await page.goto(wall)
    for time in await page.locator("article header a").all():
        box = await time.bounding_box()
        assert box
        assert box["height"] >= 24


async def test_every_field_says_what_it_is_for(page: Page, wall: str) -> None:
    for path, form in (("/", "#write"), ("/m/1", "#answer"), (f"/edit/1#{KEY}", "#write")):
        await visit(page, wall + path)
        await page.locator(form).locator("textarea").focus()
        seen = "textarea, input:not([type=hidden], [tabindex]), button"
        fields = page.locator(form).locator(seen)
        await expect(fields).to_have_count(3)
        for field in await fields.all():
            await expect(field).to_have_accessible_name(re.compile("[A-Z][a-z]+"))
        for name in ("text", "name"):
            field = page.locator(form).locator(f"[name={name}]")
            said = await page.locator(f"label[for={await field.get_attribute('id')}]").inner_text()
            await expect(field).to_have_attribute("placeholder", said)
    await page.goto(wall)
    for picker in await page.locator("summary").all():
        await expect(picker).to_have_accessible_name("Add a reaction")
    await page.locator("summary").first.click()
    for button in await page.locator("article").first.locator(".reactions button").all():
        await expect(button).to_have_accessible_name(re.compile("."))
    for place in await page.locator("section, nav").all():
        await expect(place).to_have_attribute("aria-label", re.compile(".+"))


async def test_a_russian_page_is_russian_throughout(browser: Browser, wall: str) -> None:
    context = await browser.new_context(locale="ru-RU", viewport={"width": 320, "height": 640})
    page = await context.new_page()
    for path in PAGES:
        await visit(page, wall + path)
        await expect(page.locator("html")).to_have_attribute("lang", "ru")
        assert await sideways(page) <= 0, path
        ours = page.locator(
            "h1, h2, label, button, .skip, .lead, .onward, .end, .nameless, .empty, .note,"
            "article > header a, .answer, .folded"
        )
        said = await page.locator("main *").evaluate_all(ATTRIBUTES)
        for words in [*await ours.all_inner_texts(), *said]:
            assert not re.search("[A-Za-z]", words.replace("UTC", "")), words
    await context.close()


async def test_a_moment_is_shown_in_the_readers_own_zone(
    browser: Browser, wall: str, client: Client
) -> None:
    shown, exact = [], []
    first = await got(client, 1)
    assert first
    for zone in ("UTC", "Asia/Kamchatka"):
        context = await browser.new_context(locale="en-GB", timezone_id=zone)
        page = await context.new_page()
        # As soon as it was written, however long the machine took: without the wall's time too.
        await page.clock.set_fixed_time(datetime.fromisoformat(first["created"]))
        await page.route("**/api/messages.stream*", lambda route: route.abort())
        await page.goto(f"{wall}/m/1")
        time = page.locator("time").first
        await expect(time).to_have_attribute("title", re.compile("UTC|GMT"))
        shown.append(await time.inner_text())
        exact.append(await time.get_attribute("title"))
        await context.close()

    assert exact[0] != exact[1]
    assert shown == ["just now", "just now"]


async def assert_readable(page: Page, where: tuple[str, str]) -> None:
    inks: list[tuple[str, str, list[str]]] = await page.evaluate(INKS)
    assert len(inks) >= 4
    for words, ink, ground in inks:
        for paper in ground:
            assert contrast(ink, paper) >= READABLE, (where, words, ink, paper)


async def sideways(page: Page) -> int:
    """How far a page can be scrolled sideways, in pixels."""
    beyond: int = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return beyond


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: from 1 for the same colour to 21 for black on white."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [float(number) / 255 for number in re.findall("[0-9.]+", colour)[:3]]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


async def visit(page: Page, address: str) -> None:
    """Open a page; a private link opens another one."""
    await page.goto(address)
    if "#" in address:
        await expect(page.locator("textarea")).to_be_visible()
