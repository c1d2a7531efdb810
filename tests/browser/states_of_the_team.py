"""The states in which members of the team find their pages, and those of the wall."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.passkey import add_a_passkey, authenticator
from tests.browser.people import TYPED
from tests.browser.state import State
from tests.browser.walls import KEY

if TYPE_CHECKING:
    from playwright.async_api import Page

BAN = "/owner/wall/ban?oldest={mine}&newest={mine}"
# No message has this id.
UNKNOWN = "/owner/wall/ban?oldest=9000000&newest=9000000"


async def have_a_passkey(page: Page) -> None:
    async with authenticator(page):
        await add_a_passkey(page)
        await page.locator("[id^=passkey] + details summary").click()


async def lock_the_device(page: Page) -> None:
    async with authenticator(page, unlocked=False):
        await page.locator("form[data-options] button").click()
        await expect(page.locator("form[data-options] .refusal:not(:empty)")).to_have_count(1)


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


async def set_the_brake(page: Page) -> None:
    origin = await page.evaluate("location.origin")
    await page.request.post(f"{origin}/owner/brake", form={"level": "2", "minutes": "60"})
    await page.reload()
    await expect(page.locator(".brake")).to_be_visible()


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


async def let_newcomers_wait(page: Page) -> None:
    """Post messages of three newcomers while the brake holds, which then lets go."""
    origin = await page.evaluate("location.origin")
    ours, _ = TYPED[await page.locator("html").get_attribute("lang") or ""]
    await page.request.post(f"{origin}/owner/brake", form={"level": "2", "minutes": "60"})
    for number in range(3):
        message = {"text": f"{ours} {number}"}
        await page.request.post(f"{origin}/api/messages.create", data=message)
    await page.request.post(f"{origin}/owner/brake", form={"level": ""})
    await page.goto(f"{origin}/owner")
    await expect(page.locator(".spam").first).to_be_visible()


async def open_a_card(page: Page) -> None:
    await let_some_wait(page)
    await page.locator(".more summary").last.click()


async def add_words(page: Page) -> None:
    for word in ("pill*", "example.com"):
        await page.locator("#word").fill(word)
        await page.locator("#add button").last.click()
        await expect(page.locator("#word")).to_have_value("")


async def try_a_word(page: Page) -> None:
    await page.locator("#word").fill("a*")
    await page.locator("#add button").first.click()
    await expect(page.locator("[role=status]")).to_be_visible()


async def add_no_word(page: Page) -> None:
    await page.locator("#word").fill("…")
    await page.locator("#add button").last.click()
    await expect(page.locator("#word-refusal")).not_to_be_empty()


async def ban_a_browser(page: Page) -> None:
    await page.locator(".more summary").first.click()
    await page.locator(".ban button").first.click()
    await expect(page).to_have_url(re.compile("[?&]banned="))
    await page.goto(f"{await page.evaluate('location.origin')}/owner/bans")


async def ban_own_address(page: Page) -> None:
    await page.locator(".ban button").first.click()
    await expect(page.locator(".refusal")).not_to_have_count(0)


async def remove_what_waits(page: Page) -> None:
    await let_some_wait(page)
    for _ in range(2):
        before = page.url
        await page.locator(".decide .remove").first.click()
        await expect(page).not_to_have_url(before)
        await expect(page.locator(".done")).to_be_visible()


async def search_the_desk(page: Page) -> None:
    await remove_what_waits(page)
    await let_some_wait(page)
    word = {"en": "cake", "ru": "шарлотка"}[await page.locator("html").get_attribute("lang") or ""]
    await page.locator("#q").fill(word)
    await page.locator(".find button").click()
    await expect(page.locator(".group").first).to_be_visible()


async def give_no_ground(page: Page) -> None:
    await let_some_wait(page)
    await page.locator(".more summary").last.click()
    await page.locator("a[href*='/law']").last.click()
    await page.locator("#ground").fill("§ 1004")
    await page.locator("#asked_by").fill(" ")
    await page.locator("#law button").click()
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


async def erase_all(page: Page) -> None:
    await let_some_wait(page)
    card = page.locator(".group", has=page.locator("a[href*='/erase/']")).first
    await card.locator(".more summary").click()
    await card.locator("a[href*='/erase/']").click()
    await page.locator("[name=sure]").check()
    await page.locator("#erase button").click()
    await expect(page.get_by_role("status")).to_be_visible()


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


async def open_the_card_of_a_pinned_message(page: Page) -> None:
    card = page.locator(".group").filter(has=page.locator("[value=unlock]"))
    await card.locator("summary").click()
    await card.scroll_into_view_if_needed()


async def open_more_on_the_wall(page: Page) -> None:
    card = page.locator("#messages > article").first
    await card.locator("> footer .furthers").click()
    await expect(card.locator("> .further .ban")).to_be_visible()
    await card.locator("> .further").scroll_into_view_if_needed()


async def pin_on_the_wall(page: Page) -> None:
    await open_more_on_the_wall(page)
    # In another view it may be pinned by now.
    await page.locator(".further").locator("[value=pin], [value=unpin]").click()
    await expect(page.locator(".did form")).to_be_visible()


async def set_a_long_notice(page: Page) -> None:
    await page.locator("#page-notice #thread").fill("news")
    await page.locator("#page-text").fill("We are away until Monday. " * 12)
    await page.locator("#page-notice button").click()
    await expect(page.locator(".refusal:not(:empty)")).to_have_count(1)


STATES = (
    State("sign-in", "written", "/owner#7K2QD-E8M4F"),
    State("code refused", "written", "/owner", act=type_a_wrong_code),
    State("desk, bare", "crowded", "/owner", role="moderator"),
    State("desk", "empty", "/owner", role="owner", act=let_some_wait),
    State("desk, the brake holds", "written", "/owner", role="owner", act=set_the_brake),
    State("desk, card open", "empty", "/owner", role="owner", act=open_a_card),
    State("desk, newcomers", "empty", "/owner", role="owner", act=let_newcomers_wait),
    State("desk, decided", "empty", "/owner", role="owner", act=remove_what_waits),
    # Without the stream: the card would leave before the second press.
    State(
        "desk, decided by another one",
        "empty",
        "/owner",
        role="owner",
        act=decide_twice,
        cut="**/owner/stream*",
    ),
    State("desk, reported", "empty", "/owner", role="owner", act=read_reports),
    State("desk, on the wall", "written", "/owner/wall", role="owner"),
    State("desk, found", "empty", "/owner", role="owner", act=search_the_desk),
    State("law refused", "empty", "/owner", role="owner", act=give_no_ground),
    State("erase", "written", "/owner/erase/{mine}", role="owner"),
    State("erase, not fresh", "written", "/owner/erase/{mine}", role="owner", fresh=False),
    State("erased", "empty", "/owner", role="owner", act=erase_all),
    State("log", "empty", "/owner", role="owner", act=read_the_log),
    State("alerts, none", "written", "/owner/alerts", role="owner"),
    State("figures", "empty", "/owner/figures?days=30", role="moderator"),
    State("locked, as an owner", "forward", "/m/{talk}?as=team", role="owner"),
    State("put forward, as an owner", "forward", role="owner"),
    State(
        "desk, card of a pinned message",
        "forward",
        "/owner/wall",
        role="moderator",
        act=open_the_card_of_a_pinned_message,
    ),
    State("more on the wall", "written", role="owner", act=open_more_on_the_wall),
    State(
        "more on the wall, as a moderator", "written", role="moderator", act=open_more_on_the_wall
    ),
    State("notices", "forward", "/owner/notices", role="moderator"),
    State("notices, refused", "forward", "/owner/notices", role="owner", act=set_a_long_notice),
    State("rules", "written", "/owner/rules", role="owner"),
    State("rules of a thread", "written", "/owner/rules?thread=news", role="owner"),
    State("rules, refused", "written", "/owner/rules", role="owner", act=name_a_bad_thread),
    State("rules, as a moderator", "written", "/owner/rules", role="moderator"),
    State("bans", "written", "/owner/wall", role="owner", act=ban_a_browser),
    State("ban of an address", "written", BAN, role="moderator"),
    State("ban of an address, refused", "written", BAN, role="owner", act=ban_own_address),
    State("ban of an address, unknown", "written", UNKNOWN, role="owner"),
    State("bans, none", "written", "/owner/bans", role="owner"),
    State("words", "written", "/owner/words", role="owner", act=add_words),
    State("words, tried out", "written", "/owner/words", role="owner", act=try_a_word),
    State("words, refused", "written", "/owner/words", role="owner", act=add_no_word),
    State("words of a message", "written", "/owner/words?message=1", role="owner"),
    State("devices", "written", "/owner/devices", role="moderator"),
    State(
        "devices, with a passkey", "passkeys", "/owner/passkeys", role="owner", act=have_a_passkey
    ),
    State("new passkey", "passkeys", "/owner/passkeys", role="moderator"),
    State("no new passkey", "passkeys", "/owner/passkeys", role="owner", act=lock_the_device),
    State("new passkey, not fresh", "passkeys", "/owner/passkeys", role="owner", fresh=False),
    State("sign-in, with a passkey", "passkeys", "/owner"),
    State("passkey refused", "passkeys", "/owner", act=lock_the_device),
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
    # Last, since the message stays pinned.
    State("pinned on the wall", "written", role="owner", act=pin_on_the_wall),
)
