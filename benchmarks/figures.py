"""The figures, and how much is measured for them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Unit = Literal["times", "ms", "kB", "B/s", "events"]


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
    """

    pairs: int
    seconds: int
    large: int
    streams: tuple[int, ...]
    posts: int
    steady: int
    idle: int


ATTEMPTS = 10
FULL = Scale(
    pairs=11, seconds=1, large=1_000_000, streams=(1000, 5000, 10_000), posts=60, steady=30, idle=45
)
# For a test that the benchmarks work; the figures mean nothing.
SMALL = Scale(pairs=1, seconds=1, large=1000, streams=(20,), posts=5, steady=1, idle=1)


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


def ratio(name: str, one: Callable[[], float], other: Callable[[], float], scale: Scale) -> Figure:
    """The throughput of `one` divided by that of `other`: the median of alternating pairs."""
    if scale.pairs > 1:
        completed(one)
        completed(other)
    pairs = []
    for place in range(scale.pairs):
        # The order alternates, so that a machine that slows down favours neither side.
        if place % 2:
            below, above = completed(other), completed(one)
        else:
            above, below = completed(one), completed(other)
        pairs.append(above / below)
    return Figure(name, statistics.median(pairs), "times", (min(pairs), max(pairs)))


def completed(side: Callable[[], float]) -> float:
    """The throughput of `side`, measured again while it is 0.

    On a loaded machine, 64 new connections may complete nothing in one second.

    Raises:
        RuntimeError: nothing was completed in any attempt.
    """
    for _ in range(ATTEMPTS):
        if throughput := side():
            return throughput
    raise RuntimeError(f"Nothing was completed in {ATTEMPTS} measurements")
