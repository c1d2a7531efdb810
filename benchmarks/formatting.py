"""The CPU time to render the slowest texts as HTML: unpaired marks."""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from stena.message import TEXT_LIMIT
from stena.web.rendering.formatting import formatted

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from benchmarks.figures import Scale

# Each is repeated until a message is full.
WORST = [
    "*", "`", ">", "> ", ">\n", "> a\n", "> a\nb\n", "a*b ", "*a ", "*a\n\n", "*a* ", "**a** ",
    "***a ", "a** *", "a* *", "*_", "`a` ", "`\n", "https://", "://", "http://a.b ", "http://x.y/(",
    "*http://a.b* ", "*a `b` http://a.b/ > \n> q*\n", "\n ", "a/https://", '?%-"http://a', "<",
]  # fmt: skip


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    del folder, url  # only the function is measured
    slowest = max(milliseconds(part, scale.pairs) for part in WORST)
    yield Figure("formatting", slowest, "ms")


def milliseconds(part: str, times: int) -> float:
    """The minimum of several runs, each with another last letter, because texts are cached."""
    text = (part * TEXT_LIMIT)[: TEXT_LIMIT - 1]
    tries = []
    for number in range(times):
        begin = process_time()
        formatted(text + chr(ord("a") + number))
        tries.append(process_time() - begin)
    return min(tries) * 1000
