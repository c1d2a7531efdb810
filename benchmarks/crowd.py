"""Write throughput while a crowd reacts to one message, against the same without the crowd."""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import ratio
from benchmarks.load import CREATE, rate
from benchmarks.programs import FIRST, filled, wall

if TYPE_CHECKING:
    from collections.abc import Generator

    from benchmarks.figures import Figure, Scale

REACT = Path(__file__).parent / "react.lua"
# Each waits for the answer and then 0.06 s more: about 1,000 reactions a second.
REACTING = 200
# How long until all of them react.
GATHERING_SECONDS = 0.5
CROWDS = itertools.count(1)


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    with wall(folder, filled(url, "crowd", 60)) as ours:
        alone = partial(rate, f"{ours.url}/api/messages.create", script=CREATE)

        def beside(seconds: float) -> float:
            with crowd(f"{ours.url}/api/messages.react"):
                return alone(seconds)

        yield ratio("create in crowd", beside, alone, scale)


@contextmanager
def crowd(url: str) -> Generator[None]:
    command = ["wrk", "-t1", f"-c{REACTING}", "-d1h", "-s", str(REACT), url]
    numbers = {"MESSAGE": str(FIRST), "START": str(next(CROWDS))}
    reacting = subprocess.Popen(command, env=os.environ | numbers, stdout=subprocess.DEVNULL)
    try:
        time.sleep(GATHERING_SECONDS)
        yield
    finally:
        reacting.kill()
        reacting.wait()
