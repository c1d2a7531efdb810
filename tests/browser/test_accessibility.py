"""The accessibility of every page in every state: contrast, touch, keyboard, screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser import axe, faults
from tests.browser.states import STATES
from tests.browser.walls import LANGUAGES, Place, opened

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser, Page

    from tests.browser.state import State

    Scheme = Literal["light", "dark"]

# A phone, a large screen at 200 % and at 100 %, and a very large one.
WIDTHS = (320, 640, 1280, 1920)
# The theme and width of axe's checks; across the two languages, each combination once.
VIEWS: dict[str, tuple[tuple[Scheme, int], ...]] = {
    "en": (("light", 320), ("dark", 1280)),
    "ru": (("dark", 320), ("light", 1280)),
}


@pytest.fixture(scope="module")
async def places(postgres: str, template: str) -> AsyncGenerator[dict[str, dict[str, Place]]]:
    async with (
        opened(postgres, template, "en") as english,
        opened(postgres, template, "ru") as russian,
    ):
        yield {"en": english, "ru": russian}


@pytest.fixture(scope="module")
async def readers(browser: Browser) -> AsyncGenerator[dict[str, Page]]:
    """A page for each language, with reduced motion."""
    contexts = [
        await browser.new_context(locale=locale, reduced_motion="reduce")
        for locale in ("en-GB", "ru-RU")
    ]
    yield {
        language: await context.new_page()
        for language, context in zip(LANGUAGES, contexts, strict=True)
    }
    for context in contexts:
        await context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
async def test_nothing_stands_in_anybodys_way(
    state: State,
    language: str,
    places: dict[str, dict[str, Place]],
    readers: dict[str, Page],
) -> None:
    page = readers[language]
    await page.set_viewport_size({"width": 320, "height": 640})
    await state.reach(page, places[language])
    found = [
        *await faults.small(page),
        *await faults.moving(page),
        *await faults.lost_when_spaced(page),
        *await faults.lost_in_forced_colours(page),
    ]
    for scheme, width in VIEWS[language]:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": 800})
        seen = await axe.faults(page, state.part) + await faults.unreadable(page)
        found += [f"{scheme}, {width} px: {line}" for line in seen]
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        found += [f"{width} px: {line}" for line in await faults.sideways(page)]
    # Last, because it moves the focus.
    found += await faults.unfocused(page)
    assert not found, "\n".join(found)
