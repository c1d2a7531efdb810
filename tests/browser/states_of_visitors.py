"""The states in which visitors find the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.people import SOUGHT, TYPED
from tests.browser.state import State
from tests.browser.visitor import fill
from tests.browser.walls import KEY

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

STREAM = "**/api/messages.stream*"


async def never(_: Route) -> None:
    """Leave a request unanswered."""


async def send_nothing(page: Page) -> None:
    await send(page, text=" ")
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


async def send_a_long_name(page: Page) -> None:
    await send(page, times=11)
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


async def write_much(page: Page) -> None:
    await fill(page, "Good morning! Доброе утро! " * 130)
    await expect(page.locator(".counter:visible")).to_have_count(1)


async def post_and_wait(page: Page) -> None:
    await page.route("**/messages", never)
    await send(page)
    await expect(page.locator("#write button")).to_be_disabled()


async def be_asked_for_a_step(page: Page) -> None:
    # The work begins, and does not end.
    await page.route("**/work.js*", never)
    await send(page)
    await expect(page.locator(".step .work")).to_be_visible()


async def stop_the_work(page: Page) -> None:
    await be_asked_for_a_step(page)
    await page.locator(".step [type=button]").click()


async def send(page: Page, text: str | None = None, times: int = 1) -> None:
    """Fill in and send the form, with a text in the page's language."""
    ours, name = TYPED[await page.locator("html").get_attribute("lang") or ""]
    await fill(page, ours if text is None else text, name * times)
    await page.locator("#write .row button").click()


async def read_on_while_others_write(page: Page) -> None:
    await page.locator(".onward").scroll_into_view_if_needed()
    origin = await page.evaluate("location.origin")
    for text in ("One more", "And another"):
        await page.request.post(f"{origin}/api/messages.create", data={"text": text})
    await expect(page.locator("#news")).to_be_visible()


async def lose_the_connection(page: Page) -> None:
    await expect(page.locator("#live")).to_be_visible()


async def report_too_much(page: Page) -> None:
    await page.locator("#words").evaluate("(field) => { field.value = 'x'.repeat(501) }")
    await send_the_report(page)
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


async def report(page: Page) -> None:
    await send_the_report(page)
    await expect(page.locator("#report")).to_have_count(0)


async def send_the_report(page: Page) -> None:
    await page.locator("[value=other]").check()
    await page.locator("#report button").click()


async def be_asked_to_pay_for_a_report(page: Page) -> None:
    await page.route("**/work.js*", never)
    await send_the_report(page)
    await expect(page.locator(".step .work")).to_be_visible()


async def be_asked_to_pay_for_a_reaction(page: Page) -> None:
    """As without scripts, which a browser can fail to load."""
    await page.route("**/work.js*", never)
    await page.locator(".reactions").first.evaluate(
        """(form) => {
            const kind = document.createElement("input");
            form.append(Object.assign(kind, { type: "hidden", name: "kind", value: "love" }));
            form.submit();
        }"""
    )
    await expect(page.locator("#reaction .work")).to_be_visible()
    await page.locator(".step [type=button]").click()


async def open_the_reactions(page: Page) -> None:
    await page.locator(".reactions summary").first.click()


async def touch_the_form(page: Page) -> None:
    await page.locator("#write textarea").focus()
    await expect(page.locator("#write [name=name]")).to_be_visible()


async def edit_in_place(page: Page) -> None:
    await page.locator(".mine").click()
    await expect(page.locator(".editing textarea")).to_be_focused()


async def delete_in_place(page: Page) -> None:
    # One of its own, because it is deleted for good when the page is left.
    await send(page)
    await edit_in_place(page)
    await page.evaluate(FOREVER)
    await page.locator(".editing .danger button").click()
    await expect(page.locator(".editing > button")).to_be_focused()


async def search(page: Page) -> None:
    word = SOUGHT[await page.locator("html").get_attribute("lang") or ""]
    await page.locator("#q").fill(word)
    await page.locator("#search button").click()
    await expect(page.locator("#found mark").first).to_be_visible()


async def try_a_method(page: Page) -> None:
    form = page.locator("[id='messages.list'] form")
    await form.locator("button").first.click()
    await expect(form.locator(".answer")).to_be_visible()
    await form.scroll_into_view_if_needed()


# The time to undo a deletion, ten seconds, does not end.
FOREVER = """() => {
    const set = setTimeout;
    window.setTimeout = (act, pause) => (pause === 10_000 ? 0 : set(act, pause));
}"""
# With a time far ahead until which it may be edited.
MINE = {"key": KEY, "mine": "{mine}-9999999999"}

STATES = (
    State("empty", "empty"),
    State("messages", "written"),
    State("crowded", "crowded"),
    State("news", "crowded", act=read_on_while_others_write),
    State("earlier", "crowded", "/?before=11"),
    State("nothing earlier", "written", "/?before=1"),
    State("privacy", "written", "/privacy"),
    State("much written", "written", act=write_much),
    State("sending", "written", act=post_and_wait),
    State("text refused", "written", act=send_nothing),
    State("name refused", "empty", act=send_a_long_name),
    State("step asked for", "flooded", act=be_asked_for_a_step),
    State("step in a frame", "flooded", "/embed?theme=dark", act=stop_the_work),
    State("step for a report", "flooded", "/m/{talk}/report", act=be_asked_to_pay_for_a_report),
    State("step for a reaction", "flooded", "/m/{talk}", act=be_asked_to_pay_for_a_reaction),
    State("connection lost", "written", act=lose_the_connection, cut=STREAM),
    State("form touched", "written", act=touch_the_form),
    State("editing", "written", cookies=MINE, act=edit_in_place),
    State("about to be deleted", "written", act=delete_in_place),
    State("reactions open", "written", act=open_the_reactions),
    State("one message", "written", "/m/{talk}"),
    State("one reply", "written", "/m/{answer}"),
    State("mine", "written", "/m/{mine}", cookies=MINE),
    State("private link", "written", cookies=MINE | {"link": "{mine}.{mine}-and-a-key-by-chance"}),
    State("private link opened", "written", "/edit/{mine}"),
    State("edit", "written", "/m/{mine}/edit", cookies=MINE),
    State("report", "written", "/m/{talk}/report"),
    State("report refused", "written", "/m/{talk}/report", act=report_too_much),
    State("reported", "written", "/m/{talk}/report", act=report),
    State("search", "written", "/search"),
    State("found", "written", "/search", act=search),
    State("nothing found", "written", "/search?q=xyzzy"),
    State("search refused", "written", "/search?q=-"),
    State("hall", "crowded", "/live"),
    State("bare hall", "empty", "/live?theme=dark"),
    State("not found", "written", "/nothing"),
    State("framed", "written", "/embed"),
    State("framed and dark", "empty", "/embed?theme=dark"),
    State("framed message", "written", "/embed/m/{talk}?theme=light"),
    State("framed edit", "written", "/embed/m/{mine}/edit", cookies={"frame-key": KEY}),
    State("framed report", "written", "/embed/m/{talk}/report?theme=dark"),
    State("framed not found", "written", "/embed/nothing"),
    State("unavailable", "lost"),
    State("your messages", "written", "/mine", cookies=MINE),
    State("put forward", "forward"),
    State("put forward, framed", "forward", "/embed?theme=dark"),
    State("put forward, in a hall", "forward", "/live"),
    State("locked", "forward", "/m/{talk}"),
    State("conversation closed", "forward", "/m/{old}"),
    State("waits for its link", "forward", "/m/{link}", cookies={"key": KEY}),
    State("api", "written", "/api"),
    State("api tried", "written", "/api", act=try_a_method, part="[id='messages.list']"),
)
