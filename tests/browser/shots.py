"""`make screenshots` takes every page in every state and every look, for shots/index.html."""

from __future__ import annotations

import asyncio
import html
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from playwright.async_api import async_playwright

from stena import logs
from stena.store import embedded, migration
from tests.browser import chromium
from tests.browser.states import STATES
from tests.browser.walls import LANGUAGES, opened
from tests.conftest import create_database
from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser, FloatRect, Page

    from tests.browser.state import State
    from tests.browser.walls import Place

SHOTS = ROOT / "shots"
WIDTHS = {360: 740, 1280: 900}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ABROAD = {"en": ("en-GB", "Europe/London"), "ru": ("ru-RU", "Europe/Moscow")}
# The rest of a long page looks like its beginning.
TALLEST = 2400


async def main() -> None:
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir()
    logs.set_up("text", "error")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.OPTIONS
        )
        async with server() as (postgres, template):
            for language in LANGUAGES:
                async with opened(postgres, template, language) as places:
                    await take_all(browser, language, places)
        await browser.close()
    (SHOTS / "index.html").write_text(sheet())


@asynccontextmanager
async def server() -> AsyncGenerator[tuple[str, str]]:
    """A PostgreSQL, and the name of a database in it to copy."""
    with TemporaryDirectory() as folder, embedded.run(Path(folder)) as postgres:
        address = await create_database(postgres, "template", None)
        await migration.upgrade(address, naive_time_zone="UTC")
        yield postgres, "template"


async def take_all(browser: Browser, language: str, places: dict[str, Place]) -> None:
    locale, zone = ABROAD[language]
    for width, height in WIDTHS.items():
        context = await browser.new_context(
            locale=locale,
            timezone_id=zone,
            reduced_motion="reduce",
            viewport={"width": width, "height": height},
        )
        page = await context.new_page()
        for state in STATES:
            await state.reach(page, places)
            for scheme in SCHEMES:
                await page.emulate_media(color_scheme=scheme)
                await take(page, SHOTS / name(state, language, width, scheme))
        await context.close()


async def take(page: Page, file: Path) -> None:
    """Take the whole page, or of a scrolled one the visible part."""
    scrolled, tall = await page.evaluate("[scrollY, document.documentElement.scrollHeight]")
    if scrolled:
        await page.screenshot(path=file)
        return
    width = await page.evaluate("innerWidth")
    seen: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(tall, TALLEST)}
    await page.screenshot(path=file, full_page=True, clip=seen)


def name(state: State, language: str, width: int, scheme: str) -> str:
    return f"{state.name.replace(' ', '-')}-{language}-{width}-{scheme}.png"


def sheet() -> str:
    """One page with all screenshots, a row for each state."""
    rows = ["<!doctype html><meta charset=utf-8><title>Stena</title>"]
    for state in STATES:
        rows.append(f"<h2>{html.escape(state.name)}</h2>")
        rows += [
            f'<a href="{file}"><img src="{file}" alt="{file}" height=600 loading=lazy></a>'
            for width in WIDTHS
            for language in LANGUAGES
            for scheme in SCHEMES
            for file in [name(state, language, width, scheme)]
        ]
    return "\n".join(rows)


if __name__ == "__main__":
    asyncio.run(main())
