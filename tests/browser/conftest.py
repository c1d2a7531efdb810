"""A real browser, with and without scripts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser import chromium
from tests.browser.site import Site
from tests.browser.visitor import address, leave, visiting
from tests.browser.witness import Witness
from tests.program import PATIENCE
from tests.web.moderating import show_links

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.store.database import Address
    from tests.conftest import Client

# Playwright's own five seconds are too few for a machine that is busy with something else.
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.OPTIONS
        )
        yield browser
        await browser.close()


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def script(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="session")
async def tabs(browser: Browser) -> AsyncGenerator[dict[tuple[bool, str], Page]]:
    """A page of an English and of a Russian visitor, with scripts and without, opened once."""
    tabs = {}
    for script in (True, False):
        for locale in ("en-GB", "ru-RU"):
            context = await browser.new_context(java_script_enabled=script, locale=locale)
            context.set_default_timeout(PATIENCE * 1000)
            tabs[script, locale] = await context.new_page()
    yield tabs
    for tab in tabs.values():
        await tab.context.close()


@pytest.fixture
async def tab(script: bool, tabs: dict[tuple[bool, str], Page]) -> AsyncGenerator[Page]:  # noqa: FBT001 -- a fixture
    """A phone, in English, once with scripts and once without."""
    async with lent(tabs[script, "en-GB"]) as tab:
        yield tab


@pytest.fixture
async def russian_tab(script: bool, tabs: dict[tuple[bool, str], Page]) -> AsyncGenerator[Page]:  # noqa: FBT001 -- as above
    async with lent(tabs[script, "ru-RU"]) as tab:
        yield tab


@asynccontextmanager
async def lent(tab: Page) -> AsyncGenerator[Page]:
    """Give an open page back as if nobody had been there; to open one takes half a second."""
    await tab.set_viewport_size({"width": 360, "height": 740})
    yield tab
    await tab.evaluate("localStorage.clear()")
    await leave(tab)
    await tab.context.clear_cookies()


@pytest.fixture
async def page(browser: Browser) -> AsyncGenerator[Page]:
    """A page with scripts, whose errors fail the test."""
    async with flawless(browser) as page:
        yield page


@pytest.fixture
async def other(browser: Browser) -> AsyncGenerator[Page]:
    """Somebody else, who looks at the same time."""
    async with flawless(browser) as page:
        yield page


@asynccontextmanager
async def flawless(browser: Browser) -> AsyncGenerator[Page]:
    async with visiting(browser) as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert not errors


@pytest.fixture
async def witness(browser: Browser, client: Client) -> AsyncGenerator[Witness]:
    """Somebody with a phone and scripts; whatever a text manages to do fails the test."""
    context = await browser.new_context(locale="en-GB", viewport={"width": 320, "height": 640})
    witness = await Witness.of(context, address(client))
    yield witness
    await context.close()
    assert witness.heard == []


@pytest.fixture
async def links(address: Address) -> None:
    """Let the addresses that newcomers write be links."""
    await show_links(address)


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    """Another site, which has put nothing on its page yet."""
    async with Site.open() as site:
        yield site
