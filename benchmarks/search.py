"""Search latency on a large wall, for common and for rare words."""

from __future__ import annotations

import asyncio
import itertools
import time
from http.client import HTTPConnection
from statistics import median, quantiles
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import asyncpg

from benchmarks.figures import Figure
from benchmarks.programs import database, wall
from benchmarks.vocabulary import STEMS, Vocabulary
from stena.store import indexing, migration
from stena.store.database import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from benchmarks.figures import Scale

# Searches of each kind, for each second of the scale.
SEARCHES = 100
# Ranks in the vocabulary: words in every 3rd to 30th message, in every 100th to 1,000th, in every
# 10,000th or fewer.
COMMON, MIDDLING, RARE = range(20), range(150, 1500), range(10_000, STEMS)
TOGETHER = 20_000


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    words = Vocabulary()
    kinds: dict[str, Callable[[], str]] = {
        "common": lambda: words.word(COMMON),
        "middling": lambda: words.word(MIDDLING),
        "rare": lambda: words.word(RARE),
        "two": lambda: f"{words.word(COMMON)} {words.word(range(STEMS // 10))}",
    }
    made = database(url, "search")
    asyncio.run(fill(Address(made), words, scale.large))
    with wall(folder, made) as ours:
        for order in ("newest", "relevance"):
            for kind, word in kinds.items():
                queries = (word() for _ in range(round(SEARCHES * scale.seconds)))
                yield Figure(f"search {kind} {order}", p95(ours.url, queries, order), "ms")


async def fill(address: Address, words: Vocabulary, size: int) -> None:
    await migration.upgrade(address, naive_time_zone="UTC")
    connection = await asyncpg.connect(address.url)
    texts = words.texts(size)
    while some := [(text,) for text in itertools.islice(texts, TOGETHER)]:
        await connection.copy_records_to_table("message", records=some, columns=["text"])
    while await indexing.update(connection):
        pass
    await connection.execute("VACUUM ANALYZE message")
    await connection.execute("VACUUM ANALYZE message_words")
    await connection.close()


def p95(url: str, queries: Iterator[str], order: str) -> float:
    """p95 of the time to load the page of results, in milliseconds; one search at a time."""
    visitor = HTTPConnection(urlsplit(url).netloc)
    paths = (f"/search?{urlencode({'q': query, 'order': order})}" for query in queries)
    # The median of three runs, to reduce the noise of the machine.
    times = [median(taken(visitor, path) for _ in range(3)) for path in paths]
    visitor.close()
    return 1000 * quantiles(times, n=20)[-1]


def taken(visitor: HTTPConnection, path: str) -> float:
    begun = time.perf_counter()
    visitor.request("GET", path)
    answer = visitor.getresponse()
    answer.read()
    assert answer.status == 200, path  # noqa: PLR2004 -- OK
    return time.perf_counter() - begun
