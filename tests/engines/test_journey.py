"""All that a visitor does, in the engines of Firefox and of Safari."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from stena.settings import Settings, Wall
from tests.browser.hall import KEY, change, hall
from tests.browser.site import FRAME, SCRIPT, Site
from tests.browser.site import put as put_there
from tests.browser.visitor import address, put, react
from tests.engines.wall import counts, message
from tests.test_audience import until_count
from tests.web.events import listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.conftest import Client
    from tests.engines.visitor import Visitor
    from tests.web.events import Events

# A mark in the page that is lost when another page takes its place.
STAY, STAYED = "window.here = true", "window.here"
LIVE = "document.querySelector('#live:not([hidden], .lost)')"
REPLIES = ".replies .words"
ANSWER = "form.write:has([name=reply_to])"
COUNTS = ".reactions span"


@pytest.fixture
def settings(site: Site) -> Settings:
    return Settings(wall=Wall(origins=(site.origin,), posts_per_minute=0))


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    """Another site, which has put nothing on its page yet."""
    async with Site.open() as site:
        yield site


@pytest.fixture
async def streams(client: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Events]:
    """The number of open streams, and one for this reader, as the server announces it often."""
    monkeypatch.setattr("stena.web.api.stream.HEARTBEAT_SECONDS", 0.3)
    async with listening(client, query="?audience=1&thread=elsewhere") as events:
        yield events


async def test_a_message_is_posted_where_one_is_then_edited_and_deleted(
    visitor: Visitor, client: Client
) -> None:
    await put(client, "There before", "Vera")
    await visitor.go(address(client))
    await visitor.sees(["There before"])
    await visitor.run(STAY)

    await visitor.fill("#write textarea", "Доброе утро, wall")
    await visitor.fill("#write [name=name]", "Marina")
    await visitor.click("#write button")

    await visitor.sees(["Доброе утро, wall", "There before"])
    await visitor.sees_first("Marina", "article .name")
    await visitor.until_true("document.querySelector('#write textarea').value === ''")
    await visitor.until_true(
        "document.querySelector('#m2 .mine') && !document.querySelector('#m1 .mine')"
    )
    await visitor.until_true(STAYED)

    await edit_and_delete(visitor, client, 2)


async def test_a_refused_text_stays_in_its_field_and_a_draft_survives_a_reload(
    visitor: Visitor, client: Client
) -> None:
    await visitor.go(address(client))
    await visitor.until_true(LIVE)
    await visitor.run("document.querySelector('#write textarea').value = 'x'.repeat(4000)")
    await visitor.type("#write textarea", "yz")
    await visitor.click("#write button")
    await visitor.sees_first("4002", "#write .refusal:not(:empty)")
    await visitor.until_true("document.querySelector('#write textarea').value.length === 4002")
    await visitor.fill("#write textarea", "Half a thought")
    await visitor.reload()
    await visitor.until_true("document.querySelector('#write textarea').value === 'Half a thought'")
    await visitor.click("#write button")
    await visitor.sees(["Half a thought"])


async def test_what_others_do_appears_by_itself(visitor: Visitor, client: Client) -> None:
    await put(client, "There before", key=KEY)
    await visitor.go(address(client))
    await visitor.sees(["There before"])
    await visitor.run(STAY)
    for number in range(3):
        await put(client, f"Now {number}")
        await visitor.sees_first(f"Now {number}")
    await change(client, "edit", id=1, text="There before, and edited")
    await visitor.sees(["Now 2", "Now 1", "Now 0", "There before, and edited"])
    await put(client, "A reply", reply_to=4)
    await visitor.sees(["A reply"], REPLIES)
    await react(client, 4, "wow")
    await visitor.sees(["1"], COUNTS)
    await change(client, "delete", id=1)
    await visitor.sees(["Now 2", "A reply", "Now 1", "Now 0"])
    await visitor.until_true(STAYED)


async def test_new_messages_wait_while_one_reads_further_down(
    visitor: Visitor, client: Client
) -> None:
    for number in range(30):
        await put(client, f"message {number}")
    await visitor.go(address(client))
    await visitor.until_true(LIVE)
    await visitor.run("scrollTo(0, 1200)")
    place = "document.querySelector('#m15').getBoundingClientRect().top"
    before = await visitor.run(f"return {place}")
    await put(client, "new")
    await visitor.sees_first("1", "#news")
    assert await visitor.run(f"return {place}") == before
    await visitor.click("#news")
    await visitor.sees_first("new")
    await visitor.until_true("document.querySelector('#m31').getBoundingClientRect().top >= 0")


async def test_one_replies_and_reacts_on_the_page(visitor: Visitor, client: Client) -> None:
    await put(client, "There before")
    await react(client, 1, "like")
    await visitor.go(address(client))
    await visitor.run(STAY)

    await visitor.click("#m1 .answer")
    await visitor.fill(f"{ANSWER} textarea", "I think so too")
    await visitor.click(f"{ANSWER} button")
    await visitor.sees(["I think so too"], REPLIES)

    await visitor.click("#m1 > footer [value=like]")
    await visitor.sees(["2"], COUNTS)
    await visitor.click("#m1 > footer summary")
    await visitor.click("#m1 > footer [value=laugh]")
    await visitor.sees(["2", "1"], COUNTS)
    await visitor.until(counts(client, 1, like=2, laugh=1), "react")
    await visitor.click("#m1 > footer [value=like]")
    await visitor.until(counts(client, 1, like=1, laugh=1), "take one back")
    await visitor.sees(["1", "1"], COUNTS)
    await visitor.until_true(STAYED)
    # The page stores it when it has the answer, which the wall's count and the stream may precede.
    felt = "(localStorage.getItem('felt') ?? '')"
    await visitor.until_true(f"{felt}.includes('laugh') && !{felt}.includes('like')")

    await visitor.reload()
    await visitor.until_true("document.querySelector('[value=laugh][aria-pressed]')")
    await visitor.until_true("!document.querySelector('[value=like][aria-pressed]')")


async def test_a_long_wall_is_searched_and_read_to_its_beginning(
    visitor: Visitor, client: Client
) -> None:
    await put(client, "The first of all were bees")
    for number in range(60):
        await put(client, f"message {number}")
    await visitor.go(address(client))
    await visitor.run(STAY)
    await visitor.click(".earlier a")
    await visitor.until_true("document.querySelector('#m1')")
    await visitor.until_true("document.querySelectorAll('#messages > article').length === 61")
    await visitor.until_true(STAYED)

    await visitor.click("nav a[href$='/search']")
    await visitor.fill("#q", "bee")
    await visitor.click("#search button")
    await visitor.sees(["The first of all were bees"], "#found .excerpt")
    await visitor.click("#found time")
    await visitor.sees(["The first of all were bees"])
    assert await visitor.address() == f"{address(client)}/m/1"


async def test_all_of_it_is_done_without_scripts(
    visitor_without_scripts: Visitor, client: Client
) -> None:
    visitor = visitor_without_scripts
    await put(client, "The first of all were bees")
    for number in range(60):
        await put(client, f"message {number}")
    await visitor.go(address(client))
    await visitor.fill("#write textarea", "Good morning, wall")
    await visitor.click("#write button")
    await visitor.sees_first("Good morning, wall")
    assert await visitor.texts("#kept a")

    await visitor.click("#m62 .answer")
    await visitor.fill(f"{ANSWER} textarea", "And good evening")
    await visitor.click(f"{ANSWER} button")
    await visitor.sees(["And good evening"], REPLIES)
    await visitor.click("#m62 > footer summary")
    await visitor.click("#m62 > footer [value=love]")
    await visitor.sees(["1"], "#m62 > footer span")
    await visitor.click("#m62 > footer [value=love]")
    await visitor.until(counts(client, 62), "take it back")

    await visitor.go(address(client))
    await visitor.click(".earlier a")
    await visitor.sees_one("The first of all were bees")
    await visitor.click("nav a[href$='/search']")
    await visitor.fill("#q", "bee")
    await visitor.click("#search button")
    await visitor.sees(["The first of all were bees"], "#found .excerpt")

    await edit_and_delete(visitor, client, 63)


@pytest.mark.parametrize("lines", [SCRIPT, FRAME], ids=["script", "frame"])
async def test_the_wall_in_the_page_of_another_site_works_and_is_live(
    visitor: Visitor, site: Site, client: Client, lines: str
) -> None:
    await put_there(client, "There before")
    site.put(address(client), lines)
    # A click does not scroll the page around a frame of another site.
    await visitor.resize(1800)
    await visitor.go(site.origin)
    async with visitor.inside():
        await visitor.sees(["There before"])
        await visitor.fill("#write textarea", "Good morning, bees")
        await visitor.click("#write button")
        await visitor.sees(["Good morning, bees", "There before"])
        await visitor.until_true(LIVE)
        await put_there(client, "Good morning, you")
        await visitor.sees(["Good morning, you", "Good morning, bees", "There before"])
        await visitor.click("#m1 .answer")
        await visitor.fill(f"{ANSWER} textarea", "Since August")
        await visitor.click(f"{ANSWER} button")
        await visitor.sees(["Since August"], REPLIES)
    await visitor.sees(["Written in August."], "#after")

    async def fits() -> bool:
        # Both anew each time: what is in the frame may still grow.
        async with visitor.inside():
            height = await visitor.run("return document.documentElement.scrollHeight")
        frame = "document.querySelector('iframe').getBoundingClientRect().height"
        return bool(await visitor.run(f"return Math.abs({frame} - arguments[0]) < 2", height))

    if lines == SCRIPT:
        await visitor.until(fits, "fit the frame to what is in it")


async def test_a_screen_in_a_hall_shows_what_is_new(visitor: Visitor, client: Client) -> None:
    for number in range(3):
        await put(client, f"message {number}")
    await visitor.go(hall(client))
    await visitor.sees_first("message 2", "main .words")
    await visitor.run(STAY)
    for text in ("Good morning", "Good evening"):
        await put(client, text)
        await visitor.sees_first(text, "main .words")
    await visitor.until_true(STAYED)
    await visitor.until_true(
        "document.querySelector('.code svg').getBoundingClientRect().width > 0"
    )


async def test_eight_windows_share_a_stream_and_all_of_them_work(
    visitor: Visitor, client: Client, streams: Events
) -> None:
    await put(client, "There before")
    # Not tabs: of those one is seen at a time, and the others want no stream.
    for _ in range(7):
        await visitor.open_window()
    windows = await visitor.windows()
    for number, window in enumerate(windows):
        await visitor.look_at(window)
        await visitor.go(f"{address(client)}/{'m/1' if number % 4 == 3 else ''}")
        await visitor.sees_first("There before", "#m1 > .words")
    for number, window in enumerate(windows):
        await visitor.look_at(window)
        await visitor.fill("form.write textarea", f"from {number}")
        await visitor.click("form.write button")
        await visitor.sees_one(f"from {number}")
    await put(client, "The last")
    for number, window in enumerate(windows):
        await visitor.look_at(window)
        # The replies that were posted on the page of the message.
        await visitor.sees(["from 3", "from 7"], "#m1 .replies .words")
        if number % 4 != 3:
            await visitor.sees_first("The last")
    async with asyncio.timeout(60):
        await until_count(streams, 2)


async def edit_and_delete(visitor: Visitor, client: Client, number: int) -> None:
    """Do it on the page that is for it, with scripts and without."""
    page = f"{address(client)}/m/{number}/edit"
    await visitor.go(page)
    await visitor.fill(f"form[action$='/m/{number}/edit'] textarea", "Other words")
    await visitor.click(f"form[action$='/m/{number}/edit'] button")
    await visitor.sees_first("Other words", f"#m{number} > .words")
    assert await message(client, number) is not None

    await visitor.go(page)
    await visitor.click(f"form[action$='/m/{number}/delete'] button")

    async def deleted() -> bool:
        return await message(client, number) is None

    await visitor.until(deleted, "delete the message")
