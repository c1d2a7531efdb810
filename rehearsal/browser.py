"""A visitor and the owner of the wall, each in a real browser."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import Error, async_playwright, expect

from rehearsal.workshop import Failed
from tests.browser import chromium

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Page

# The narrowest phones that are still in use.
PHONE_WIDTH, PHONE_HEIGHT = 360, 640


async def write(url: str, proxy: int | None, text: str) -> None:
    """Open the page, post a message, and check that it appears.

    Raises:
        Failed: the page shows no form, or not the message.
    """
    async with _browsing(f"“{text}” is not posted", proxy) as page:
        await page.goto(url)
        await page.locator("#text").fill(text)
        await page.locator("#write button").click()
        # Not the preview that is shown until the answer arrives.
        kept = page.locator("article:not(.sending)")
        await expect(kept.get_by_text(text, exact=True)).to_be_visible()


async def own_by_link(link: str, proxy: int | None, text: str) -> None:
    """Become the owner on a phone, by the printed link, and try the desk on this message.

    Raises:
        Failed: the link signs nobody in, or the desk does not do what its buttons say.
    """
    async with _browsing("The printed link leads to no desk", proxy, phone=True) as page:
        await page.goto(link)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await _try_desk(page, text)


async def own_by_code(url: str, code: str, proxy: int | None, text: str) -> None:
    """The same without scripts, by the code that was printed, typed in small letters.

    Raises:
        Failed: as own_by_link.
    """
    async with _browsing(
        "Without scripts a code leads to no desk", proxy, phone=True, scripts=False
    ) as page:
        await page.goto(f"{url}/owner")
        await page.get_by_label("The code, or the whole link").fill(code.lower())
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await _try_desk(page, text)


async def _try_desk(page: Page, text: str) -> None:
    """Remove a message that is on the wall, and take that back."""
    lists = page.get_by_role("navigation", name="Lists")
    await lists.get_by_role("link", name="On the wall").click()
    card = page.locator(".group").filter(has_text=text)
    await card.get_by_role("button", name="Remove", exact=True).first.click()
    await expect(page.locator(".done")).to_contain_text("Removed 1 message")
    await expect(card).to_have_count(0)
    await page.locator(".done").get_by_role("button", name="Undo").click()
    await expect(page.locator(".done")).to_contain_text("Undone")
    await expect(card).to_be_visible()
    if (width := await page.evaluate("document.documentElement.scrollWidth")) > PHONE_WIDTH:
        raise Failed(f"The desk is {width} pixels wide, and a phone has {PHONE_WIDTH}.")


@asynccontextmanager
async def _browsing(
    complaint: str, proxy: int | None, *, phone: bool = False, scripts: bool = True
) -> AsyncGenerator[Page]:
    """A page of a new browser.

    Raises:
        Failed: with the complaint, if the page does not have or do what is expected of it; or a
            script of the page fails.
    """
    size = (PHONE_WIDTH, PHONE_HEIGHT) if phone else (1280, 720)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable(),
            args=chromium.OPTIONS,
            proxy={"server": f"http://127.0.0.1:{proxy}"} if proxy else None,
        )
        page = await browser.new_page(
            # Chromium has its own list of CAs, which does not include the rehearsal's.
            ignore_https_errors=True,
            java_script_enabled=scripts,
            viewport={"width": size[0], "height": size[1]},
            has_touch=phone,
            locale="en",
        )
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        try:
            yield page
        except (AssertionError, Error) as error:
            line = str(error).partition("\n")[0]
            raise Failed(f"{complaint}: {line}") from error
        finally:
            await browser.close()
    if wrong:
        raise Failed(f"The page's scripts fail: {wrong}")
