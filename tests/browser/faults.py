"""Checks of the open page; each function returns a line for each fault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

SCRIPT = Path(__file__).with_suffix(".js").read_text()
THUMB = 44
SMALLEST_LETTER = 12
CONTRAST = 4.5


async def sideways(page: Page) -> list[str]:
    return await _found(page, "sideways()")


async def small(page: Page) -> list[str]:
    return await _found(page, f"small({THUMB})") + await _found(page, f"tiny({SMALLEST_LETTER})")


async def unfocused(page: Page) -> list[str]:
    # From here on the browser shows the focus, as for a keyboard.
    await page.keyboard.press("Tab")
    return await _found(page, "unfocused()")


async def moving(page: Page) -> list[str]:
    return await _found(page, "moving()")


async def unreadable(page: Page) -> list[str]:
    return await _found(page, f"unreadable({CONTRAST})")


async def lost_when_spaced(page: Page) -> list[str]:
    return await _found(page, "spaced()")


async def lost_in_forced_colours(page: Page) -> list[str]:
    await _found(page, "remember()")
    await page.emulate_media(forced_colors="active")
    found = await _found(page, "edgeless()") + await unreadable(page)
    await page.emulate_media(forced_colors="none")
    return found


async def _found(page: Page, call: str) -> list[str]:
    places: list[str] = await page.evaluate(f"() => {{ {SCRIPT}\n return {call}; }}")
    return [f"{call}: {place}" for place in places]
