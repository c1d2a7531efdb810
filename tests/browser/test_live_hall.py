"""The screen in a hall shows what happens on the wall, and goes on by itself."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.article.repository import free_port
from tests.browser.hall import STAY_NEW, again_in, change, hall, words
from tests.browser.visitor import put
from tests.program import PATIENCE, post, running
from tests.web.moderating import make_token, moderate

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Route

    from stena.store.database import Address
    from tests.conftest import Client


@pytest.mark.usefixtures("links")
async def test_a_new_message_comes_by_itself_and_stands_first(page: Page, client: Client) -> None:
    parent = await put(client, "There before", "Vera")
    await page.goto(hall(client))
    await page.evaluate(STAY_NEW)
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
    # The same, from server or script.
    painted = await words(page).evaluate_all("(all) => all.map((one) => one.innerHTML)")
    assert painted == live
    assert await page.locator("main > article").evaluate_all(sizes) == arrived


async def test_without_scripts_it_comes_too(browser: Browser, client: Client) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.route("**/live*", again_in(1))
    await page.goto(hall(client, "?theme=dark"))
    await put(client, "New")
    await expect(words(page)).to_have_text(["New"])
    # It may be coming again at this moment.
    await page.unroute_all(behavior="ignoreErrors")
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


async def test_what_the_team_puts_forward_is_on_the_screen(
    page: Page, client: Client, address: Address
) -> None:
    await make_token(address)
    made = [await put(client, f"message {number}") for number in range(45)]
    await page.goto(hall(client))
    await expect(words(page).first).to_have_text("message 44")
    await moderate(client, "notice", text="back on *Monday*: https://a.example")
    notice = page.locator("#notice .words")
    await expect(notice).to_have_text("back on Monday: https://a.example")
    await expect(notice.locator("a[href]")).to_have_count(0)
    # One that is on the screen, and one that is too old for it.
    await moderate(client, "pin", id=made[43])
    await expect(words(page).first).to_have_text("message 43")
    await moderate(client, "pin", id=made[0])
    await expect(words(page).first).to_have_text("message 0")
    await expect(page.locator("main > article").first).to_contain_text("Pinned")
    await put(client, "just now")
    await expect(words(page).nth(2)).to_have_text("just now")
    shown = await words(page).all_text_contents()
    assert len(shown) == 40
    served = await page.context.new_page()
    await served.goto(hall(client))
    assert await words(served).all_text_contents() == shown
    painted = await served.locator("#notice").inner_html()
    assert painted == await page.locator("#notice").inner_html()
    await moderate(client, "pin", id=made[0], on=False)
    await moderate(client, "pin", id=made[43], on=False)
    await moderate(client, "notice", text="")
    await expect(words(page).nth(2)).to_have_text("message 43")
    await expect(words(page).first).to_have_text("just now")
    await expect(page.locator("#notice, .pinned")).to_have_count(0)


async def test_a_pin_that_the_screen_has_missed_comes_when_the_page_is_fetched(
    page: Page, client: Client, address: Address
) -> None:
    await make_token(address)
    made = [await put(client, f"message {number}") for number in range(4)]
    for number in made[1:3]:
        await moderate(client, "pin", id=number)
    await page.route("**/api/messages.stream*", lambda route: route.abort())
    await page.clock.install()
    await page.goto(hall(client))
    order = ["message 2", "message 1", "message 3", "message 0"]
    await expect(words(page)).to_have_text(order)
    await moderate(client, "pin", id=made[2], on=False)
    await moderate(client, "pin", id=made[0])
    await moderate(client, "notice", text="hello")
    await page.clock.run_for(61_000)
    await expect(words(page)).to_have_text(["message 0", "message 1", "message 3", "message 2"])
    await expect(page.locator("#notice")).to_have_text("hello")


async def test_a_late_answer_brings_no_deleted_message_back(page: Page, client: Client) -> None:
    first, second = [
        (await change(client, "create", text=text))["message"]["id"] for text in ("one", "two")
    ]
    await page.goto(hall(client))
    await page.evaluate("""() => {
        const { dataset } = document.body;
        document.addEventListener("refreshed", () => {
            dataset.refreshed = Number(dataset.refreshed ?? 0) + 1;
        });
    }""")
    answered, overtaken = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        if answered.is_set():
            await route.continue_()
            return
        response = await route.fetch()
        answered.set()
        await overtaken.wait()
        await route.fulfill(response=response)

    await page.route("**/live*", late)
    # Each deletion makes room, so the page is fetched; the first answer has the second message.
    await change(client, "delete", id=first)
    await asyncio.wait_for(answered.wait(), PATIENCE)
    await change(client, "delete", id=second)
    # The page is fetched more often if all this takes long.
    await expect(page.locator("body")).to_have_attribute("data-refreshed", re.compile("."))
    times = await page.locator("body").get_attribute("data-refreshed") or ""
    overtaken.set()
    await expect(page.locator("body")).not_to_have_attribute("data-refreshed", times)
    # Messages are shown once a second, so the deleted one would come together with the next.
    await put(client, "three")
    await expect(words(page)).to_have_text(["three"])


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
    # Not one that the system gives to somebody else while nobody listens at it.
    port = str(free_port())
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
        await expect(words(page)).to_have_text(["meanwhile", "before"])
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
    await page.wait_for_function("() => !window.begun", polling=100, timeout=60_000)
    assert "hall.css?v=new" in await page.content()
    # It has looked many times in these minutes, and what it left unread is still on its way.
    await page.unroute_all(behavior="ignoreErrors")


async def test_the_page_loads_itself_anew_once_a_night(page: Page, client: Client) -> None:
    await page.clock.install(time="2026-05-01T22:00:00")
    await page.goto(hall(client))
    await page.evaluate("window.begun = 1")
    await page.clock.run_for(200_000)
    assert await page.evaluate("window.begun") == 1
    await page.clock.fast_forward("07:00:00")
    await page.wait_for_function("() => !window.begun", polling=100, timeout=60_000)
