"""What the first visit costs over the wire, headers included, as a browser counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from benchmarks.weight import MESSAGES, SENTENCES
from stena.settings import Settings, Wall
from tests.browser.visitor import address, put, quiet

if TYPE_CHECKING:
    from playwright.async_api import Page, Response

    from tests.conftest import Client

LIMIT = 30_000


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(posts_per_minute=0))


async def test_the_first_visit_takes_at_most_thirty_kilobytes(page: Page, client: Client) -> None:
    for number in range(MESSAGES):
        text = f"{SENTENCES[number % len(SENTENCES)]} {number * 7919 % 10_007}"
        await put(client, text, f"Visitor {number % 13}")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 -- Playwright marks the function
    await page.goto(address(client))
    await quiet(page)
    await expect(page.locator("#live")).to_be_visible()
    weights = {}
    for answer in answers:
        if "messages.stream" in answer.url:
            continue
        sizes = await answer.request.sizes()
        weights[answer.url] = sizes["responseHeadersSize"] + sizes["responseBodySize"]
    assert len(weights) > 10
    assert sum(weights.values()) <= LIMIT, weights
