"""Many open streams in one process, which records when each event arrives on each of them.

    python -m benchmarks.readers URL READERS POSTS POSTS_A_SECOND

posts messages at that rate meanwhile, and prints the latencies as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import time
from array import array
from collections import defaultdict
from typing import TYPE_CHECKING, cast

import uvloop
from aiohttp import ClientSession, TCPConnector
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Sequence

# Connections that are opened at once; more would overflow the accept queue.
TOGETHER = 200
# The readers come from so many addresses of this machine: one gets a quarter of the wall's places.
ADDRESSES = 8
PATIENCE = 60
EVENT = re.compile(rb"^id: (\d+)\n", re.MULTILINE)


class Arrivals:
    """When each change arrived at each reader, and how many arrived out of order."""

    def __init__(self) -> None:
        self.times: defaultdict[int, array[float]] = defaultdict(lambda: array("d"))
        self.mistakes = 0
        self.opened = 0


class Reader(asyncio.Protocol):
    """One stream. Its numbers have no gaps, because nothing else writes on this wall."""

    def __init__(self, request: bytes, arrivals: Arrivals) -> None:
        self._request = request
        self._arrivals = arrivals
        self._last: int | None = None
        self._rest = b""
        self.transport: asyncio.Transport | None = None
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's has the same methods, but is not a subclass.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        if not self.opened.done():
            self.opened.set_result(data.startswith(b"HTTP/1.1 200"))
        data = self._rest + data
        whole = data.rfind(b"\n") + 1
        self._rest = data[whole:]
        for found in EVENT.finditer(data, 0, whole):
            number = int(found[1])
            if self._last is not None and number != self._last + 1:
                self._arrivals.mistakes += 1
            self._last = number
            self._arrivals.times[number].append(now)

    def connection_lost(self, _: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_result(False)


async def main(url: URL, readers: int, posts: int, pace: float) -> None:
    arrivals = Arrivals()
    streams = await open_streams(url, readers, arrivals)
    print(json.dumps({"opened": len(streams)}), flush=True)
    # Pauses of our garbage collector must not count as latency of the wall.
    gc.freeze()
    gc.disable()
    sys.stdin.readline()
    sent = await leave(url, posts, pace)
    await arrived(arrivals, list(sent), readers)
    each = sorted(moment - sent[number] for number in sent for moment in arrivals.times[number])
    last = sorted(max(arrivals.times[number]) - sent[number] for number in sent)
    lost = readers * len(sent) - len(each)
    print(
        json.dumps(
            {
                "each": quantiles(each),
                "last": quantiles(last),
                "lost": lost,
                "mistakes": arrivals.mistakes,
            }
        ),
        flush=True,
    )


async def open_streams(url: URL, readers: int, arrivals: Arrivals) -> list[Reader]:
    request = b"GET /api/messages.stream HTTP/1.1\r\nHost: wall\r\n\r\n"
    loop = asyncio.get_running_loop()
    host, port = str(url.host), url.port or 80
    streams: list[Reader] = []
    while len(streams) < readers:
        group = min(TOGETHER, readers - len(streams))
        made = await asyncio.gather(
            *(
                loop.create_connection(
                    lambda: Reader(request, arrivals), host, port, local_addr=(source(number), 0)
                )
                for number in range(group)
            )
        )
        async with asyncio.timeout(PATIENCE):
            if not all([await reader.opened for _, reader in made]):
                raise RuntimeError("a stream was refused")
        streams += [reader for _, reader in made]
    return streams


def source(number: int) -> str:
    """The address from which a reader connects."""
    return f"127.0.{1 + number % ADDRESSES}.1"


async def leave(url: URL, posts: int, pace: float) -> dict[int, float]:
    """Post the messages. Return the number of each change and when its message was sent."""
    begun = time.monotonic()
    async with ClientSession(connector=TCPConnector(limit=0)) as client:

        async def one(place: int) -> tuple[int, float]:
            await asyncio.sleep(begun + place / pace - time.monotonic())
            sent = time.monotonic()
            async with client.post(
                url / "api/messages.create", json={"text": f"message {place} of a benchmark"}
            ) as answer:
                answer.raise_for_status()
                # The wall is new, so its changes and its messages have the same numbers.
                return (await answer.json())["message"]["id"], sent

        return dict(await asyncio.gather(*(one(place) for place in range(posts))))


async def arrived(arrivals: Arrivals, numbers: list[int], readers: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while any(len(arrivals.times[number]) < readers for number in numbers):  # noqa: ASYNC110 -- polling costs the readers the least
            await asyncio.sleep(0.05)


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50 and p99 in milliseconds."""
    return {
        "p50": 1000 * seconds[len(seconds) // 2],
        "p99": 1000 * seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)],
    }


if __name__ == "__main__":
    address, readers, posts, pace = sys.argv[1:]
    uvloop.run(main(URL(address), int(readers), int(posts), float(pace)))
