"""The wall on paper, and in the colours of the system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from tests.browser.hall import hall
from tests.browser.visitor import address, put

if TYPE_CHECKING:
    from tests.conftest import Client

# What a reader sees as the time: the text, unless a rule replaces it.
SEEN = """(time) => {
    const { content } = getComputedStyle(time, "::after");
    const { fontSize } = getComputedStyle(time);
    return fontSize === "0px" ? content : time.textContent;
}"""


async def test_paper_shows_the_moment_and_no_forms(page: Page, client: Client) -> None:
    await put(client, "message")
    await page.goto(address(client))
    time = page.locator("article time")
    await expect(time).to_have_text("just now")
    await page.emulate_media(media="print")
    assert re.search(r"20\d\d.*\d\d:\d\d", await time.evaluate(SEEN))
    for part in ("#write", "article footer", ".bar"):
        await expect(page.locator(part).first).to_be_hidden()


async def test_the_code_in_a_hall_is_dark_on_light_in_forced_colours(
    page: Page, client: Client
) -> None:
    await page.emulate_media(color_scheme="dark", forced_colors="active")
    await page.goto(hall(client))
    colours = await page.locator(".code").evaluate(
        """(code) => {
            const path = code.querySelector("path");
            const dark = getComputedStyle(path);
            return [getComputedStyle(code).backgroundColor, dark.fill, dark.stroke];
        }"""
    )
    assert colours[0] == "rgb(255, 253, 250)"
    assert "rgb(255, 255, 255)" not in colours[1:]
