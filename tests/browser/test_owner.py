"""A wall with the owner's own settings, as visitors see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, expect

from stena.links import Link
from stena.settings import Settings, Wall
from tests.browser.test_pages import INKS, READABLE, THUMB, contrast, sideways
from tests.browser.visitor import BUTTON, address, fill, refusal

if TYPE_CHECKING:
    from tests.conftest import Client

LONG = "https://yard.example/" + "r" * 60
LINKS = (
    Link(name="Our rules", url="https://yard.example/rules"),
    Link(name="Б", url="mailto:us@yard.example"),
    Link(name="w" * 60, url=LONG),
)


class TestOwners:
    # Too light for the light theme, too dark for the dark one, and one in between.
    @pytest.fixture(params=["#ffee00", "#00004d", "#808080"])
    def settings(self, request: pytest.FixtureRequest) -> Settings:
        return Settings(wall=Wall(accent=request.param, introduction="w" * 500, links=LINKS))

    async def test_whatever_their_colour_it_can_be_read(self, page: Page, client: Client) -> None:
        accents = set()
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            await page.goto(address(client))
            await fill(page, "x" * 4001)
            button = page.get_by_role("button", name=BUTTON)
            accent = await button.evaluate("(one) => getComputedStyle(one).backgroundColor")
            accents.add(accent)
            await button.click()
            await expect(refusal(page)).to_have_css("color", accent)
            shown = [
                (words, ink, paper)
                for words, ink, ground in await page.evaluate(INKS)
                for paper in ground
                if accent in {ink, paper}
            ]
            assert len(shown) >= 2
            for words, ink, paper in shown:
                assert contrast(ink, paper) >= READABLE, (scheme, words, ink, paper)
        assert len(accents) == 2
        assert not accents & {"rgb(184, 64, 43)", "rgb(255, 157, 126)"}

    async def test_their_links_are_as_tall_as_a_thumb_and_fit_every_width(
        self, browser: Browser, client: Client
    ) -> None:
        context = await browser.new_context(locale="en-GB", has_touch=True, is_mobile=True)
        page = await context.new_page()
        for width in (320, 768, 1280):
            await page.set_viewport_size({"width": width, "height": 740})
            await page.goto(address(client))
            assert await sideways(page) <= 0
            links = page.locator("body > footer a")
            for link in await links.all():
                box = await link.bounding_box()
                assert box
                assert box["height"] >= THUMB
                assert box["width"] >= THUMB
            targets = [await link.get_attribute("href") for link in await links.all()]
            assert targets[: len(LINKS)] == [link.url for link in LINKS]
        await context.close()
