"""How soon a message comes to everyone who is looking, and what each of them costs."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.figures import Figure
from benchmarks.programs import database, wall
from tests.program import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from benchmarks.figures import Scale
    from tests.program import Program

KIB = 1024
# Messages a second: rare enough for each to have come to all before the next one, and many.
SELDOM, OFTEN = 2, 100
STEADY_STREAMS = 1000


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    for streams in scale.streams:
        with wall(folder, database(url, f"streams{streams}")) as ours:
            told = tell(ours, streams, scale.posts, SELDOM)
        yield Figure(f"streams {streams} p50", told.last["p50"], "ms")
        yield Figure(f"streams {streams} p99", told.last["p99"], "ms")
        yield Figure(f"streams {streams} memory", told.memory, "kB")
        yield Figure(f"streams {streams} wrong", told.wrong, "events")
    with wall(folder, database(url, "steady")) as ours:
        streams = min(STEADY_STREAMS, max(scale.streams))
        told = tell(ours, streams, scale.steady * OFTEN, OFTEN)
    yield Figure("steady p99", told.each["p99"], "ms")
    yield Figure("steady wrong", told.wrong, "events")


@dataclass(frozen=True, slots=True)
class Told:
    """What the readers say.

    Attributes:
        memory: kB that each open stream takes in the wall's process.
        last: milliseconds from sending a message until the last reader has it; quantiles.
        each: the same until any reader has it.
        wrong: events that never came, came twice or came out of order.
    """

    memory: float
    last: dict[str, float]
    each: dict[str, float]
    wrong: int


def tell(ours: Program, streams: int, posts: int, pace: float) -> Told:
    process = psutil.Process(ours.process.pid)
    before = process.memory_full_info().uss
    with readers(ours.url, streams, posts, pace) as reading:
        answer(reading)
        memory = (process.memory_full_info().uss - before) / streams / KIB
        go(reading)
        told = answer(reading)
    return Told(memory, told["last"], told["each"], told["lost"] + told["mistakes"])


@contextmanager
def readers(*arguments: object) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.readers", *map(str, arguments)],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the readers ended, see above")
    said: dict[str, Any] = json.loads(line)
    return said
