"""The figures, and how much is measured for them."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from tests.program import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# The throughput of one side, measured for a number of seconds.
Side = Callable[[float], float]
Unit = Literal["times", "ms", "s", "kB", "B/s", "%", "events", "messages", "taps"]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Attributes:
        pairs: how often two sides are measured alternately; the median of the pairs counts.
        seconds: how long each side is measured.
        large: messages on the large wall.
        streams: how many streams are open at once, one measurement each.
        posts: messages that are sent to those streams.
        steady: seconds of the measurement with a hundred messages a second.
        idle: seconds for which an open page is watched.
        flood: seconds for which spam floods a wall.
        surge: seconds for which newcomers come.
        steps: how often hours pass on a wall with slow spam.
        hours: how many pass then.
        seen_after: seconds from posting a message until it is looked at.
        tried_for: seconds for which is tried whether a wall is as usual.
        seed: of what is planned at random.
        pictures: the folder of the pictures; None for that of the run, which is removed.
    """

    pairs: int
    seconds: float
    large: int
    streams: tuple[int, ...]
    posts: int
    steady: int
    idle: int
    flood: int
    surge: int
    steps: int
    hours: int
    seen_after: int
    tried_for: int
    seed: int = 1
    pictures: Path | None = None


# The last one takes 256 times as long as the first.
ATTEMPTS = 9
FULL = Scale(
    pairs=11,
    seconds=1,
    large=1_000_000,
    streams=(1000, 5000, 10_000),
    posts=60,
    steady=30,
    idle=45,
    flood=60,
    surge=240,
    steps=56,
    hours=3,
    seen_after=10,
    tried_for=600,
    pictures=ROOT / "docs",
)
# For a test that the benchmarks work; the figures mean nothing.
SMALL = Scale(
    pairs=1,
    seconds=0.2,
    large=1000,
    streams=(20,),
    posts=5,
    steady=1,
    idle=1,
    flood=3,
    surge=3,
    steps=2,
    hours=13,
    seen_after=1,
    tried_for=1,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: its key in benchmarks/lines.yaml, which has its text.
        value: in `unit`.
        range: the lowest and the highest ratio of the pairs, if there were pairs.
    """

    name: str
    value: float
    unit: Unit = "times"
    range: tuple[float, float] | None = None


def ratio(name: str, one: Side, other: Side, scale: Scale) -> Figure:
    """The throughput of `one` divided by that of `other`: the median of alternating pairs."""
    above, below = (partial(completed, side, scale.seconds) for side in (one, other))
    if scale.pairs > 1:
        above()
        below()
    pairs = []
    for place in range(scale.pairs):
        # The order alternates, so that a machine that slows down favours neither side.
        if place % 2:
            lower, upper = below(), above()
        else:
            upper, lower = above(), below()
        pairs.append(upper / lower)
    return Figure(name, statistics.median(pairs), "times", (min(pairs), max(pairs)))


def completed(side: Side, seconds: float) -> float:
    """The throughput of `side`, measured again for twice as long while it is 0.

    On a loaded machine, 64 new connections may complete nothing in that time. Equal times would
    not end that: a program that does not notice closed connections answers the abandoned
    requests of each attempt before those of the next.

    Raises:
        RuntimeError: nothing was completed in any attempt.
    """
    for attempt in range(ATTEMPTS):
        if throughput := side(seconds * 2**attempt):
            return throughput
    raise RuntimeError(f"Nothing was completed in {ATTEMPTS} measurements")
