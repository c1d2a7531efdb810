"""Figures of the defense: what each layer stopped, and how often it was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings, Wall
from tests.owner import execute, make_code, rows, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, page, refused
from tests.web.counting import figures, until_counted
from tests.web.flooding import OFFER, noise, offers, post_each, reached, until_hidden
from tests.web.moderating import approve, held, make_token, moderate, remove, undo
from tests.web.paying import asked, brake, worked
from tests.web.paying import post as pay
from tests.web.reporting import keep, report_by_strangers

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

AGED = "UPDATE figure SET hour = hour - interval '{hours} hours'"
SWEEP = "SELECT id FROM decision WHERE action = 'sweep' AND first IS NULL"


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(proxies=1), wall=Wall(brake=True, posts_per_minute=0))


@pytest.fixture(autouse=True)
async def token(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_token(address)
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", 20_000)


async def wait(client: Client, text: str, **fields: object) -> int:
    return int((await call(client, "create", text=text, **fields))["message"]["id"])


async def test_what_rules_words_and_bans_stop_is_counted_once_with_what_was_decided_of_it(
    client: Client,
) -> None:
    spammed = await create(client, "buy pills", key=OTHERS_KEY)
    await moderate(client, "ban", id=spammed["id"], days=7)
    await moderate(client, "add_word", word="casino")
    await moderate(client, "add_word", word="viagra", refuses=True)
    by_ban = await wait(client, "buy more pills", key=OTHERS_KEY)
    by_word = await wait(client, "a casino")
    assert await refused(client, "create", text="viagra") == (422, "word_refused")
    await moderate(client, "rule", mode="all")
    first, second, third = [
        await wait(client, f"hello {one}", nonce=f"nonce-of-{one}") for one in range(3)
    ]
    assert await wait(client, "hello 0", nonce="nonce-of-0") == first
    await moderate(client, "rule", mode="closed")
    assert (await refused(client, "create", text="anybody here?"))[1] == "closed"
    stopped = {
        "bans_waited": 1,
        "words_waited": 1,
        "words_refused": 1,
        "rules_waited": 3,
        "rules_refused": 1,
    }
    await until_counted(client, **stopped)
    await remove(client, by_ban, spam=True)
    await approve(client, by_word)
    decision = await approve(client, first, second, third)
    decided = {**stopped, "bans_removed": 1, "words_approved": 1}
    await until_counted(client, **decided, rules_approved=3)
    await undo(client, decision)
    await remove(client, first)
    await until_counted(client, **decided, rules_removed=1)
    await undo(client, await remove(client, second))
    await until_counted(client, **decided, rules_removed=1)


async def test_an_edit_that_waits_or_is_refused_is_counted(client: Client) -> None:
    message = await create(client, "hello", key=KEY)
    await moderate(client, "add_word", word="casino")
    await moderate(client, "add_word", word="viagra", refuses=True)
    given = {"id": message["id"], "key": KEY}
    assert (await refused(client, "edit", text="viagra", **given))[1] == "word_refused"
    for text in ("a casino", "another casino"):
        await call(client, "edit", text=text, **given)
    await until_counted(client, words_waited=1, words_refused=1)


async def test_what_the_brake_swept_is_counted_by_its_kind_and_was_wrong_if_it_is_undone(
    client: Client, address: Address
) -> None:
    await post_each(client, noise(2))
    await post_each(client, offers(5))
    await until_hidden(client, 7)
    await until_counted(client, copies_waited=5, gibberish_waited=2)
    copies = [one["id"] for one in await held(client) if OFFER in one["text"]]
    await remove(client, *copies[:2], spam=True)
    (sweep,) = await rows(address, SWEEP)
    await undo(client, sweep["id"])
    await until_counted(
        client,
        copies_waited=5,
        gibberish_waited=2,
        copies_removed=2,
        copies_approved=3,
        gibberish_approved=2,
    )


async def test_steps_are_counted_when_they_are_asked_for_and_when_they_are_taken(
    client: Client, address: Address
) -> None:
    await brake(address, seconds=600)
    step = await asked(client, "hello")
    await asked(client, "hello", step={"ticket": step["ticket"], "way": "work", "solution": 0})
    assert (await pay(client, "hello", step=worked(step)))[0] == 201
    assert (await pay(client, "hello", step=worked(step)))[0] == 201
    step = await asked(client, "let me in")
    look = {"ticket": step["ticket"], "way": "look"}
    status, body = await pay(client, "let me in", step=look)
    assert status == 202
    await approve(client, body["message"]["id"])
    await until_counted(client, price_asked=2, price_work=1, price_look=1, price_approved=1)


async def test_what_waits_while_the_brake_is_at_its_second_level_is_counted(
    client: Client, address: Address
) -> None:
    await brake(address, level=2, seconds=600)
    await wait(client, "hello")
    await reached(address, 2)
    await until_counted(client, brake_waited=1)


async def test_what_reports_hid_is_wrong_if_it_is_kept_and_an_undo_takes_that_back(
    client: Client, address: Address
) -> None:
    await execute(address, "UPDATE rule SET reports = 1")
    first, second = [(await create(client, f"hello {one}"))["id"] for one in range(2)]
    await report_by_strangers(client, first, 2)
    await report_by_strangers(client, second, 2, first=3)
    decision = await keep(client, first)
    await remove(client, second, spam=True)
    counted = {"reports_waited": 2, "reports_removed": 1}
    await until_counted(client, **counted, reports_approved=1)
    await undo(client, decision)
    await until_counted(client, **counted)


async def test_figures_are_asked_for_by_days_and_kept_for_ninety(
    client: Client, address: Address
) -> None:
    await moderate(client, "rule", mode="all")
    await approve(client, await wait(client, "hello"))
    await until_counted(client, rules_waited=1, rules_approved=1)
    await execute(address, AGED.format(hours=26))
    assert await figures(client, days=1) == {}
    assert await figures(client, days=2) == {"rules waited": 1, "rules approved": 1}
    answer = await client.get("/api/moderation.figures?days=91")
    assert answer.status == 401


async def test_the_page_shows_the_figures_in_both_languages_to_a_moderator(
    client: Client, address: Address
) -> None:
    await moderate(client, "rule", mode="all")
    for number in range(3):
        await wait(client, f"hello {number}")
    await approve(client, *(one["id"] for one in await held(client)))
    await until_counted(client, rules_waited=3, rules_approved=3)
    await sign_in(client, await make_code(address, "Anna", "moderator"))
    for language, name in (("en", "Rules"), ("ru", "Правила")):
        shown = await page(client, f"/owner/figures?days=1&lang={language}")
        row = shown.partition(f'<th scope="row">{name}</th>')[2].partition("</tr>")[0]
        assert row.split() == ["<td>3</td>", "<td>3</td>", "<td>0</td>"]
