"""Many tabs and frames of one browser: one stream for those that are seen, none for the others."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from stena.settings import Settings, Wall
from tests.browser.hall import hall
from tests.browser.site import FRAME, Site, visit
from tests.browser.visitor import TEXT_FIELD, address, put, texts
from tests.test_audience import until_count
from tests.web.events import listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import BrowserContext, Frame, Locator, Page, Request

    from tests.conftest import Client
    from tests.web.events import Events

# What a browser does with a tab that is covered by another, or opened behind it; headless
# browsers show all of theirs.
HIDE = "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
TOLD = "document.dispatchEvent(new Event('visibilitychange'));"
SHOW = "delete document.hidden;"
NAMELESS = """
const { getItem } = Storage.prototype;
Storage.prototype.getItem = function (key) {
    return key === "reader" ? null : getItem.call(this, key);
};
"""
# What the frames of the wall on one page of another site show.
FRAMES = FRAME.replace("thread=blog/first", "lang=en") * 10


@pytest.fixture
def settings(site: Site) -> Settings:
    return Settings(wall=Wall(origins=(site.origin,), posts_per_minute=0))


@pytest.fixture
async def readers(client: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Events]:
    """The number of browsers that read, and one for this reader; it is announced often."""
    monkeypatch.setattr("stena.web.api.stream.HEARTBEAT_SECONDS", 0.3)
    async with listening(client, query="?audience=1&thread=elsewhere") as events:
        yield events


@pytest.fixture
async def streams(
    client: Client, page: Page, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Events]:
    """The number of open streams, since here each page takes itself for another browser."""
    monkeypatch.setattr("stena.web.api.stream.HEARTBEAT_SECONDS", 0.3)
    await page.context.add_init_script(NAMELESS)
    async with listening(client, query="?audience=1&thread=elsewhere") as events:
        yield events


async def test_twenty_tabs_and_frames_hold_one_stream_and_all_of_them_work(
    page: Page, site: Site, client: Client, streams: Events
) -> None:
    await put(client, "There before")
    asked: list[Request] = []
    page.context.on("request", lambda request: asked.append(request))  # noqa: PLW0108 -- Playwright marks the function
    paths = ["/"] * 5 + ["/m/1"] * 4
    pages = await asyncio.gather(*(opened(page.context, client, path) for path in paths))
    screen = await page.context.new_page()
    await screen.goto(hall(client))
    # Playwright's Chromium does not part the storage of frames from that of tabs.
    await visit(page, site, client, FRAMES)
    frames = [frame for frame in page.frames if frame != page.main_frame]
    places: list[Page | Frame] = [*pages, *frames]
    assert len(places) == 19
    for place in places:
        await expect(place.locator("article").first).to_be_visible()
    await until_open(streams, 1)

    for number, place in enumerate(places):
        await post(place, f"from {number}")
    await put(client, "The last")
    for place in (*pages[:5], screen):
        await expect(place.locator("article > .words").first).to_have_text("The last")
    for frame in frames:
        # Where the list is in sight and the form is not, a button counts what is new.
        await expect(frame.get_by_text(re.compile("The last|new message")).first).to_be_visible()
    for place in places:
        # The replies; the wall shows the last three.
        for number in range(6, 9):
            await expect(standing(place, f"from {number}")).to_be_visible()
    await until_open(streams, 1)

    # Another one goes on with the stream, and gets what was posted in between.
    closed = [one for one in asked if "messages.stream" in one.url][-1].frame.page
    replies = [f"reply {number}" for number in range(3)]
    await asyncio.gather(closed.close(), *(put(client, text, reply_to=1) for text in replies))
    for place in (one for one in places if one not in {closed, *closed.frames}):
        for text in replies:
            await expect(standing(place, text)).to_be_visible()
    await until_open(streams, 1)


async def test_when_the_tab_with_the_stream_is_closed_the_others_miss_nothing(
    page: Page, client: Client, streams: Events
) -> None:
    await page.goto(address(client))
    others = [await opened(page.context, client) for _ in range(2)]
    await until_open(streams, 1)
    for number in range(3):
        await asyncio.gather(
            page.close(), *(put(client, f"{number}.{other}") for other in range(5))
        )
        if number == 2:
            break
        page = others.pop(0)
        others.append(await opened(page.context, client))
    await put(client, "The last")
    for other in others:
        await expect(texts(other)).to_have_count(16)
        shown = await texts(other).all_inner_texts()
        assert shown[0] == "The last"
        assert [{text[0] for text in shown[at : at + 5]} for at in (1, 6, 11)] == [
            {"2"},
            {"1"},
            {"0"},
        ]
        await expect(other.locator("#live")).to_contain_text("Live")
    await until_open(streams, 1)


async def test_a_tab_that_nobody_sees_holds_no_stream_and_catches_up_when_it_is_shown(
    page: Page, client: Client, streams: Events
) -> None:
    await page.goto(address(client))
    await until_open(streams, 1)
    await page.evaluate(HIDE + TOLD)
    await until_open(streams, 0)
    behind = await page.context.new_page()
    await behind.add_init_script(HIDE)
    await behind.goto(address(client))
    await put(client, "While nobody looked")
    await until_open(streams, 0)

    await behind.evaluate(SHOW + TOLD)
    await expect(behind.get_by_text("While nobody looked")).to_be_visible()
    await put(client, "For one of them")
    await expect(behind.get_by_text("For one of them")).to_be_visible()
    await expect(texts(page)).to_have_count(0)
    # The stream of the other tab has gone on without this one, which gets what it missed.
    await page.evaluate(SHOW + TOLD)
    await put(client, "For both")
    for place in (page, behind):
        await expect(texts(place)).to_have_text(
            ["For both", "For one of them", "While nobody looked"]
        )
    await until_open(streams, 1)


async def test_the_walls_of_many_threads_share_two_streams_and_the_others_ask_now_and_then(
    page: Page, client: Client, streams: Events
) -> None:
    walls = [f"/?thread={name}" for name in ("one", "two", "three")]
    pages = [await opened(page.context, client, path) for path in walls[:2]]
    await page.clock.install()
    await page.goto(address(client) + walls[2])
    await expect(page.locator("#live")).to_have_text("New messages arrive with a delay")
    await until_open(streams, 2)
    await client.post("/api/messages.create", json={"text": "Asked for", "thread": "three"})
    await page.clock.run_for(20_000)
    await expect(page.get_by_text("Asked for")).to_be_visible()
    await until_open(streams, 2)
    await pages[0].close()
    await page.clock.run_for(20_000)
    await expect(page.locator("#live")).to_contain_text("Live")
    await until_open(streams, 2)


async def test_without_locks_each_tab_that_is_seen_has_a_stream_of_its_own(
    page: Page, client: Client, streams: Events
) -> None:
    await page.context.add_init_script("delete Navigator.prototype.locks;")
    await page.goto(address(client))
    other = await opened(page.context, client)
    await until_open(streams, 2)
    await put(client, "For both")
    for place in (page, other):
        await expect(texts(place)).to_have_text(["For both"])
    await page.evaluate(HIDE + TOLD)
    await until_open(streams, 1)


async def test_the_readers_are_browsers_and_not_tabs_and_who_leaves_is_not_counted_any_more(
    page: Page, other: Page, client: Client, readers: Events
) -> None:
    await page.context.add_init_script("delete Navigator.prototype.locks;")
    await page.goto(address(client))
    tabs = [await opened(page.context, client, f"/?thread={name}") for name in ("", "one", "two")]
    await other.goto(address(client))
    await until_open(readers, 2)
    # This test's own reader is the third.
    await expect(page.locator("#live")).to_have_text("Live · 3 reading now")
    await asyncio.gather(*(tab.close() for tab in tabs))
    await expect(page.locator("#live")).to_have_text("Live · 3 reading now")
    await other.close()
    await expect(page.locator("#live")).to_have_text("Live · 2 reading now")


async def opened(context: BrowserContext, client: Client, path: str = "/") -> Page:
    page = await context.new_page()
    await page.goto(address(client) + path)
    return page


async def post(place: Page | Frame, text: str) -> None:
    form = place.locator("form.write")
    await form.locator(TEXT_FIELD).fill(text)
    await form.get_by_role("button").click()
    await expect(standing(place, text)).to_be_visible()


def standing(place: Page | Frame, text: str) -> Locator:
    """A message that is on the wall, and not only being sent."""
    return place.locator("article:not(.sending) > .words").get_by_text(text, exact=True)


async def until_open(streams: Events, number: int) -> None:
    """Wait until browsers hold this number of streams."""
    async with asyncio.timeout(60):
        await until_count(streams, number + 1)
