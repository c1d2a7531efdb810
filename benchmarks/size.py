"""The throughput of a large wall against a small one: the same, because pages go by key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.figures import ratio
from benchmarks.load import rate
from benchmarks.programs import FIRST, filled, wall

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from benchmarks.figures import Figure, Scale

SMALL = 100
# The paths; `middle` is the id in the middle of the wall.
PATHS = {
    "size page": "/",
    "size list": "/api/messages.list",
    "size before": "/api/messages.list?before={middle}",
}


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    with (
        wall(folder, filled(url, "small", SMALL)) as small,
        wall(folder, filled(url, "large", scale.large)) as large,
    ):
        for name, path in PATHS.items():
            here = small.url + path.format(middle=FIRST + SMALL // 2)
            there = large.url + path.format(middle=FIRST + scale.large // 2)
            yield ratio(name, partial(rate, there), partial(rate, here), scale)
