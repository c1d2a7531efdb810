"""The screen in a hall, looked at as one would hang it up."""

from __future__ import annotations

import asyncio
import base64
import re
import socket
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import segno
from playwright.async_api import Page, expect

from tests.browser.crowding import CROWDING
from tests.browser.hostile import TEXTS
from tests.browser.visitor import address, put, quiet
from tests.marks import is_as_typed
from tests.program import post, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Browser, Locator, Route

    from stena.store.database import Address
    from tests.browser.witness import Witness
    from tests.conftest import Client

SIZES = [
    (1920, 1080),
    (3840, 2160),
    (1280, 720),
    (1080, 1920),
    (2560, 1080),
    (1024, 768),
    (360, 740),
]
GREETING = "Good morning, everybody. The kettle is on, the door is open, come in and say hello."
KEY = "k" * 20
# What there is to see, and what of it is not as it should be.
GEOMETRY = """
() => {
    // A browser says so at its next picture, and without scripts it draws none for us.
    dispatchEvent(new Event("resize"));
    const list = document.querySelector("main");
    const main = list.getBoundingClientRect();
    const seen = [...document.querySelectorAll("main > .message")]
        .filter((one) => one.getBoundingClientRect().left < main.right);
    const outside = (one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
    };
    const cut = (one) => {
        const words = one.querySelector(".words");
        const range = document.createRange();
        range.selectNodeContents(words);
        const end = words.getBoundingClientRect().bottom;
        const middle = ({ top, bottom }) => top < end - 4 && (top + bottom) / 2 > end;
        return end > one.getBoundingClientRect().bottom || [...range.getClientRects()].some(middle);
    };
    const columns = Map.groupBy(seen, (one) => Math.round(one.getBoundingClientRect().left));
    const rest = document.querySelectorAll("main > .message").length - seen.length;
    const lowest = [...columns.values()].map((all) => all.at(-1).getBoundingClientRect().bottom);
    const edge = main.bottom - parseFloat(getComputedStyle(list).paddingBottom);
    const parts = [...document.querySelectorAll("h1, .invitation, .call, .call p, .code svg")];
    const [heading, invitation] = parts.map((one) => one.getBoundingClientRect());
    return {
        scrolls: document.documentElement.scrollWidth > innerWidth
            || document.documentElement.scrollHeight > innerHeight,
        outside: [...seen, ...parts].filter(outside).map((one) => one.className),
        cut: seen.filter(cut).map((one) => one.textContent.slice(0, 60)),
        ragged: rest > 0 && lowest.some((bottom) => Math.abs(bottom - edge) > 2),
        apart: heading.bottom <= invitation.top,
        seen: seen.length,
    };
}
"""
FINE = {"scrolls": False, "outside": [], "cut": [], "ragged": False, "apart": True}
# The colours in the middle of each module, of a picture of the code.
MODULES = """
async ([picture, count]) => {
    const blob = await (await fetch(`data:image/png;base64,${picture}`)).blob();
    const image = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const light = (x, y) => canvas.getImageData(x, y, 1, 1).data[1];
    const place = (at) => ((at + 0.5) * image.width) / count;
    const all = [...Array(count).keys()];
    return all.map((y) => all.map((x) => light(place(x), place(y))));
}
"""


def hall(client: Client, query: str = "") -> str:
    return f"{address(client)}/live{query}"


def again_in(seconds: int) -> Callable[[Route], Awaitable[None]]:
    """The page as it is, which without scripts comes again after another while."""

    async def fulfil(route: Route) -> None:
        answer = await route.fetch()
        body = (await answer.text()).replace('content="15"', f'content="{seconds}"')
        await route.fulfill(response=answer, body=body)

    return fulfil


@pytest.fixture
async def still(tab: Page) -> AsyncGenerator[Page]:
    """A screen that waits until it has been looked at."""
    await tab.route("**/live*", again_in(900))
    yield tab
    await tab.unroute_all()


def words(page: Page) -> Locator:
    return page.locator("main .words")


async def change(client: Client, method: str, **fields: object) -> Any:  # noqa: ANN401 -- JSON
    answer = await client.post(f"/api/messages.{method}", json=fields | {"key": KEY})
    assert answer.ok, await answer.text()
    return await answer.json()


async def test_on_every_screen_all_is_whole_and_nothing_can_be_reached(
    still: Page, client: Client
) -> None:
    for text, name in CROWDING.values():
        await put(client, GREETING, "Marina")
        await put(client, text, name)
    for query in ("?theme=dark", "?lang=ru"):
        await still.goto(hall(client, query))
        for width, height in SIZES:
            await still.set_viewport_size({"width": width, "height": height})
            found = await still.evaluate(GEOMETRY)
            assert found.pop("seen") >= 3, (width, height)
            assert (width, height, found) == (width, height, FINE)
    await still.keyboard.press("Tab")
    assert await still.evaluate("document.activeElement === document.body")
    assert await still.evaluate("getComputedStyle(document.body).cursor") == "none"


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5])
async def test_a_wall_with_little_on_it_is_whole_too(
    still: Page, client: Client, count: int
) -> None:
    for _ in range(count):
        await put(client, GREETING * 5)
    await still.goto(hall(client))
    for width, height in SIZES:
        await still.set_viewport_size({"width": width, "height": height})
        found = await still.evaluate(GEOMETRY)
        if count < 3:
            assert found["seen"] == count
        assert (width, height, found) == (width, height, FINE | {"seen": found["seen"]})
    await expect(still.locator(".bare")).to_be_visible(visible=count == 0)


async def test_a_phone_can_read_the_code_in_the_dark_too(
    browser: Browser, page: Page, client: Client
) -> None:
    await put(client, GREETING)
    reader = await browser.new_page()
    matrix = [list(row) for row in segno.make(f"{address(client)}/", micro=False, error="m").matrix]
    count = len(matrix) + 8
    for theme in ("light", "dark"):
        await page.goto(hall(client, f"?theme={theme}"))
        await quiet(page)
        picture = await page.locator(".code svg").screenshot()
        encoded = base64.b64encode(picture).decode()
        found = await reader.evaluate(MODULES, [encoded, count])
        dark = [[int(light < 60) for light in row[4:-4]] for row in found[4:-4]]
        assert dark == matrix
        assert {light > 240 for row in (*found[:4], *found[-4:]) for light in row} == {True}
    await reader.close()


async def test_a_new_message_comes_by_itself_and_stands_first(page: Page, client: Client) -> None:
    parent = await put(client, "There before", "Vera")
    await page.goto(hall(client))
    for text in ("Just now: https://example.com/ *yes*", "And another"):
        await put(client, text, "Marina")
        await expect(words(page).first).to_have_text(text.replace("*", ""))
        await expect(page.locator("article.new").first).to_be_visible()
    await change(client, "create", text="an answer", reply_to=parent)
    await put(client, "The last")
    await expect(words(page)).to_have_count(4)
    live = await words(page).evaluate_all("(all) => all.map((one) => one.innerHTML)")
    assert live[1:3] == [
        '<p dir="auto">And another</p>',
        '<p dir="auto">Just now: <a>https://example.com/</a> <em>yes</em></p>',
    ]
    sizes = "(all) => all.map((one) => [one.id, one.dataset.size])"
    arrived = await page.locator("main > article").evaluate_all(sizes)
    await page.reload()
    # The same, whoever made them.
    painted = await words(page).evaluate_all("(all) => all.map((one) => one.innerHTML)")
    assert painted == live
    assert await page.locator("main > article").evaluate_all(sizes) == arrived


async def test_without_scripts_it_comes_too(browser: Browser, client: Client) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.route("**/live*", again_in(1))
    await page.goto(hall(client, "?theme=dark"))
    await put(client, "New")
    await expect(words(page)).to_have_text(["New"], timeout=30_000)
    await context.close()


async def test_what_is_changed_or_taken_down_is_so_on_the_screen(
    page: Page, client: Client
) -> None:
    made = [await change(client, "create", text=f"message {number}") for number in range(3)]
    first, second, third = (one["message"]["id"] for one in made)
    await change(client, "create", text="a reply", reply_to=third)
    await page.goto(hall(client))
    await change(client, "edit", id=second, text="other words " * 20)
    await expect(words(page)).to_have_text(["message 2", "other words " * 20, "message 0"])
    await expect(page.locator(f"#m{second}")).to_have_attribute("data-size", "long")
    await change(client, "delete", id=first)
    await change(client, "delete", id=third)
    await expect(words(page)).to_have_text(["other words " * 20])
    await change(client, "delete", id=second)
    await expect(page.locator(".bare")).to_be_visible()


async def test_hostile_texts_stay_text(witness: Witness, client: Client) -> None:
    page = witness.page
    await page.set_viewport_size({"width": 1280, "height": 720})
    await page.goto(hall(client))
    together = ["\n".join(TEXTS[at : at + 12]) for at in range(0, len(TEXTS), 12)]
    for text in together:
        await put(client, text, text[:60] if text[:60].isprintable() else "")
    for _ in ("live", "painted"):
        await expect(words(page)).to_have_count(len(together))
        await quiet(page)
        shown = await words(page).evaluate_all("(all) => all.map((one) => one.textContent)")
        for seen, typed in zip(shown, together[::-1], strict=True):
            assert is_as_typed(seen, re.sub("\r\n|\u2028|\u2029", "\n", typed).strip())
        parts = await page.locator("main .words *").evaluate_all(
            "(all) => all.map((one) => [one.localName, ...one.getAttributeNames()].join(' '))"
        )
        assert set(parts) <= {"p dir", "blockquote dir", "a", "em", "strong", "code"}
        await page.reload()


async def test_after_hundreds_of_messages_the_page_is_no_larger(page: Page, client: Client) -> None:
    await page.goto(hall(client))
    for begin in range(0, 200, 20):
        await asyncio.gather(*(put(client, f"m {begin + number}") for number in range(20)))
    await put(client, "The last")
    await expect(words(page).first).to_have_text("The last")
    assert await words(page).count() == 40
    ids = await page.locator("main > article").evaluate_all("(all) => all.map((one) => one.id)")
    assert ids == sorted(ids, key=lambda one: -int(one[1:]))


async def test_a_lost_connection_is_said_and_what_was_missed_comes(
    page: Page, tmp_path: Path, address: Address
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    start = partial(running, errors=tmp_path / "log", DATABASE_URL=address.url, PORT=port)
    sign = page.get_by_text("The connection is lost. Trying again…")
    with start() as program:
        await page.goto(f"{program.url}/live")
        post(f"{program.url}/api/messages.create", b'{"text": "before"}', "application/json")
        await expect(words(page)).to_have_text(["before"])
        await expect(sign).to_be_hidden()
        program.stop()
    await expect(sign).to_be_visible()
    with start() as program:
        post(f"{program.url}/api/messages.create", b'{"text": "meanwhile"}', "application/json")
        await expect(words(page)).to_have_text(["meanwhile", "before"], timeout=30_000)
        await expect(sign).to_be_hidden()


async def test_a_line_that_has_died_in_silence_is_noticed(page: Page, client: Client) -> None:
    kept, gone = [
        (await change(client, "create", text=text))["message"]["id"] for text in ("kept", "gone")
    ]
    await page.clock.install()
    # Nothing ever comes through it, and nobody says so.
    await page.route("**/api/messages.stream*", lambda _: None)
    await page.goto(hall(client))
    await expect(words(page)).to_have_text(["gone", "kept"])
    await change(client, "delete", id=gone)
    await change(client, "edit", id=kept, text="changed")
    await put(client, "new")
    await page.clock.run_for(62_000)
    await expect(words(page)).to_have_count(2)
    await page.clock.run_for(2_000)
    await expect(words(page)).to_have_text(["new", "changed"])


async def test_after_an_update_the_page_loads_itself_anew_at_a_quiet_moment(
    page: Page, client: Client
) -> None:
    async def updated(route: Route) -> None:
        answer = await route.fetch()
        body = re.sub(r"hall\.css\?v=\w+", "hall.css?v=new", await answer.text())
        await route.fulfill(response=answer, body=body)

    await page.clock.install()
    await page.goto(hall(client))
    await page.route("**/live", updated)
    await page.evaluate("window.begun = 1")
    await page.clock.run_for(200_000)
    await page.wait_for_function("() => !window.begun", polling=100)
    assert "hall.css?v=new" in await page.content()


async def test_the_page_loads_itself_anew_once_a_night(page: Page, client: Client) -> None:
    await page.clock.install(time="2026-05-01T22:00:00")
    await page.goto(hall(client))
    await page.evaluate("window.begun = 1")
    await page.clock.run_for(200_000)
    assert await page.evaluate("window.begun") == 1
    await page.clock.fast_forward("07:00:00")
    await page.wait_for_function("() => !window.begun", polling=100)


async def test_who_minds_motion_sees_none(browser: Browser, client: Client) -> None:
    context = await browser.new_context(reduced_motion="reduce")
    page = await context.new_page()
    await put(client, "before")
    await page.goto(hall(client))
    await put(client, "new")
    await expect(page.locator("article.new")).to_have_count(1)
    # What is new is marked, and stands still.
    running = "() => document.getAnimations().map((one) => one.animationName)"
    assert await page.evaluate(running) == ["glow"]
    timing = await page.locator("article.new").evaluate(
        "(one) => getComputedStyle(one).animationTimingFunction"
    )
    assert timing.startswith("steps(1")
    await context.close()
