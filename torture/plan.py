"""Which faults happen when: decided before the run by the seed alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long each fault lasts, in seconds, at least and at most. A program that was killed is started
# again after so long, and so is PostgreSQL.
FAULTS = {
    "kill a program": (0.0, 1.5),
    "kill a worker": (0.0, 0.0),
    "kill a backend": (0.0, 0.0),
    "end a backend": (0.0, 0.0),
    "kill PostgreSQL": (0.0, 2.0),
    "freeze a program": (1.0, 8.0),
    "freeze a worker": (1.0, 8.0),
    "freeze a backend": (1.0, 8.0),
    "freeze PostgreSQL": (1.0, 6.0),
}
NETWORK_FAULTS = {
    "cut a program off": (1.0, 8.0),
    "reset a program's connections": (0.5, 4.0),
    "lose packets": (2.0, 8.0),
}
# Seconds from the start of one fault to the start of the next. Two often overlap.
PAUSE = (1.0, 6.0)
# Without faults, so that the load is there first, and is seen to come back.
CALM_BEFORE, CALM_AFTER = 2.0, 3.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the plan.

    Attributes:
        at: when it begins, in seconds from the start.
        kind: one of FAULTS or NETWORK_FAULTS.
        seconds: how long it lasts.
        dice: 0 to 1; chooses what it happens to among what is there at that moment.
    """

    at: float
    kind: str
    seconds: float
    dice: float


def plan(seed: int, seconds: float, *, network: bool) -> list[Fault]:
    """The faults of a run: every kind once in random order, then every kind once again."""
    dice = random.Random(seed)  # noqa: S311 -- has to be repeatable
    kinds = FAULTS | NETWORK_FAULTS if network else FAULTS
    return list(_until(seconds - CALM_AFTER, kinds, dice))


def _until(
    end: float, kinds: dict[str, tuple[float, float]], dice: random.Random
) -> Iterator[Fault]:
    at = CALM_BEFORE
    while True:
        for kind in dice.sample(sorted(kinds), len(kinds)):
            fault = Fault(at, kind, dice.uniform(*kinds[kind]), dice.random())
            if at + fault.seconds > end:
                return
            yield fault
            at += dice.uniform(*PAUSE)
