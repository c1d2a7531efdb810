"""What happens on each wall: a flood of spam, a crowd, or days of slow spam."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.civility.clients import clients
from benchmarks.civility.judge import Judge
from benchmarks.civility.owner import signed_in
from benchmarks.civility.readers import Readers
from benchmarks.civility.senders import Senders
from benchmarks.civility.walls import wall

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Sequence
    from pathlib import Path

    from benchmarks.civility.owner import Owner
    from benchmarks.civility.plan import Plan, Post, Spam
    from benchmarks.civility.readers import Look
    from benchmarks.civility.walls import Wall

# After the end of an attack a newcomer tries each so many seconds whether the wall is as usual.
TRIED_EACH = 5
# An owner who looks now and then does so after each so many steps.
LOOKS_EACH = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a scenario.

    Attributes:
        looks: of the readers, from the beginning of the attack.
        begin: of the attack, by the clock of the wall.
        taps: of the owner.
        reports: of the readers.
        calm: seconds from the end of an attack until a newcomer's message was shown at once; None
            if it was not tried, or not shown while it was tried.
    """

    judge: Judge
    looks: Sequence[Look] = ()
    begin: float = 0
    taps: int = 0
    reports: int = 0
    calm: float | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Everybody at one wall."""

    wall: Wall
    plan: Plan
    senders: Senders
    judge: Judge
    readers: Readers
    owner: Owner
    tried_for: float

    async def post(self, post: Post) -> None:
        self.judge.note(await self.senders.send(post))

    async def post_each(self, posts: Iterable[Post]) -> None:
        """Post one after the other, at once."""
        for post in posts:
            await self.post(post)

    async def post_in_time(self, posts: Sequence[Post], seen_after: float) -> None:
        """Post each at its time, and look at each so many seconds after it was posted."""
        begin = self.wall.now()

        async def one(post: Post) -> None:
            await asyncio.sleep(begin + post.at - self.wall.now())
            delivery = await self.senders.send(post)
            self.judge.note(delivery)
            await asyncio.sleep(delivery.at + seen_after - self.wall.now())
            await self.judge.look(delivery)

        await asyncio.gather(*map(one, posts))

    async def fill(self) -> None:
        """Let the owner approve some browsers, which then fill the page; count none of that."""
        await self.owner.set_rule(mode="first")
        await self.post_each(self.plan.before())
        await self.owner.tidy_up()
        # So many new browsers at once are a flood, and it is over when the others come.
        await self.wall.skip(1)
        await self.owner.set_rule(mode="open")
        await self.post_each(self.plan.page())
        self.owner.taps = 0
        self.judge.deliveries.clear()


@asynccontextmanager
async def scene(
    folder: Path, database: str, plan: Plan, seed: int, tried_for: float, **settings: str
) -> AsyncGenerator[Scene]:
    async with (
        wall(folder, database, **settings) as ours,
        clients(ours) as everybody,
    ):
        judge = Judge(everybody)
        async with signed_in(ours, judge) as owner:
            yield Scene(
                ours,
                plan,
                Senders(ours, everybody, seed),
                judge,
                Readers(ours, everybody, judge, plan.known, seed),
                owner,
                tried_for,
            )


async def flood(at: Scene, kind: Spam, seconds: float, seen_after: float) -> Finding:
    """Spam for so many seconds, while nobody looks after the wall; then the owner comes."""
    await at.fill()
    return await _flooded(at, at.plan.flood(kind, seconds), seconds, seen_after)


async def crowds(at: Scene, seconds: float, seen_after: float) -> Finding:
    """Many people behind one address, and with one wish; no spam."""
    return await _peaceful(at, at.plan.crowds(seconds), seen_after)


async def surge(at: Scene, seconds: float, share: float, seen_after: float) -> Finding:
    """Many newcomers within minutes; no spam."""
    return await _peaceful(at, at.plan.surge(seconds, share), seen_after)


async def slow(  # noqa: PLR0913 -- how long everything takes
    at: Scene, steps: int, hours: int, *, seconds: float, seen_after: float, watched: bool
) -> Finding:
    """Spam in steps between which hours pass, and in the end a flood from keys that slept.

    An owner looks now and then, or never.
    """
    await at.fill()
    begin = at.wall.now()
    for number, posts in enumerate(at.plan.steps(steps)):
        before = len(at.judge.deliveries)
        await at.post_each(posts)
        await at.readers.look()
        if watched and number % LOOKS_EACH == LOOKS_EACH - 1:
            await at.owner.tidy_up()
        await at.wall.skip(hours)
        for delivery in at.judge.deliveries[before:]:
            await at.judge.look(delivery)
        await at.readers.look()
    awake = at.plan.flood("S8", seconds, at.plan.sleepers)
    return replace(await _flooded(at, awake, seconds, seen_after), begin=begin)


async def _peaceful(at: Scene, posts: Sequence[Post], seen_after: float) -> Finding:
    await at.fill()
    begin = at.wall.now()
    async with at.readers.reading():
        await at.post_in_time(posts, seen_after)
    return await _ended(at, begin)


async def _flooded(at: Scene, posts: Sequence[Post], seconds: float, seen_after: float) -> Finding:
    begin = at.wall.now()
    async with at.readers.reading():
        _, calm = await asyncio.gather(
            at.post_in_time(posts, seen_after), _until_calm(at, begin + seconds)
        )
    return replace(await _ended(at, begin), calm=calm)


async def _until_calm(at: Scene, end: float) -> float | None:
    """How long after the end of an attack a newcomer's message is shown for nothing."""
    await asyncio.sleep(end - at.wall.now())
    while at.wall.now() < end + at.tried_for:
        delivery = await at.senders.send(at.plan.probe())
        if delivery.end == "shown" and not delivery.asked:
            return at.wall.now() - end
        await asyncio.sleep(TRIED_EACH)
    return None


async def _ended(at: Scene, begin: float) -> Finding:
    await at.judge.look_in_the_end()
    await at.owner.tidy_up()
    return Finding(at.judge, at.readers.looks, begin, at.owner.taps, at.readers.reports)
