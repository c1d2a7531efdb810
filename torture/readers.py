"""Readers of the streams, each of whom resumes where the stream before ended."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from torture.clients import background

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from torture.programs import Program

READERS = 6
# Every second reader leaves a stream by itself after so many seconds on average.
STAY_SECONDS = 8
# A comment comes every 15 seconds; after more silence the program is frozen or gone.
SILENCE_SECONDS = 20
# Before a reader comes back, in seconds, where the stream named no pause.
RETRY = (0.05, 0.5)


@dataclass(slots=True)
class Known:
    """What a reader was told of one message.

    Attributes:
        before_first: the number up to which the reader knew everything when it was first told of
            the message; `before_last`: when it was last told.
        first: the kind of the event with which it was first told.
        state: the last state of the message: its text, its reactions, and whether it is deleted.
    """

    before_first: int
    before_last: int
    first: str
    text: str = ""
    reactions: dict[str, int] = field(default_factory=dict)
    deleted: bool = False


@dataclass(slots=True)
class Reader:
    """One reader, from the first change on.

    Attributes:
        last: the number up to which it knows everything.
        floor: the number from which on it has to know everything; 0 until a `reset`.
        resets: the numbers before and after each `reset`.
        streams: how many were opened.
        wrong: events that no stream may send, a sentence each.
    """

    number: int
    dice: random.Random
    last: int = 0
    floor: int = 0
    resets: list[tuple[int, int]] = field(default_factory=list)
    streams: int = 0
    known: dict[int, Known] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    _was_reset: bool = False
    _pause: float | None = None

    async def read(self, session: aiohttp.ClientSession, programs: Sequence[Program]) -> None:
        """Read one stream after the other, until cancelled."""
        while True:
            program = self.dice.choice(programs)
            stay = self.dice.expovariate(1 / STAY_SECONDS) if self.number % 2 else None
            try:
                async with asyncio.timeout(stay):
                    await self._follow(session, program)
            except (aiohttp.ClientError, TimeoutError):
                pass
            retry = self._pause if self._pause is not None else self.dice.uniform(*RETRY)
            await asyncio.sleep(retry)

    async def _follow(self, session: aiohttp.ClientSession, program: Program) -> None:
        self._was_reset, self._pause = False, None
        async with session.get(
            f"{program.url}/api/messages.stream", headers={"Last-Event-ID": str(self.last)}
        ) as response:
            if response.status != 200:  # noqa: PLR2004 -- OK
                return
            self.streams += 1
            fields: dict[str, str] = {}
            async for line in response.content:
                if line != b"\n":
                    name, _, value = line.decode().rstrip("\n").partition(":")
                    fields[name] = value.removeprefix(" ")
                    continue
                self.take(fields)
                fields = {}

    def take(self, fields: dict[str, str]) -> None:
        """Take one event: the fields up to an empty line."""
        before = self.last
        if "id" in fields:
            self._advance(int(fields["id"]), is_event=bool(fields.get("data")))
        if "retry" in fields:
            self._pause = int(fields["retry"]) / 1000
        kind = fields.get("event", "message")
        if kind == "reset":
            # The number from which the stream goes on follows.
            self._was_reset = True
        elif fields.get("data"):
            self._learn(kind, json.loads(fields["data"]), before)

    def _advance(self, number: int, *, is_event: bool) -> None:
        if self._was_reset:
            self.resets.append((self.last, number))
            self._was_reset = False
            self.floor = number
            self.known.clear()
        elif number < self.last or (is_event and number == self.last):
            self.wrong.append(f"reader {self.number} got change {number} after {self.last}")
        self.last = number

    def _learn(self, kind: str, data: dict[str, Any], before: int) -> None:
        message: int = data["id"]
        known = self.known.get(message)
        if known is None:
            known = self.known[message] = Known(before, before, kind)
        elif kind == "message":
            self.wrong.append(f"reader {self.number} got message {message} twice")
        known.before_last = before
        if kind in {"message", "edited"}:
            known.text = data["text"]
            known.deleted = data["deleted"]
        if kind in {"message", "edited", "reacted"}:
            known.reactions = data["reactions"]
        else:
            known.deleted = True


@asynccontextmanager
async def reading(seed: int, programs: Sequence[Program]) -> AsyncGenerator[list[Reader]]:
    """Readers of an empty wall, who read from now on."""
    readers = [
        Reader(number, random.Random(f"{seed} reader {number}"))  # noqa: S311 -- repeatable
        for number in range(READERS)
    ]
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=SILENCE_SECONDS)
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        background(*(reader.read(session, programs) for reader in readers)),
    ):
        yield readers
