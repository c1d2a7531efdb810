"""A visitor writes while the wall is flooded, from an address that takes part in the flood."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser import visitor
from tests.browser.visitor import BUTTON, fill, texts, visiting
from tests.web.calls import listed
from tests.web.flooding import BRAKED, MANY, offers, post_each, reached, shown, until_hidden
from tests.web.moderating import make_token

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser

    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client

TEXT = "Is anybody there?"


@pytest.fixture
def settings() -> Settings:
    return BRAKED


@asynccontextmanager
async def flood(client: Client, place: Address) -> AsyncGenerator[None]:
    """Copies of one text, until the end; those that were shown first wait by then."""
    await make_token(place)
    answers = await post_each(client, offers(MANY))
    await reached(place, 1)
    await until_hidden(client, shown(answers))

    async def go_on() -> None:
        while True:
            assert {one["status"] for one in await post_each(client, offers(5))} == {428}
            await asyncio.sleep(0.2)

    spam = asyncio.create_task(go_on())
    try:
        yield
    finally:
        spam.cancel()
        await asyncio.wait([spam])
        assert spam.cancelled(), spam.exception()


async def test_without_scripts_and_at_an_address_of_the_flood_a_message_goes_up(
    browser: Browser, client: Client, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with flood(client, address), visiting(browser, script=False) as page:
        await page.goto(visitor.address(client))
        await fill(page, TEXT, "Anna")
        await page.get_by_role("button", name=BUTTON).click()
        await expect(page.get_by_text("In 20 seconds press")).to_be_visible()
        await expect(page.locator("#write textarea")).to_have_value(TEXT)
        # The visitor has waited.
        monkeypatch.setattr("stena.step.WAIT", 0)
        await page.get_by_role("button", name=BUTTON).click()
        await expect(texts(page)).to_have_text([TEXT])
        assert [one["text"] for one in await listed(client)] == [TEXT]
