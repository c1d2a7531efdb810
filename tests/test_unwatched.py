"""A wall that nobody looks after for a week is flooded day after day, and stays readable."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
import pytest

from benchmarks.civility import walls
from benchmarks.civility.clients import clients
from benchmarks.civility.judge import ADDRESS, Judge
from benchmarks.civility.plan import Plan
from benchmarks.civility.senders import Senders
from benchmarks.civility.walls import wall
from tests.owner import make_code, rows, sign_in
from tests.program import PATIENT
from tests.web.desk import cards
from tests.web.flooding import brake, eventually, pass_time, read

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from benchmarks.civility.clients import Clients
    from benchmarks.civility.plan import Post, Spam
    from benchmarks.civility.senders import Delivery
    from benchmarks.civility.walls import Wall
    from stena.store.database import Address

pytestmark = [pytest.mark.once, pytest.mark.longest]

SEED, HALF_A_DAY, MONTH = 1, 12, 30 * 24
# Two days of calm, and then a flood each day.
CALM = 2
FLOODS: tuple[Spam, ...] = ("S1", "S2", "S3", "S4", "S1")
# Honest newcomers at once, which are no flood; and spammers, which are one of three parts.
HONEST, SPAM = 7, 15
# How much of each kind may be on the newest page once detection has run, and the share of all spam
# there. Of disguised copies those stay that came before the brake rose, if too few are alike.
LEFT = {"S1": 0, "S2": SPAM, "S3": 0, "S4": 3}
MOST = 0.4
WAITING = "SELECT count(*)::int FROM withheld WHERE state = 'waiting'"
# What is kept of newcomers for hours and days.
KEPT = """
    SELECT (SELECT count(*) FROM sketch) + (SELECT count(*) FROM arrival)
        + (SELECT count(*) FROM arrival_hour) + (SELECT count(*) FROM payment) AS count
"""


@dataclass(frozen=True, slots=True)
class Unwatched:
    """A wall with visitors and spammers, and without a team."""

    wall: Wall
    address: Address
    everybody: Clients
    senders: Senders
    judge: Judge
    plan: Plan = field(default_factory=lambda: Plan(SEED, "unwatched"))

    async def post(self, posts: Sequence[Post]) -> list[Delivery]:
        """Post messages at the same time. Returns what became of them."""
        delivered = await asyncio.gather(*map(self.senders.send, posts))
        for delivery in delivered:
            self.judge.note(delivery)
        return list(delivered)

    async def pass_half_a_day(self) -> None:
        """Honest newcomers post, and hours pass."""
        posted = await self.post([self.plan.probe() for _ in range(HONEST)])
        assert {delivery.end for delivery in posted} == {"shown"}
        await self.wall.skip(HALF_A_DAY)

    async def flood(self, kind: Spam) -> None:
        """Spam in three parts, each once detection has read the one before."""
        spam = [post for post in self.plan.flood(kind, 60) if post.is_spam][: 3 * SPAM]
        for begin in range(0, len(spam), SPAM):
            await self.post(spam[begin : begin + SPAM])
            await read(self.address)

    async def newest(self) -> list[int]:
        """The ids of the newest page."""
        answer = await self.everybody.get(ADDRESS, "/api/messages.list?limit=50")
        return [one["id"] for one in json.loads(answer.text)["messages"]]

    async def until_readable(self, kind: Spam) -> None:
        """Wait until the newest page has little spam, and hardly any of this kind."""
        of_this_kind = {one.id for one in self.judge.deliveries if one.post.kind == kind}

        async def is_readable() -> bool:
            newest = await self.newest()
            left = len(of_this_kind.intersection(newest))
            return left <= LEFT[kind] and self.judge.spam_share(newest) <= MOST

        await eventually(is_readable)

    async def until_released(self) -> None:
        """Let minutes pass while the wall runs, until the brake has let go by itself."""

        async def is_off() -> bool:
            await pass_time(self.address, 70)
            return bool((await brake(self.address))["now"] == 0)

        assert (await brake(self.address))["now"] > 0
        await eventually(is_off)


@asynccontextmanager
async def unwatched(folder: Path, address: Address) -> AsyncGenerator[Unwatched]:
    async with wall(folder, address.url) as ours, clients(ours) as everybody:
        senders = Senders(ours, everybody, SEED)
        yield Unwatched(ours, address, everybody, senders, Judge(everybody))


async def test_a_wall_that_nobody_looks_after_stays_readable_for_a_week(
    address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walls, "COMMAND", PATIENT)
    async with unwatched(tmp_path, address) as at:
        for _ in range(2 * CALM):
            await at.pass_half_a_day()
        for kind in FLOODS:
            await at.pass_half_a_day()
            await at.flood(kind)
            await at.until_readable(kind)
            # A newcomer who pays is not held back, and after the flood nobody pays.
            assert [one.end for one in await at.post([at.plan.probe()])] == ["shown"]
            await at.until_released()
            assert not (await at.post([at.plan.probe()]))[0].asked
            await at.wall.skip(HALF_A_DAY)
        assert await rows(address, "SELECT FROM browser") == []
        await is_bounded(at)
        await is_soon_tidied_up(at)


async def is_bounded(at: Unwatched) -> None:
    """What is kept of newcomers is forgotten. What waits stays, until somebody decides."""
    await at.judge.look_in_the_end()
    taken = [one for one in at.judge.deliveries if one.post.is_spam and one.id]
    left = at.judge.count(lambda one: one.post.is_spam).left
    [before] = await rows(at.address, WAITING)
    assert before["count"] == len(taken) - left
    await at.wall.skip(MONTH)

    async def is_forgotten() -> bool:
        return bool((await rows(at.address, KEPT))[0]["count"] == 0)

    await eventually(is_forgotten)
    assert await rows(at.address, WAITING) == [before]


async def is_soon_tidied_up(at: Unwatched) -> None:
    """An owner who comes after all that finds a few cards, and not one for each message."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(at.wall.url, cookie_jar=jar) as owner:
        await sign_in(owner, await make_code(at.address))
        assert 1 <= len(await cards(owner)) <= 3 * len(FLOODS)
