"""What senders do when the wall asks for a step.

Hundreds of them solve works at once, for which this machine is too slow. So they read the number
from the wall's own key, and wait as long as their machine would search for it.
"""

from __future__ import annotations

import json
import re
from asyncio import sleep
from html import unescape
from typing import TYPE_CHECKING, Any

import asyncpg

from stena.step import Ticket, number_of

if TYPE_CHECKING:
    from benchmarks.civility.clients import Answer
    from benchmarks.civility.walls import Wall

# How many numbers a second a phone tries, as in docs/design/price.md; and the server of a spammer,
# on one core (Node.js 20 on the machine where the figures of the page were measured).
PHONE, SERVER = 370_000, 2_000_000
TICKET = re.compile(r'name="ticket" value="([^"]+)"')
NONCE = re.compile(r'name="nonce" value="([^"]+)"')
SECONDS = re.compile(r"In (\d+) seconds? press")


class Payments:
    """Takes steps on one wall."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._key: bytes | None = None

    async def by_work(self, answer: Answer, speed: int) -> dict[str, Any]:
        """The `step` with which the same is sent again by the API.

        Args:
            answer: that asks for it.
            speed: how many numbers a second the sender tries.
        """
        asked = json.loads(answer.text)["error"]["step"]
        ticket = Ticket.of(asked["ticket"])
        assert ticket
        number = number_of(await self._sealing(), ticket)
        await sleep(number / speed)
        return {"ticket": asked["ticket"], "way": "work", "solution": number}

    async def by_time(self, answer: Answer) -> dict[str, str]:
        """The fields with which the form of an answer is sent again, when its page has said to."""
        seconds = SECONDS.search(answer.text)
        await sleep(int(seconds[1]) if seconds else 0)
        return fields(answer)

    async def _sealing(self) -> bytes:
        if self._key is None:
            connection = await asyncpg.connect(self._wall.database)
            try:
                self._key = await connection.fetchval("SELECT key FROM challenge_key")
            finally:
                await connection.close()
        assert self._key
        return self._key


def fields(answer: Answer) -> dict[str, str]:
    """The ticket and the nonce of a form that was refused."""
    found = {"ticket": TICKET.search(answer.text), "nonce": NONCE.search(answer.text)}
    return {name: unescape(one[1]) for name, one in found.items() if one}
