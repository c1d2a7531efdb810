"""The screen in a hall, looked at as one would hang it up."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest
import segno
from playwright.async_api import Page, expect

from tests.browser import visitor
from tests.browser.crowding import CROWDING
from tests.browser.hall import STAY_NEW, again_in, hall, words
from tests.browser.hostile import TEXTS
from tests.browser.visitor import put, quiet
from tests.marks import is_as_typed
from tests.web.moderating import make_token, moderate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser

    from stena.store.database import Address
    from tests.browser.witness import Witness
    from tests.conftest import Client

SIZES = [
    (1920, 1080),
    (3840, 2160),
    (1280, 720),
    (1080, 1920),
    (2560, 1080),
    (1024, 768),
    (360, 740),
]
GREETING = "Good morning, everybody. The kettle is on, the door is open, come in and say hello."
# What there is to see, and what of it is not as it should be.
GEOMETRY = """
() => {
    // A browser says so at its next picture, and without scripts it draws none for us.
    dispatchEvent(new Event("resize"));
    const list = document.querySelector("main");
    const main = list.getBoundingClientRect();
    const seen = [...document.querySelectorAll("main > .message")]
        .filter((one) => one.getBoundingClientRect().left < main.right);
    const outside = (one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
    };
    const cut = (one) => {
        const words = one.querySelector(".words");
        const range = document.createRange();
        range.selectNodeContents(words);
        const end = words.getBoundingClientRect().bottom;
        const middle = ({ top, bottom }) => top < end - 4 && (top + bottom) / 2 > end;
        return end > one.getBoundingClientRect().bottom || [...range.getClientRects()].some(middle);
    };
    const columns = Map.groupBy(seen, (one) => Math.round(one.getBoundingClientRect().left));
    const rest = document.querySelectorAll("main > .message").length - seen.length;
    const lowest = [...columns.values()].map((all) => all.at(-1).getBoundingClientRect().bottom);
    const edge = main.bottom - parseFloat(getComputedStyle(list).paddingBottom);
    const parts = [...document.querySelectorAll("h1, .invitation, .call, .call p, .code svg")];
    const [heading, invitation] = parts.map((one) => one.getBoundingClientRect());
    return {
        scrolls: document.documentElement.scrollWidth > innerWidth
            || document.documentElement.scrollHeight > innerHeight,
        outside: [...seen, ...parts].filter(outside).map((one) => one.className),
        cut: seen.filter(cut).map((one) => one.textContent.slice(0, 60)),
        ragged: rest > 0 && lowest.some((bottom) => Math.abs(bottom - edge) > 2),
        apart: heading.bottom <= invitation.top,
        seen: seen.length,
    };
}
"""
FINE = {"scrolls": False, "outside": [], "cut": [], "ragged": False, "apart": True}
# The colours in the middle of each module, of a picture of the code.
MODULES = """
async ([picture, count]) => {
    const blob = await (await fetch(`data:image/png;base64,${picture}`)).blob();
    const image = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const light = (x, y) => canvas.getImageData(x, y, 1, 1).data[1];
    const place = (at) => ((at + 0.5) * image.width) / count;
    const all = [...Array(count).keys()];
    return all.map((y) => all.map((x) => light(place(x), place(y))));
}
"""


@pytest.fixture
async def still(tab: Page) -> AsyncGenerator[Page]:
    """A screen that waits until it has been looked at."""
    await tab.route("**/live*", again_in(900))
    yield tab
    await tab.unroute_all()


async def test_on_every_screen_all_is_whole_and_nothing_can_be_reached(
    still: Page, client: Client
) -> None:
    for text, name in CROWDING.values():
        await put(client, GREETING, "Marina")
        await put(client, text, name)
    for query in ("?theme=dark", "?lang=ru"):
        await still.goto(hall(client, query))
        for width, height in SIZES:
            await still.set_viewport_size({"width": width, "height": height})
            found = await still.evaluate(GEOMETRY)
            assert found.pop("seen") >= 3, (width, height)
            assert (width, height, found) == (width, height, FINE)
    await still.keyboard.press("Tab")
    assert await still.evaluate("document.activeElement === document.body")
    assert await still.evaluate("getComputedStyle(document.body).cursor") == "none"


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5])
async def test_a_wall_with_little_on_it_is_whole_too(
    still: Page, client: Client, count: int
) -> None:
    for _ in range(count):
        await put(client, GREETING * 5)
    await still.goto(hall(client))
    for width, height in SIZES:
        await still.set_viewport_size({"width": width, "height": height})
        found = await still.evaluate(GEOMETRY)
        if count < 3:
            assert found["seen"] == count
        assert (width, height, found) == (width, height, FINE | {"seen": found["seen"]})
    await expect(still.locator(".bare")).to_be_visible(visible=count == 0)


@pytest.mark.parametrize("count", [0, 1, 6])
async def test_with_a_long_notice_it_is_whole_too(
    still: Page, client: Client, address: Address, count: int
) -> None:
    await make_token(address)
    await moderate(client, "notice", text="We are away until Monday. " * 11)
    for number in [await put(client, GREETING, "Marina") for _ in range(count)][:3]:
        await moderate(client, "pin", id=number)
    await still.goto(hall(client))
    words = still.locator("#notice .words")
    for width, height in SIZES:
        await still.set_viewport_size({"width": width, "height": height})
        found = await still.evaluate(GEOMETRY)
        assert (width, height, found) == (width, height, FINE | {"seen": found["seen"]})
        box = await words.bounding_box()
        assert box is not None
        assert 0 < box["x"] < box["x"] + box["width"] < width
        assert 0 < box["y"] < box["y"] + box["height"] < height
        # Above the sheets, and beside or below the heading.
        below = await still.locator("main > .message, .invitation").first.bounding_box()
        assert below is not None
        assert count == 0 or box["y"] + box["height"] <= below["y"] + 1
        # On a phone it ends with an ellipsis, as a long message does.
        is_whole = await words.evaluate("(one) => one.scrollHeight <= one.clientHeight + 1")
        assert is_whole or width < 400


async def test_a_phone_can_read_the_code_in_the_dark_too(
    browser: Browser, page: Page, client: Client
) -> None:
    await put(client, GREETING)
    reader = await browser.new_page()
    code = segno.make(f"{visitor.address(client)}/", micro=False, error="m")
    matrix = [list(row) for row in code.matrix]
    count = len(matrix) + 8
    for theme in ("light", "dark"):
        await page.goto(hall(client, f"?theme={theme}"))
        await quiet(page)
        picture = await page.locator(".code svg").screenshot()
        encoded = base64.b64encode(picture).decode()
        found = await reader.evaluate(MODULES, [encoded, count])
        dark = [[int(light < 60) for light in row[4:-4]] for row in found[4:-4]]
        assert dark == matrix
        assert {light > 240 for row in (*found[:4], *found[-4:]) for light in row} == {True}
    await reader.close()


async def test_hostile_texts_stay_text(witness: Witness, client: Client) -> None:
    page = witness.page
    await page.set_viewport_size({"width": 1280, "height": 720})
    await page.goto(hall(client))
    together = ["\n".join(TEXTS[at : at + 12]) for at in range(0, len(TEXTS), 12)]
    for text in together:
        await put(client, text, text[:60] if text[:60].isprintable() else "")
    for _ in ("live", "painted"):
        await expect(words(page)).to_have_count(len(together))
        await quiet(page)
        shown = await words(page).evaluate_all("(all) => all.map((one) => one.textContent)")
        for seen, typed in zip(shown, together[::-1], strict=True):
            assert is_as_typed(seen, re.sub("\r\n|\u2028|\u2029", "\n", typed).strip())
        parts = await page.locator("main .words *").evaluate_all(
            "(all) => all.map((one) => [one.localName, ...one.getAttributeNames()].join(' '))"
        )
        assert set(parts) <= {"p dir", "blockquote dir", "a", "em", "strong", "code"}
        await page.reload()


async def test_who_minds_motion_sees_none(browser: Browser, client: Client) -> None:
    context = await browser.new_context(reduced_motion="reduce")
    page = await context.new_page()
    await put(client, "before")
    await page.goto(hall(client))
    await page.evaluate(STAY_NEW)
    await put(client, "new")
    await expect(page.locator("article.new")).to_have_count(1)
    # What is new is marked, and stands still.
    running = "() => document.getAnimations().map((one) => one.animationName)"
    assert await page.evaluate(running) == ["glow"]
    timing = await page.locator("article.new").evaluate(
        "(one) => getComputedStyle(one).animationTimingFunction"
    )
    assert timing.startswith("steps(1")
    await context.close()
