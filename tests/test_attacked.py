"""Processes are killed at random while a wall is attacked, and its invariants still hold.

The seed decides who posts what, and how long after a message which process is killed. It
is random, and printed; `SEED=7` repeats one.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import aiohttp
import psutil
import pytest

from tests.owner import between_steps, rows
from tests.program import Program, get, post, running
from tests.web.counting import figures
from tests.web.flooding import OFFER, eventually, known, read
from tests.web.moderating import make_token, undo

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address

pytestmark = [pytest.mark.once, pytest.mark.longest]

SENDERS, KILLS = 4, 6
# Seconds between two messages of a sender, and at most until the next kill.
PAUSE, LONGEST = 0.05, 1.5
KEY_OF_A_KNOWN_BROWSER = "key-of-a-known-browser"
LET_GO = "UPDATE brake SET until = '-infinity'"
# Every message as it is kept, with the text that readers or only the team see.
KEPT = """
    SELECT message.id, message.state, coalesce(withheld.text, message.text) AS text,
        coalesce(withheld.name, message.name) AS name
    FROM message LEFT JOIN withheld ON withheld.message = message.id
"""
SWEPT = """
    SELECT message, count(*)::int AS times
    FROM decision CROSS JOIN unnest(messages) AS message WHERE action = 'sweep' GROUP BY message
"""
SWEEPS = "SELECT id FROM decision WHERE action = 'sweep' AND first IS NULL ORDER BY id"


@dataclass(slots=True)
class Attack:
    """A wall that is attacked.

    Attributes:
        answers: the status of each message that was answered, by its text.
        pages: how many readers have got.
    """

    program: Program
    address: Address
    seed: int
    answers: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    is_over: bool = False

    async def send(self, sender: int) -> None:
        """Spam, and between it honest messages and copies of the spam by a known browser."""
        dice = random.Random(f"{self.seed} {sender}")  # noqa: S311 -- has to be repeatable
        number = 0
        while not self.is_over:
            number += 1
            key, kind = secrets.token_hex(16), dice.choices(("spam", "honest", "known"), (6, 3, 1))
            text = f"{OFFER}, number {sender}/{number}"
            if kind == ["honest"]:
                text = f"Greetings from house {sender}/{number}!"
            elif kind == ["known"]:
                text, key = f"{OFFER}, said somebody {sender}/{number}", KEY_OF_A_KNOWN_BROWSER
            draft = {"text": text, "key": key, "name": f"{sender}", "nonce": secrets.token_hex(16)}
            self.answers[text] = await self._until_answered(draft)
            await asyncio.sleep(PAUSE)

    async def _until_answered(self, draft: dict[str, Any]) -> int:
        """Send a draft again until it is answered, as a client does whose connection ended."""
        body = json.dumps(draft).encode()
        url = f"{self.program.url}/api/messages.create"
        while True:
            with suppress(OSError, HTTPException):
                status, text = await asyncio.to_thread(post, url, body, "application/json")
                if status != 503:
                    assert status in {201, 202, 428}, text
                    return status

    async def read(self) -> None:
        while not self.is_over:
            with suppress(OSError, HTTPException):
                self.pages += (await asyncio.to_thread(get, f"{self.program.url}/"))[0] == 200
            await asyncio.sleep(PAUSE)

    async def kill(self) -> None:
        """Kill one process, or all, again and again; after each time the wall goes on."""
        dice = random.Random(self.seed)  # noqa: S311 -- has to be repeatable
        try:
            for _ in range(KILLS):
                await asyncio.sleep(dice.uniform(0, LONGEST))
                processes = sorted(self.program.processes, key=lambda one: one.pid)
                for one in dice.sample(processes, dice.randint(1, len(processes))):
                    with suppress(psutil.NoSuchProcess):
                        one.kill()
                # At times as if the brake had let go, so that it has to rise again.
                if dice.random() < 1 / 2:
                    await between_steps(self.address, LET_GO)
                await self._goes_on()
        finally:
            self.is_over = True

    async def _goes_on(self) -> None:
        pages, answers = self.pages, len(self.answers)

        async def is_answered() -> bool:
            return self.pages > pages and len(self.answers) > answers

        await eventually(is_answered)


async def test_processes_that_are_killed_at_random_during_an_attack_keep_what_was_promised(
    address: Address, tmp_path: Path
) -> None:
    seed = int(os.environ.get("SEED") or secrets.randbelow(1_000_000))
    print(f"SEED={seed}")  # noqa: T201 -- pytest shows it if the test fails
    await make_token(address)
    with running(
        errors=tmp_path / "log",
        DATABASE_URL=address.url,
        STENA_WALL__BRAKE="true",
        WEB_CONCURRENCY="2",
    ) as program:
        async with aiohttp.ClientSession(program.url) as team:
            await known(team, KEY_OF_A_KNOWN_BROWSER)
        attack = Attack(program, address, seed)
        senders = [attack.send(sender) for sender in range(SENDERS)]
        await asyncio.gather(attack.kill(), attack.read(), *senders)
        await read(address)
        async with aiohttp.ClientSession(program.url) as team:
            swept = await check_sweeps(attack)
            assert (await figures(team))["copies waited"] == swept
            await check_undo(attack, team)
            assert (await figures(team))["copies approved"] == swept
        assert len(await rows(address, "SELECT FROM browser")) == 1


async def check_sweeps(attack: Attack) -> int:
    """Nothing is lost or written twice; spam waits, once decided; the rest is shown.

    Returns:
        How many messages were swept.
    """

    async def are_hidden() -> bool:
        kept = await rows(attack.address, KEPT)
        return all(row["state"] == "waiting" for row in kept if is_spam(row["text"]))

    await eventually(are_hidden)
    kept = await rows(attack.address, KEPT)
    texts = sorted(row["text"] for row in kept if row["text"] in attack.answers)
    assert texts == sorted(text for text, status in attack.answers.items() if status != 428)
    assert {row["state"] for row in kept if not is_spam(row["text"])} == {"visible"}
    swept = await rows(attack.address, SWEPT)
    assert {row["times"] for row in swept} == {1}
    spam = {row["id"] for row in kept if is_spam(row["text"])}
    assert {row["message"] for row in swept} == spam
    return len(swept)


async def check_undo(attack: Attack, team: aiohttp.ClientSession) -> None:
    """Everything is shown again, as it was posted."""
    before = {row["id"]: (row["text"], row["name"]) for row in await rows(attack.address, KEPT)}
    for row in await rows(attack.address, SWEEPS):
        await undo(team, row["id"])
    await read(attack.address)
    kept = await rows(attack.address, KEPT)
    assert {row["id"]: (row["text"], row["name"]) for row in kept} == before
    assert {row["state"] for row in kept} == {"visible"}


def is_spam(text: str) -> bool:
    return text.startswith(OFFER) and "said somebody" not in text
