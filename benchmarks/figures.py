"""What is measured: a figure, and what it must reach."""

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
        pairs: how often two sides are asked in turn; the median of the pairs counts.
        seconds: how long each side is asked.
        large: messages on the large wall.
        streams: how many streams are open at once, one measurement each.
        posts: messages that are told to those streams.
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


FULL = Scale(
    pairs=11, seconds=1, large=1_000_000, streams=(1000, 5000, 10_000), posts=60, steady=30, idle=45
)
# For a test that all of it works; its figures mean nothing.
SMALL = Scale(pairs=1, seconds=1, large=1000, streams=(20,), posts=5, steady=1, idle=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: its key in benchmarks/report.py, which has its words.
        value: in `unit`.
        range: the least and the most of the pairs, where there were pairs.
    """

    name: str
    value: float
    unit: Unit = "times"
    range: tuple[float, float] | None = None


def ratio(name: str, one: Callable[[], float], other: Callable[[], float], scale: Scale) -> Figure:
    """How much of what `other` does `one` does: the median of pairs, asked in turn."""
    if scale.pairs > 1:
        one()
        other()
    pairs = []
    for place in range(scale.pairs):
        # Who is first changes, so that a machine that slows down is no one's advantage.
        if place % 2:
            below, above = other(), one()
        else:
            above, below = one(), other()
        pairs.append(above / below)
    return Figure(name, statistics.median(pairs), "times", (min(pairs), max(pairs)))
