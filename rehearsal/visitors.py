"""Clients of the wall while it is published: writers and readers, many at once."""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from rehearsal.workshop import Failed

if TYPE_CHECKING:
    from rehearsal.workshop import Workshop

WRITERS, VISITORS, READERS = 8, 4, 20
# The keys of the writers' browsers. The wall has to know them: newcomers that write so much are a
# flood.
KEYS = [f"browser-of-the-writer-{number}" for number in range(WRITERS)]
# Seconds between two requests of one client.
PAUSE = 0.05
SOURCES = (f"127.0.1.{number}" for number in itertools.count(1))


class Here(AbstractResolver):
    """Resolves the app's name to the simulated router."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:  # noqa: ARG002, ANN401 -- as aiohttp's
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=self._port, family=2, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        pass


def client(workshop: Workshop, port: int) -> aiohttp.ClientSession:
    """A client with an IP address of its own that trusts the rehearsal's CA."""
    trust = ssl.create_default_context()
    workshop.authority.configure_trust(trust)
    connector = aiohttp.TCPConnector(
        resolver=Here(port), ssl=trust, local_addr=(next(SOURCES), 0), ttl_dns_cache=None
    )
    timeout = aiohttp.ClientTimeout(total=None, sock_read=120)
    return aiohttp.ClientSession(connector=connector, timeout=timeout)


@dataclass(slots=True)
class Load:
    """All clients at once, from `start` to `stop`; records every request that failed."""

    workshop: Workshop
    url: str
    port: int
    failures: list[str] = field(default_factory=list)
    requests: int = 0
    written: dict[int, str] = field(default_factory=dict)
    reconnected: int = 0
    _received: list[list[int]] = field(default_factory=list)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _readers: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Returns when all streams are open, so that none can have missed the first message."""
        opened = [asyncio.Event() for _ in range(READERS)]
        self._readers = [asyncio.create_task(self._read(event)) for event in opened]
        async with asyncio.timeout(30):
            await asyncio.gather(*(event.wait() for event in opened))
        self._tasks = [
            *(asyncio.create_task(self._write(number)) for number in range(WRITERS)),
            *(asyncio.create_task(self._look()) for _ in range(VISITORS)),
        ]

    async def stop(self) -> None:
        """Raises Failed where anything was refused, lost, repeated or out of order."""
        self._stopped.set()
        await asyncio.gather(*self._tasks)
        with suppress(TimeoutError):
            async with asyncio.timeout(30):
                while any(not self.written.keys() <= set(got) for got in self._received):
                    await asyncio.sleep(0.05)
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await self._compare()

    async def _compare(self) -> None:
        if not self.reconnected:
            raise Failed("No stream was open when the release was made.")
        if self.failures:
            kinds = Counter(self.failures).most_common(5)
            raise Failed(f"{len(self.failures)} of {self.requests} requests failed: {kinds}")
        for received in self._received:
            if received != sorted(set(received)):
                raise Failed("A stream sent a message twice or out of order.")
            if lost := self.written.keys() - set(received):
                raise Failed(f"A stream never sent {len(lost)} messages.")
        async with client(self.workshop, self.port) as visitor:
            on_the_wall = Counter(await texts(visitor, self.url))
        for text in self.written.values():
            if on_the_wall[text] != 1:
                raise Failed(f"“{text}” is on the wall {on_the_wall[text]} times.")

    async def _write(self, writer: int) -> None:
        async with client(self.workshop, self.port) as session:
            for number in itertools.count():
                if self._stopped.is_set():
                    return
                text = f"Message {number} of writer {writer}"
                nonce = f"rehearsal-{writer}-{number}"
                message = {"text": text, "nonce": nonce, "key": KEYS[writer]}
                answer = await self._ask(session, "POST", "/api/messages.create", message)
                if answer:
                    self.written[json.loads(answer)["message"]["id"]] = text
                await asyncio.sleep(PAUSE)

    async def _look(self) -> None:
        async with client(self.workshop, self.port) as session:
            for path in itertools.cycle(("/", "/api/messages.list")):
                if self._stopped.is_set():
                    return
                await self._ask(session, "GET", path)
                await asyncio.sleep(PAUSE)

    async def _ask(
        self, session: aiohttp.ClientSession, method: str, path: str, body: object = None
    ) -> bytes | None:
        self.requests += 1
        try:
            async with session.request(method, f"{self.url}{path}", json=body) as answer:
                content = await answer.read()
                if answer.ok:
                    return content
                self.failures.append(f"{method} {path}: {answer.status} {content[:80]!r}")
        except aiohttp.ClientError as error:
            self.failures.append(f"{method} {path}: {error!r}")
        return None

    async def _read(self, opened: asyncio.Event) -> None:
        """Read one stream after the other, each from where the last one ended."""
        received: list[int] = []
        self._received.append(received)
        last, pause = "", 0.0
        async with client(self.workshop, self.port) as session:
            while True:
                headers = {"Last-Event-ID": last} if last else {}
                self.requests += 1
                try:
                    async with session.get(
                        f"{self.url}/api/messages.stream", headers=headers
                    ) as answer:
                        if answer.status != 200:  # noqa: PLR2004 -- OK
                            self.failures.append(f"stream: {answer.status}")
                        if opened.is_set():
                            self.reconnected += 1
                        opened.set()
                        async for line in answer.content:
                            name, _, value = line.decode().strip().partition(": ")
                            if name == "id":
                                last = value
                            elif name == "retry":
                                pause = int(value) / 1000
                            elif name == "data" and value:
                                received.append(json.loads(value)["id"])
                            elif name == "event":
                                self.failures.append(f"stream: {value}")
                except aiohttp.ClientError as error:
                    self.failures.append(f"stream: {error!r}")
                await asyncio.sleep(pause)


async def texts(visitor: aiohttp.ClientSession, url: str) -> list[str]:
    """The texts of all messages, newest first."""
    found: list[str] = []
    before = ""
    while True:
        async with visitor.get(f"{url}/api/messages.list?limit=100{before}") as answer:
            messages = (await answer.json())["messages"]
        if not messages:
            return found
        found += [message["text"] for message in messages]
        before = f"&before={messages[-1]['id']}"
