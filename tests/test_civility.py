"""The simulator of spam counts rightly what a real wall does; its figures are not checked here."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from benchmarks.civility import readers, walls
from benchmarks.civility.figures import of_kind
from benchmarks.civility.payments import PHONE
from benchmarks.civility.plan import FLOODS, ONE_ADDRESS, SPAM, SPAM_A_MINUTE, SURGE, Plan
from benchmarks.civility.scenarios import scene
from benchmarks.civility.senders import PAYMENTS
from stena.step import LEAST_WORK, WAIT
from tests.owner import rows
from tests.program import PATIENCE, PATIENT
from tests.web.paying import brake

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from benchmarks.civility.judge import Count
    from benchmarks.civility.plan import Post
    from benchmarks.civility.scenarios import Scene
    from stena.store.database import Address

pytestmark = pytest.mark.once

SEED = 1
SEEN = """
    SELECT message = (SELECT max(id) FROM message WHERE created < now() - interval '24 hours')
        AS done
    FROM standing_mark
"""


@pytest.fixture
async def at(
    tmp_path: Path, address: Address, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Scene]:
    """A wall with known browsers and a full page; without a brake, so all is shown."""
    monkeypatch.setattr(walls, "COMMAND", PATIENT)
    off = {walls.BRAKE: "false"}
    async with scene(tmp_path, address.url, Plan(SEED, "test"), SEED, 0, **off) as at:
        await at.fill()
        yield at


async def post(at: Scene, posts: Sequence[Post]) -> tuple[Count, Count]:
    """Post without a pause between. Returns what became of the spam, and of the rest."""
    begin = len(at.judge.deliveries)
    await at.post_each(posts)
    for delivery in at.judge.deliveries[begin:]:
        await at.judge.look(delivery)
    await at.judge.look_in_the_end()
    spam = at.judge.count(lambda delivery: delivery.post.is_spam)
    return spam, at.judge.count(lambda delivery: not delivery.post.is_spam)


def test_a_seed_plans_the_same_again_and_another_one_something_else() -> None:
    for kind in SPAM:
        planned = Plan(SEED, kind).flood(kind, 10)
        assert planned == Plan(SEED, kind).flood(kind, 10)
        assert planned != Plan(SEED + 1, kind).flood(kind, 10)
        assert planned != Plan(SEED, "another").flood(kind, 10)
        assert all(one.at <= other.at for one, other in pairwise(planned))
        spam = [one for one in planned if one.is_spam]
        assert len(spam) == SPAM_A_MINUTE / 6
        assert len({one.address for one in spam}) > 40
        assert len({one.text for one in spam}) == (1 if kind in {"S1", "S6"} else len(spam))


def test_honest_people_write_different_things_but_for_the_same_wish() -> None:
    texts = Counter(one.text for one in Plan(SEED, "surge").surge(240))
    assert len(texts) > 450
    crowds = Plan(SEED, "crowds").crowds(60)
    assert len({one.text for one in crowds if one.kind == "wish"}) == 1
    assert len({one.address for one in crowds if one.kind == "wish"}) > 40
    assert {one.address for one in crowds if one.kind == "one address"} == {ONE_ADDRESS}
    assert len([one for one in crowds if one.kind == "one address"]) > 30


async def test_an_open_wall_shows_all_spam_and_costs_the_owner_a_tap_for_each(at: Scene) -> None:
    await at.readers.look()
    for kind in FLOODS:
        await post(at, at.plan.flood(kind, 2))
    spam, honest = await post(at, [])
    assert spam.sent == spam.at_once == spam.visible == spam.left == 55
    assert honest.sent == honest.at_once == honest.visible == honest.left == 25
    assert spam.linked == spam.waited == spam.refused == spam.asked == honest.refused == 0
    await at.readers.look()
    await at.owner.tidy_up()
    await at.readers.look()
    assert at.owner.taps == 55
    spam, honest = await post(at, [])
    assert (spam.visible, spam.left) == (55, 0)
    assert honest.left == 25
    before, meanwhile, after = at.readers.looks
    assert before.spam == after.spam == after.share == 0
    # The newest 50 have the last two floods, and of the one before them what is left of the page.
    assert meanwhile.spam == round(50 * meanwhile.share) > 25


async def test_where_every_message_waits_none_is_visible_until_the_owner_approves(
    at: Scene,
) -> None:
    await at.owner.set_rule(mode="all")
    spam, honest = await post(at, at.plan.flood("S2", 2))
    assert (spam.sent, spam.waited, spam.at_once, spam.visible, spam.left) == (11, 11, 0, 0, 0)
    assert (honest.sent, honest.waited, honest.at_once, honest.visible) == (5, 5, 0, 0)
    await at.owner.tidy_up()
    assert at.owner.taps == 16
    spam, honest = await post(at, [])
    assert (spam.left, honest.left) == (0, 5)


async def test_what_the_owner_refuses_is_counted_as_refused_for_good(at: Scene) -> None:
    copies = [one for one in at.plan.flood("S1", 2) if one.is_spam]
    bare, *others = at.plan.page()
    bare = replace(bare, text=copies[0].text, key=None, pays="time")
    await at.owner.add_word(copies[0].text.rpartition("@")[2].split()[0], refuses=True)
    spam, honest = await post(at, [*copies, bare, *others])
    assert (spam.sent, spam.refused, spam.visible) == (11, 11, 0)
    assert (honest.refused, honest.at_once) == (1, len(others))
    assert {one.code for one in at.judge.deliveries if one.post.is_spam} == {"word_refused"}


async def test_a_word_lets_spam_wait_and_a_ban_lets_a_browser_wait(at: Scene) -> None:
    copies = [one for one in at.plan.flood("S1", 2) if one.is_spam]
    await at.owner.add_word(copies[0].text.rpartition("@")[2].split()[0])
    spam, _ = await post(at, copies)
    assert (spam.waited, spam.visible) == (11, 0)
    awake = [one for one in at.plan.flood("S8", 2, at.plan.sleepers[:1]) if one.is_spam]
    first, *others = awake
    await at.post(first)
    assert at.judge.deliveries[-1].id is not None
    await at.owner.ban(at.judge.deliveries[-1].id)
    await post(at, others)
    found = at.judge.count(lambda delivery: delivery.post.kind == "S8")
    assert (found.at_once, found.waited, found.left) == (1, 10, 1)


async def test_links_count_where_they_can_be_pressed(at: Scene) -> None:
    spam, _ = await post(at, at.plan.flood("S3", 1))
    assert (spam.visible, spam.linked) == (6, 0)
    await at.owner.set_rule(mode="open", links="show")
    await post(at, at.plan.flood("S7", 1))
    links = at.judge.count(lambda delivery: delivery.post.kind == "S7")
    assert (links.visible, links.linked) == (6, 6)


async def test_people_wait_as_long_as_the_wall_says_and_spammers_change_their_key(
    at: Scene,
) -> None:
    await at.owner.set_rule(mode="open", slow_seconds="1")
    people = [replace(one, key="key-of-one-browser") for one in at.plan.page()[:2]]
    spam = [one for one in at.plan.flood("S4", 1) if one.is_spam]
    same_key = [replace(one, key="key-of-a-spammer") for one in spam[:2]]
    await post(at, [*people, *same_key])
    codes = [(one.end, one.code) for one in at.judge.deliveries]
    assert codes == [("shown", ""), ("shown", "slow_mode")] * 2
    kept = [one.post.key for one in at.judge.deliveries]
    assert kept[0] == kept[1]
    assert kept[2] != kept[3]


async def test_a_card_with_spam_and_other_messages_is_opened(at: Scene) -> None:
    key = at.plan.sleepers[0]
    asleep = [one for one in at.plan.steps(1)[0] if one.key == key]
    awake = [one for one in at.plan.flood("S8", 1, [key]) if one.is_spam]
    await post(at, [*asleep, *awake[:2]])
    await at.owner.tidy_up()
    assert at.owner.taps == 3
    # The newest three of the five are not all spam, so each of them is on a card of its own.
    again = [replace(asleep[0], nonce=f"another-{number}") for number in range(2)]
    await post(at, [awake[2], again[0], *awake[3:5], again[1]])
    spam, _ = await post(at, [])
    assert spam.left == 3
    at.owner.taps = 0
    await at.owner.tidy_up()
    assert at.owner.taps == 4
    spam, honest = await post(at, [])
    assert (spam.left, honest.left) == (0, honest.sent)


async def test_the_owner_goes_back_until_a_page_has_no_spam(at: Scene) -> None:
    spam = [one for one in at.plan.flood("S4", 7) if one.is_spam]
    await post(at, [*spam[5:35], *at.plan.surge(1, 60 / SURGE), *spam[:5]])
    await at.owner.tidy_up()
    # Of the cards, and of the one page that was opened.
    assert at.owner.taps == 35 + 1
    left, honest = await post(at, [])
    assert (left.left, honest.left) == (0, 60)


async def test_senders_pay_as_they_are_able_to(
    at: Scene, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("benchmarks.civility.payments.sleep", sleep)
    await brake(address, seconds=3600)
    copies = [one for one in at.plan.flood("S1", 1) if one.is_spam]
    paying = [one for one in at.plan.flood("S5", 1) if one.is_spam]
    bare, *others = at.plan.surge(2, 60 / SURGE)
    known, *_ = at.plan.page()
    posts = [replace(bare, key=None, pays="time"), known]
    posts += [replace(one, pays="work") for one in others]
    await post(at, [*copies, *paying, *posts])
    by_kind = {kind: at.judge.count(of_kind(kind)) for kind in SPAM}
    assert (by_kind["S1"].asked, by_kind["S1"].paid, by_kind["S1"].visible) == (len(copies), 0, 0)
    assert by_kind["S5"].paid == by_kind["S5"].visible == len(paying)
    shown = at.judge.count(lambda one: one.post in posts)
    # The one without scripts, who did not wait in fact, has let the owner look.
    assert (shown.waited, shown.visible) == (1, len(posts) - 1)
    assert shown.asked == shown.paid == len(posts) - 1
    # The wall says whole seconds, fewer of them where it is asked again later; work takes others.
    waits = [seconds for seconds in slept if seconds == int(seconds)]
    assert len(waits) == PAYMENTS
    assert all(0 < seconds <= WAIT for seconds in waits)
    assert all(0 < seconds < 8 * LEAST_WORK / PHONE for seconds in slept if seconds not in waits)


@pytest.mark.parametrize("watched", [True, False])
async def test_keys_that_slept_are_known_where_an_owner_has_looked(
    at: Scene, address: Address, *, watched: bool
) -> None:
    async def all_are_seen() -> bool:
        return bool((await rows(address, SEEN))[0]["done"])

    asleep = [one for step in at.plan.steps(2) for one in step if one.key in at.plan.sleepers]
    await post(at, asleep)
    begin = at.wall.now()
    await at.wall.skip(3)
    if watched:
        await at.owner.tidy_up()
    await at.wall.skip(23)
    assert 26 * 60 * 60 <= at.wall.now() - begin < 27 * 60 * 60
    async with asyncio.timeout(PATIENCE):
        while not await all_are_seen():  # noqa: ASYNC110 -- no event says so
            await asyncio.sleep(0.05)
    await at.owner.set_rule(mode="first")
    awake = [one for one in at.plan.flood("S8", 1, at.plan.sleepers) if one.is_spam]
    spam, honest = await post(at, awake)
    assert honest.left == honest.sent == len(asleep)
    assert (spam.at_once, spam.waited) == ((6, 0) if watched else (0, 6))


async def test_readers_report_what_they_see_for_long(
    at: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "NOTICED", 0)
    monkeypatch.setattr(readers, "REPORTING", 1)
    await post(at, at.plan.flood("S5", 1))
    async with at.readers.reading(), asyncio.timeout(PATIENCE):
        while at.readers.looks[-1:] == [] or at.readers.looks[-1].spam:  # noqa: ASYNC110 -- as above
            await asyncio.sleep(0.05)
    assert at.readers.reports >= 6 * 3
    spam, honest = await post(at, [])
    assert (spam.visible, spam.left) == (6, 0)
    assert honest.left == honest.sent
