"""Text of twice the size, as a reader sets it, and names that fill a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.visitor import FIELD, address, card, put, texts

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.conftest import Client

# As the setting of Firefox that enlarges text and nothing else.
ENLARGE = """
() => {
    const all = [...document.querySelectorAll("body *")];
    const sizes = all.map((one) => parseFloat(getComputedStyle(one).fontSize));
    all.forEach((one, number) => { one.style.fontSize = `${2 * sizes[number]}px`; });
}
"""
CUT = "(one) => one.scrollHeight - one.clientHeight"
RIGHT = "(one) => one.getBoundingClientRect().right"
# Of an element without text, and of the first line of one with text.
MIDDLES = """
(all) => all.map((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const { top, height } = range.getClientRects()[0] ?? one.getBoundingClientRect();
    return top + height / 2;
})
"""


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [320, 640])
async def test_at_twice_the_size_nothing_is_cut_and_nothing_hidden_shows(
    page: Page, client: Client, width: int, language: str
) -> None:
    await page.set_viewport_size({"width": width, "height": 640})
    await put(client, "Good morning", "Marina")
    await page.goto(f"{address(client)}/?lang={language}")
    await expect(texts(page)).to_have_count(1)
    await page.evaluate(ENLARGE)
    assert await page.locator("#write textarea").evaluate(CUT) <= 1
    assert await page.locator(".skip").evaluate(RIGHT) <= 0
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_the_line_to_write_in_is_as_high_as_a_finger_needs(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    box = await page.get_by_label(FIELD).bounding_box()
    assert box
    assert 44 <= box["height"] < 46


@pytest.mark.parametrize("name", ["The fourth floor of house 12", "مريم بنت عبد الله", "W" * 60])
async def test_a_long_name_stands_beside_its_dot(page: Page, client: Client, name: str) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await put(client, "Good morning", name, key="k" * 24)
    await page.goto(address(client))
    # At once: what the page shows above the card when it is connected moves both.
    dot, line = await card(page, 1).locator(".dot, .name").evaluate_all(MIDDLES)
    assert abs(dot - line) < 6
