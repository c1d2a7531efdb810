"""The latency of a message to all open streams, and the memory per stream."""

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
# Messages a second: so few that each reaches all readers before the next one, and many.
SELDOM, OFTEN = 2, 100
STEADY_STREAMS = 1000


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    for streams in scale.streams:
        with wall(folder, database(url, f"streams{streams}")) as ours:
            delivery = deliver(ours, streams, scale.posts, SELDOM)
        yield Figure(f"streams {streams} p50", delivery.last["p50"], "ms")
        yield Figure(f"streams {streams} p99", delivery.last["p99"], "ms")
        yield Figure(f"streams {streams} memory", delivery.memory, "kB")
        yield Figure(f"streams {streams} wrong", delivery.wrong, "events")
    with wall(folder, database(url, "steady")) as ours:
        streams = min(STEADY_STREAMS, max(scale.streams))
        delivery = deliver(ours, streams, scale.steady * OFTEN, OFTEN)
    yield Figure("steady p99", delivery.each["p99"], "ms")
    yield Figure("steady wrong", delivery.wrong, "events")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the readers report.

    Attributes:
        memory: kB per open stream in the wall's process.
        last: milliseconds from posting a message until the last reader has it; quantiles.
        each: the same for every reader.
        wrong: events that were missed, repeated or out of order.
    """

    memory: float
    last: dict[str, float]
    each: dict[str, float]
    wrong: int


def deliver(ours: Program, streams: int, posts: int, pace: float) -> Delivery:
    process = psutil.Process(ours.process.pid)
    before = process.memory_full_info().uss
    with readers(ours.url, streams, posts, pace) as reading:
        answer(reading)
        memory = (process.memory_full_info().uss - before) / streams / KIB
        go(reading)
        report = answer(reading)
    return Delivery(memory, report["last"], report["each"], report["lost"] + report["mistakes"])


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
        raise RuntimeError("the readers exited; their error is above")
    report: dict[str, Any] = json.loads(line)
    return report
