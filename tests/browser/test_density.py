"""How much of a phone's screen the wall needs before and between the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.visitor import address, put, visiting

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.conftest import Client

# Before, a card of one word was 134 px high.
MOST = 92


@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 640)])
async def test_the_first_message_begins_in_the_upper_half_and_a_word_takes_little_room(
    browser: Browser, client: Client, language: str, width: int, height: int
) -> None:
    await put(client, "Да!")
    await put(client, "Yes!", "Marina")
    screen = {"width": width, "height": height}
    async with visiting(browser, locale=language, viewport=screen) as page:
        await page.goto(address(client))
        boxes = [await one.bounding_box() for one in await page.locator("article").all()]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 2
    assert tops[0] < height / 2
    assert all(box["height"] < MOST for box in boxes if box)
