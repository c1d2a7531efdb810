"""Sites that may not embed the wall, and what a site that may embed it cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, expect

from stena.settings import Settings, Wall
from tests.browser.hostile import TEXTS
from tests.browser.site import FRAME, SCRIPT, Site, inside, put, texts, visit
from tests.browser.visitor import address, listed
from tests.browser.witness import Witness
from tests.web.flooding import eventually

if TYPE_CHECKING:
    from tests.conftest import Client

GONE = "chrome-error://chromewebdata/"


@pytest.fixture
def settings(site: Site) -> Settings:
    return Settings(wall=Wall(origins=(site.origin,)))


async def until_gone(page: Page) -> None:
    """Wait until the browser has refused the page's one frame, which begins as an empty one."""

    async def is_gone() -> bool:
        return [frame.url for frame in page.main_frame.child_frames] == [GONE]

    await eventually(is_gone)
    await expect(inside(page).locator("body")).to_be_attached()


def hostile(witness: Witness, site: Site) -> list[str]:
    """The lines of the witness, except those of the blog's own page and its frame."""
    own = (f"request: {site.origin}/", "request: data:,", "frame: ")
    return [line for line in witness.heard if not line.startswith(own)]


async def test_a_site_that_is_not_named_shows_nothing_of_the_wall(
    page: Page, site: Site, client: Client
) -> None:
    await put(client, "Not for them")
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    async with Site.open() as stranger:
        for line in (SCRIPT, FRAME):
            logged.clear()
            await visit(page, stranger, client, line)
            await expect(page.locator("iframe")).to_have_count(1)
            await until_gone(page)
            await expect(page.locator("#after")).to_be_visible()

            async def is_explained() -> bool:
                return any("frame-ancestors" in line and site.origin in line for line in logged)

            await eventually(is_explained)


@pytest.mark.parametrize("path", ["/", "/?thread=blog/first", "/m/1", "/m/1/edit", "/x"])
async def test_the_walls_other_pages_are_shown_on_no_site(
    page: Page, site: Site, client: Client, path: str
) -> None:
    await put(client, "Not to be clicked on by others")
    await visit(page, site, client, FRAME.replace("/embed?thread=blog/first", path))
    await until_gone(page)


async def test_a_form_of_the_site_around_posts_nothing(
    page: Page, site: Site, client: Client
) -> None:
    form = (
        '<form action="{}/embed/messages" method="post" target="_top">'
        '<input name="text" value="Not me"><button>Win</button></form>'
    )
    await visit(page, site, client, form)
    await page.get_by_role("button", name="Win").click()
    await expect(page.locator("h1")).to_contain_text("This came from another site.")
    assert await listed(client) == []


async def test_hostile_messages_do_nothing_to_the_page_around(
    browser: Browser, site: Site, client: Client
) -> None:
    context = await browser.new_context()
    witness = await Witness.of(context, address(client))
    for text in TEXTS[::2]:
        await put(client, text)
    await visit(witness.page, site, client, SCRIPT)
    await expect(texts(witness.page)).to_have_count(50)
    for text in TEXTS[1::2]:
        await put(client, text)
    await expect(texts(witness.page)).to_have_count(50 + len(TEXTS[1::2]))
    await expect(witness.page).to_have_title("A blog")
    assert hostile(witness, site) == []
    await context.close()
