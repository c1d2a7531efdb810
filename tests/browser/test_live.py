from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from stena.message import Draft
from tests.article.repository import free_port
from tests.browser.hostile import TEXTS
from tests.browser.visitor import (
    address,
    assert_server_renders_the_same,
    put,
    stop_the_clock,
    texts,
)
from tests.browser.witness import Witness
from tests.marks import is_as_typed
from tests.program import post, running

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Route

    from stena.store.database import Address
    from tests.backup import Backup
    from tests.conftest import Client

PILL = "#news"
STREAM = "**/api/messages.stream*"
KEY = "k" * 24


async def test_somebody_elses_message_appears_by_itself(page: Page, client: Client) -> None:
    await put(client, "There before", "Vera")
    await page.goto(address(client))
    for text, name in (("Just now: https://example.com/ 🙂", "Marina"), ("Without a name", "")):
        await put(client, text, name)
        await expect(texts(page).first).to_have_text(text)
    await assert_server_renders_the_same(page)


async def test_the_first_message_takes_the_place_of_the_invitation(
    page: Page, client: Client
) -> None:
    await page.goto(address(client))
    await expect(page.locator(".empty")).to_be_visible()
    await put(client, "The first")
    await expect(texts(page)).to_have_text(["The first"])
    await expect(page.locator(".empty")).to_have_count(0)


async def test_what_is_being_read_does_not_move(page: Page, client: Client) -> None:
    for number in range(30):
        await put(client, f"message {number}")
    await page.goto(address(client))
    await expect(page.locator("#live")).to_be_visible()
    await page.evaluate("scrollTo(0, 1200)")
    read = page.get_by_text("message 15", exact=True)
    before = await read.bounding_box()
    for number in range(3):
        await put(client, f"new {number}")
    await expect(page.locator(PILL)).to_have_text("↑ 3 new messages")
    assert await read.bounding_box() == before
    await page.locator(PILL).click()
    await expect(texts(page).first).to_have_text("new 2")
    await expect(texts(page).first).to_be_in_viewport()
    await expect(page.locator(PILL)).to_be_hidden()
    assert await texts(page).count() == 33


async def test_new_messages_are_counted_in_good_russian(browser: Browser, client: Client) -> None:
    context = await browser.new_context(locale="ru-RU")
    page = await context.new_page()
    for number in range(30):
        await put(client, f"{number}")
    await page.goto(address(client))
    await page.evaluate("scrollTo(0, 1200)")
    for expected in (
        "↑ 1 новое сообщение",
        "↑ 2 новых сообщения",
        "↑ 3 новых сообщения",
        "↑ 4 новых сообщения",
        "↑ 5 новых сообщений",
    ):
        await put(client, "ещё")
        await expect(page.locator(PILL)).to_have_text(expected)
    await context.close()


async def test_what_happened_between_the_page_and_its_stream_is_not_missed(
    page: Page, client: Client
) -> None:
    await put(client, "On the page")

    async def late(route: Route) -> None:
        await put(client, "In between")
        await route.continue_()

    # A page that waits for long asks once more.
    await page.route(STREAM, late, times=1)
    await page.goto(address(client))
    await expect(texts(page)).to_have_text(["In between", "On the page"])


async def test_ones_own_message_stands_once(page: Page, client: Client) -> None:
    await page.goto(address(client))
    for number in range(3):
        await page.locator("textarea").fill(f"Mine {number}")
        await page.get_by_role("button", name="Put it on the wall").click()
        await expect(texts(page).first).to_have_text(f"Mine {number}")
    await put(client, "Somebody else's")
    await expect(texts(page)).to_have_text(["Somebody else's", "Mine 2", "Mine 1", "Mine 0"])


async def test_a_late_answer_to_a_post_takes_nothing_away_that_has_come_meanwhile(
    page: Page, client: Client
) -> None:
    async def late(route: Route) -> None:
        answer = await route.fetch()
        await put(client, "Quicker than the answer")
        await expect(texts(page).first).to_have_text("Quicker than the answer")
        await route.fulfill(response=answer)

    await page.goto(address(client))
    await page.route("**/messages", late)
    await page.locator("textarea").fill("Mine")
    await page.get_by_role("button", name="Put it on the wall").click()
    await expect(page.locator("#write [role=status]")).not_to_be_empty()
    await expect(texts(page)).to_have_text(["Quicker than the answer", "Mine"])


async def test_hostile_messages_that_come_live_do_nothing(browser: Browser, client: Client) -> None:
    context = await browser.new_context()
    witness = await Witness.of(context, address(client))
    await stop_the_clock(witness.page)
    await witness.page.goto(address(client))
    for text in TEXTS:
        await put(client, text)
    await expect(texts(witness.page)).to_have_count(len(TEXTS))
    shown = await texts(witness.page).evaluate_all("(all) => all.map((one) => one.textContent)")
    for typed, seen in zip(TEXTS[::-1], shown, strict=True):
        assert is_as_typed(seen, Draft.of(typed).text)
    inside = (
        await texts(witness.page)
        .locator("*")
        .evaluate_all(
            "(all) => all.map((one) => one.href ? new URL(one.href).protocol : one.localName)"
        )
    )
    assert set(inside) <= {"http:", "https:", "p", "blockquote", "em", "strong", "code"}
    assert witness.heard == []
    await context.close()


async def test_a_lost_connection_is_said_and_what_was_missed_arrives(
    page: Page, tmp_path: Path, address: Address
) -> None:
    # Not one that the system gives to somebody else while nobody listens at it.
    port = str(free_port())
    start = partial(running, errors=tmp_path / "log", DATABASE_URL=address.url, PORT=port)
    with start() as program:
        await page.goto(program.url)
        post(f"{program.url}/api/messages.create", b'{"text": "before"}', "application/json")
        await expect(texts(page)).to_have_text(["before"])
        program.stop()
    await expect(page.locator("#live")).to_have_text("The connection is lost. Trying again…")
    with start() as program:
        post(f"{program.url}/api/messages.create", b'{"text": "meanwhile"}', "application/json")
        await expect(texts(page)).to_have_text(["meanwhile", "before"])
        await expect(page.locator("#live")).to_have_text("Live")


async def test_without_room_for_a_stream_the_page_asks_now_and_then(
    page: Page, client: Client
) -> None:
    await page.clock.install()
    await page.route(STREAM, lambda route: route.fulfill(status=503, body="{}"))
    await page.goto(address(client))
    await expect(page.locator("#live")).to_be_visible()
    await put(client, "Found by asking")
    await page.clock.run_for(20_000)
    await expect(texts(page)).to_have_text(["Found by asking"])


async def test_where_the_page_asks_now_and_then_a_reply_is_written_in_peace(
    page: Page, client: Client
) -> None:
    await put(client, "There before")
    await page.clock.install()
    await page.route(STREAM, lambda route: route.fulfill(status=503, body="{}"))
    await page.goto(address(client))
    await page.get_by_role("link", name="Reply").click()
    field = page.get_by_label("Your reply")
    await expect(field).to_be_focused()
    await field.press_sequentially("Half a thou")
    await put(client, "Found by asking")

    await page.clock.run_for(20_000)

    await expect(page.locator(PILL)).to_have_text("↑ 1 new message")
    await expect(field).to_be_focused()
    await page.keyboard.type("ght")
    await expect(field).to_have_value("Half a thought")
    await page.locator(PILL).click()
    await expect(texts(page)).to_have_text(["Found by asking", "There before"])


async def test_what_changes_while_a_list_waits_to_be_shown_is_in_it(
    page: Page, client: Client
) -> None:
    for number in range(1, 31):
        await put(client, f"message {number}", key=KEY)
    await page.clock.install()
    await page.route(STREAM, lambda route: route.fulfill(status=503, body="{}"))
    await page.goto(address(client))
    await page.evaluate("scrollTo(0, 1200)")
    await put(client, "message 31")
    await page.unroute(STREAM)
    async with page.expect_response(STREAM):
        await page.clock.run_for(20_000)
    await expect(page.locator(PILL)).to_have_text("↑ 1 new message")

    await client.post("/api/messages.edit", json={"id": 30, "text": "other words", "key": KEY})
    await client.post("/api/messages.delete", json={"id": 29, "key": KEY})
    await put(client, "reply", reply_to=28)
    await put(client, "message 33")
    await expect(page.locator(PILL)).to_have_text("↑ 2 new messages")
    await page.locator(PILL).click()

    await expect(texts(page).first).to_have_text("message 33")
    top = ["message 33", "message 31", "other words", "message 28", "reply", "message 27"]
    assert (await texts(page).all_inner_texts())[:6] == top
    await assert_server_renders_the_same(page)


async def test_an_open_page_follows_a_wall_that_was_restored_from_a_backup(
    page: Page, client: Client, backup: Backup
) -> None:
    await put(client, "kept")
    await backup.make()
    await put(client, "lost")
    await page.goto(address(client))
    await put(client, "lost too")
    await expect(texts(page)).to_have_text(["lost too", "lost", "kept"])
    await backup.restore_in_place()
    await expect(texts(page)).to_have_text(["kept"])
    # It has the number of the first that was lost.
    await put(client, "new")
    await expect(texts(page)).to_have_text(["new", "kept"])
