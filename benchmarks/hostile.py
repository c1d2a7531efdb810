"""How long a health check waits while strangers ask for what costs the wall most."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import threading
import time
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg

from benchmarks.figures import Figure
from benchmarks.programs import FIRST, filled, wall

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from benchmarks.figures import Scale

# So many clients ask, each as soon as it has its answer.
CLIENTS = 4
# Between two health checks, in seconds.
PAUSE = 0.005
# As many as fit on a page, all of marks: text of this kind takes longest to format.
REPLIES, LENGTH = 3, 640
FILL = """
WITH texts AS (SELECT number, left(number || repeat(' *a', 300), $2) AS text
               FROM generate_series(1, $1) AS number),
     above AS (INSERT INTO message (text, replies) SELECT text, $3 FROM texts RETURNING id)
INSERT INTO message (text, parent)
SELECT left(above.id || '-' || place || repeat(' *b', 300), $2), above.id
FROM above CROSS JOIN generate_series(1, $3) AS place
"""

Ask = tuple[str, dict[str, str]]


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    database = filled(url, "hostile", 0)
    asyncio.run(fill(database, scale.large // 100))
    with wall(folder, database) as ours:
        waits = partial(health_check, ours.url, max(scale.seconds, scale.steady // 3))
        yield Figure("hostile none", waits(itertools.repeat(("/", {}))), "ms")
        yield Figure("hostile page", waits(pages(scale.large // 100)), "ms")
        yield Figure("hostile stream", waits(streams(scale.large // 100)), "ms")
        yield Figure("hostile hall", waits(halls()), "ms")


async def fill(url: str, size: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(FILL, size, LENGTH, REPLIES)
    await connection.execute("VACUUM ANALYZE message")
    await connection.close()


def pages(size: int) -> Iterator[Ask]:
    """Each page once, so that none of its texts is formatted already."""
    for number in itertools.cycle(range(FIRST + size, FIRST, -50)):
        yield f"/?before={number}", {}


def streams(size: int) -> Iterator[Ask]:
    """Readers that missed as much as a stream sends."""
    last = FIRST + size * (1 + REPLIES)
    for number in itertools.cycle(range(150, 200)):
        yield f"/api/messages.stream?after={last - number}", {}


def halls() -> Iterator[Ask]:
    """The screen in a hall under names that nobody has asked for: each has another QR code."""
    for number in itertools.count():
        yield "/live", {"Host": f"{number}.{'hall' * 10}.example"}


def health_check(url: str, seconds: float, asked: Iterator[Ask]) -> float:
    """The time of 99 of 100 health checks while the clients ask, in ms."""
    with hurrying(url, asked):
        until = time.monotonic() + seconds
        times: list[float] = []
        connection = connect(url)
        # Quantiles are of two values at least.
        while time.monotonic() < until or len(times) < 2:  # noqa: PLR2004 -- as above
            begin = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            times.append((time.perf_counter() - begin) * 1000)
            time.sleep(PAUSE)
        connection.close()
    return statistics.quantiles(times, n=100)[98]


@contextmanager
def hurrying(url: str, asked: Iterator[Ask]) -> Generator[None]:
    """Clients that ask for one thing after the other."""
    stopped, lock = threading.Event(), threading.Lock()

    def ask() -> None:
        while not stopped.is_set():
            with lock:
                path, headers = next(asked)
            connection = connect(url)
            connection.request("GET", path, headers=headers)
            # Streams do not end; their first bytes are all that was missed.
            connection.getresponse().read1()
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def connect(url: str) -> HTTPConnection:
    parts = urlsplit(url)
    return HTTPConnection(str(parts.hostname), parts.port, timeout=30)
