"""A real browser, with and without scripts."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without the last four Chromium asks its maker's servers for updates at each start.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    named = os.environ.get("STENA_CHROMIUM")
    executable = named or next(filter(None, map(shutil.which, NAMES)), None)
    assert executable, "there is no Chromium: run tests/tools"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=OPTIONS)
        yield browser
        await browser.close()


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
async def visit(request: pytest.FixtureRequest, browser: Browser) -> AsyncGenerator[BrowserContext]:
    """A fresh browser of an English visitor, once with scripts and once without."""
    context = await browser.new_context(java_script_enabled=request.param, locale="en-GB")
    yield context
    await context.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncGenerator[Page]:
    """A page with scripts, whose errors fail the test."""
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()
    assert not errors
