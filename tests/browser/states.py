"""Every state in which a visitor can find a page, and how to reach it.

The tests of accessibility and `make screenshots` use the same table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.people import SOUGHT, TYPED
from tests.browser.visitor import fill, quiet
from tests.browser.walls import KEY
from tests.owner import execute, make_code

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page, Route

    from tests.browser.walls import Place

STREAM = "**/api/messages.stream*"


async def never(_: Route) -> None:
    """Leave a request unanswered."""


async def nothing(page: Page) -> None:
    """Do nothing: the page as the server renders it."""


@dataclass(frozen=True, slots=True)
class State:
    """A page of a wall, after some action.

    Attributes:
        path: may refer to a labelled message: "/m/{talk}".
        act: the action of the visitor.
        cookies: the cookies of the browser.
        cut: the requests that are never answered.
        role: of the member who is signed in; empty for none.
        fresh: whether the sign-in lets the member change the team.
    """

    name: str
    wall: str
    path: str = "/"
    act: Callable[[Page], Awaitable[None]] = nothing
    cookies: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    role: str = ""
    fresh: bool = True

    async def reach(self, page: Page, places: dict[str, Place]) -> None:
        """Bring an open page into this state from any other."""
        place = places[self.wall]
        if page.url.startswith("http"):
            await page.evaluate("localStorage.clear()")
        # First leave the page, so that pending requests are dropped rather than sent.
        await page.goto("about:blank")
        await page.unroute_all(behavior="ignoreErrors")
        await page.context.clear_cookies()
        for name, value in self.cookies.items():
            known = value.format(**place.ids)
            await page.context.add_cookies([{"name": name, "value": known, "url": place.url}])
        if self.role:
            await be_signed_in(page, place, self.role, fresh=self.fresh)
        if self.cut:
            await page.route(self.cut, lambda route: route.abort())
        await page.goto(place.url + self.path.format(**place.ids))
        await self.act(page)
        await quiet(page)


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


async def send(page: Page, text: str | None = None, times: int = 1) -> None:
    """Fill in and send the form, with a text in the page's language."""
    ours, name = TYPED[await page.locator("html").get_attribute("lang") or ""]
    await fill(page, ours if text is None else text, name * times)
    await page.locator("#write button").click()


async def read_on_while_others_write(page: Page) -> None:
    await page.locator(".onward").scroll_into_view_if_needed()
    origin = await page.evaluate("location.origin")
    for text in ("One more", "And another"):
        await page.request.post(f"{origin}/api/messages.create", data={"text": text})
    await expect(page.locator("#news")).to_be_visible()


async def lose_the_connection(page: Page) -> None:
    await expect(page.locator("#live")).to_be_visible()


async def report_with_a_bell(page: Page) -> None:
    await page.locator("#words").evaluate("(field) => { field.value = 'ding \\u0007' }")
    await send_the_report(page)
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


async def report(page: Page) -> None:
    await send_the_report(page)
    await expect(page.locator("#report")).to_have_count(0)


async def send_the_report(page: Page) -> None:
    await page.locator("[value=other]").check()
    await page.locator("#report button").click()


async def open_the_reactions(page: Page) -> None:
    await page.locator("article summary").first.click()


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


async def be_signed_in(page: Page, place: Place, role: str, *, fresh: bool) -> None:
    assert place.address is not None
    await execute(
        place.address,
        # In the order in which they refer to each other.
        *(
            f"DELETE FROM {table}"  # noqa: S608 -- constants
            for table in ("report", "decision", "session", "sign_in_code", "token", "member")
        ),
    )
    for name, their_role in (
        ("Борис", "owner"),
        ("A moderator with a long name " * 2, "moderator"),
    ):
        code = await make_code(place.address, name.strip(), their_role)  # type: ignore[arg-type]  # one of Role
        if their_role == role:
            await page.request.post(f"{place.url}/owner/sign-in", form={"code": code})
    if not fresh:
        await execute(place.address, "UPDATE session SET confirmed = NULL")


async def make_a_code(page: Page) -> None:
    await page.locator("form[action$='/devices/code'] button").click()
    await expect(page.locator(".qr svg")).to_be_visible()


async def type_a_wrong_code(page: Page) -> None:
    await page.locator("#code").fill("7K2QD")
    await page.locator("#sign-in button").click()
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


async def invite_nobody(page: Page) -> None:
    await page.locator("#name").fill(" \u200b")
    await page.locator("#invite button").click()
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


async def make_a_token(page: Page) -> None:
    await page.locator("#name").fill("A bot that reads the news")
    await page.locator("#make button").click()
    await expect(page.locator("#token")).to_be_visible()


async def have_a_token(page: Page) -> None:
    await make_a_token(page)
    await page.locator(".back a").click()
    await expect(page.locator(".rows li")).to_have_count(1)


async def name_no_program(page: Page) -> None:
    await page.locator("#name").fill(" \u200b")
    await page.locator("#make button").click()
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


async def let_the_last_owner_leave(page: Page) -> None:
    await page.locator("form[action$='/leave'] button").first.click()
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


async def let_some_wait(page: Page) -> None:
    """Post five messages of one browser and another one, which wait."""
    origin = await page.evaluate("location.origin")
    ours, name = TYPED[await page.locator("html").get_attribute("lang") or ""]
    # By the API, which takes nobody for a member.
    await page.request.post(f"{origin}/owner/rules", form={"mode": "all"})
    for number in range(5):
        message = {"text": f"{ours} https://cake.example/{number}", "name": name, "key": KEY}
        await page.request.post(f"{origin}/api/messages.create", data=message)
    await page.request.post(f"{origin}/api/messages.create", data={"text": f"{ours}\n" * 40})
    await page.request.post(f"{origin}/owner/rules", form={"mode": "open"})
    await page.goto(f"{origin}/owner")
    await expect(page.locator(".group").first).to_be_visible()


async def open_a_card(page: Page) -> None:
    await let_some_wait(page)
    await page.locator(".more summary").last.click()


async def remove_what_waits(page: Page) -> None:
    await let_some_wait(page)
    for _ in range(2):
        await page.locator(".decide .remove").first.click()
        await expect(page.locator(".done")).to_be_visible()


async def decide_twice(page: Page) -> None:
    await let_some_wait(page)
    form = page.locator(".decide").first
    sent = {
        name: await form.locator(f"[name={name}]").input_value() for name in ("oldest", "newest")
    }
    # Its buttons are named "action", so the property of this name is not the address.
    path = await form.get_attribute("action") or ""
    await page.request.post(
        f"{await page.evaluate('location.origin')}{path}", form={**sent, "action": "remove"}
    )
    await form.locator(".remove").click()
    await expect(page.get_by_role("alert")).to_be_visible()


async def read_the_log(page: Page) -> None:
    await remove_what_waits(page)
    await page.goto(f"{await page.evaluate('location.origin')}/owner/log")


async def read_reports(page: Page) -> None:
    origin = await page.evaluate("location.origin")
    ours, name = TYPED[await page.locator("html").get_attribute("lang") or ""]
    message = {"text": ours, "name": name}
    posted = await page.request.post(f"{origin}/api/messages.create", data=message)
    number = (await posted.json())["message"]["id"]
    for reason, words in (("spam", f"{name} {name}"), ("unlawful", "w" * 500)):
        report = {"id": number, "reason": reason, "words": words, "key": f"key-for-{reason}-only"}
        await page.request.post(f"{origin}/api/messages.report", data=report)
    await page.goto(f"{origin}/owner/reported")
    await expect(page.locator(".group").first).to_be_visible()


async def name_a_bad_thread(page: Page) -> None:
    await page.locator("#thread").fill("my first post")
    await page.locator("#thread-rule button").click()
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


# With a time far ahead until which it may be edited.
MINE = {"key": KEY, "mine": "{mine}-9999999999"}

STATES = (
    State("empty", "empty"),
    State("messages", "written"),
    State("crowded", "crowded"),
    State("news", "crowded", act=read_on_while_others_write),
    State("earlier", "crowded", "/?before=11"),
    State("nothing earlier", "written", "/?before=1"),
    State("much written", "written", act=write_much),
    State("sending", "written", act=post_and_wait),
    State("text refused", "written", act=send_nothing),
    State("name refused", "empty", act=send_a_long_name),
    State("connection lost", "written", act=lose_the_connection, cut=STREAM),
    State("reactions open", "written", act=open_the_reactions),
    State("one message", "written", "/m/{talk}"),
    State("one reply", "written", "/m/{answer}"),
    State("mine", "written", "/m/{mine}", cookies=MINE),
    State("private link", "written", cookies=MINE | {"link": "{mine}.{mine}-and-a-key-by-chance"}),
    State("private link opened", "written", "/edit/{mine}"),
    State("edit", "written", "/m/{mine}/edit", cookies=MINE),
    State("report", "written", "/m/{talk}/report"),
    State("report refused", "written", "/m/{talk}/report", act=report_with_a_bell),
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
    State("sign-in", "written", "/owner#7K2QD-E8M4F"),
    State("code refused", "written", "/owner", act=type_a_wrong_code),
    State("desk, bare", "crowded", "/owner", role="moderator"),
    State("desk", "empty", "/owner", role="owner", act=let_some_wait),
    State("desk, card open", "empty", "/owner", role="owner", act=open_a_card),
    State("desk, decided", "empty", "/owner", role="owner", act=remove_what_waits),
    State("desk, decided by another one", "empty", "/owner", role="owner", act=decide_twice),
    State("desk, reported", "empty", "/owner", role="owner", act=read_reports),
    State("desk, on the wall", "written", "/owner/wall", role="owner"),
    State("log", "empty", "/owner", role="owner", act=read_the_log),
    State("rules", "written", "/owner/rules", role="owner"),
    State("rules, refused", "written", "/owner/rules", role="owner", act=name_a_bad_thread),
    State("rules, as a moderator", "written", "/owner/rules", role="moderator"),
    State("devices", "written", "/owner/devices", role="moderator"),
    State("new code", "written", "/owner/devices", role="owner", act=make_a_code),
    State("team", "written", "/owner/team", role="owner"),
    State("team, not fresh", "written", "/owner/team", role="owner", fresh=False),
    State("team, name refused", "written", "/owner/team", role="owner", act=invite_nobody),
    State("last owner", "written", "/owner/team", role="owner", act=let_the_last_owner_leave),
    State("team, as a moderator", "written", "/owner/team", role="moderator"),
    State("programs", "written", "/owner/programs", role="owner", act=have_a_token),
    State("programs, not fresh", "written", "/owner/programs", role="owner", fresh=False),
    State(
        "programs, name refused", "written", "/owner/programs", role="owner", act=name_no_program
    ),
    State("new token", "written", "/owner/programs", role="owner", act=make_a_token),
    State("api", "written", "/api"),
    State("api tried", "written", "/api", act=try_a_method),
)
