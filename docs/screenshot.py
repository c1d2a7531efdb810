"""`make screenshot` takes the README's pictures: a wall one evening, on a desk and on a phone."""  # noqa: INP001 -- a script

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright

from stena import logs
from tests.browser import chromium
from tests.browser.shots import ABROAD, server
from tests.browser.walls import opened

if TYPE_CHECKING:
    from playwright.async_api import Browser

HERE = Path(__file__).parent
LANGUAGE = "en"


async def main() -> None:
    logs.set_up("text", "error")
    async with (
        async_playwright() as playwright,
        server() as (postgres, template),
        opened(postgres, template, LANGUAGE) as places,
    ):
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.OPTIONS
        )
        url = places["written"].url
        await take(browser, url, HERE / "screenshot.png", dark=False, width=840, height=1240)
        await take(browser, url, HERE / "screenshot-phone.png", dark=True, width=390, height=1240)
        await browser.close()


async def take(  # noqa: PLR0913 -- the parts of a picture
    browser: Browser, url: str, file: Path, *, dark: bool, width: int, height: int
) -> None:
    locale, zone = ABROAD[LANGUAGE]
    context = await browser.new_context(
        color_scheme="dark" if dark else "light",
        locale=locale,
        reduced_motion="reduce",
        timezone_id=zone,
        viewport={"width": width, "height": height},
    )
    page = await context.new_page()
    await page.goto(url)
    await page.locator("#live").wait_for()
    await page.screenshot(path=file)
    await context.close()


if __name__ == "__main__":
    asyncio.run(main())
