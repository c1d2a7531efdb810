"""One process of all detects floods, and another one takes over when it is killed."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.holding import held
from tests.owner import between_steps, execute, rows
from tests.pooler import pgbouncer
from tests.program import Program, get, post, running
from tests.web.flooding import eventually, offers, read, stories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from stena.store.database import Address

pytestmark = pytest.mark.once

# The process that had it last: it is not renewed while nothing happens, and ends after seconds.
HOLDER = "SELECT holder FROM lease WHERE name = 'detection' AND holder IS NOT NULL"
# While it is held nobody detects anything, so that all is posted before the brake rises.
UNREAD = "SELECT FROM lease WHERE name = 'detection' FOR UPDATE"
RENEW = """
    UPDATE lease SET until = clock_timestamp() + interval '10 seconds'
    WHERE name = 'detection' AND holder IS NOT NULL
"""
SHOWN = "SELECT text FROM message WHERE state = 'visible'"
# What was swept, and which of it is shown all the same, or is in two parts.
SWEPT = """
    SELECT swept.id, count(*) AS times, bool_or(message.state = 'visible') AS is_shown
    FROM decision CROSS JOIN unnest(decision.messages) AS swept (id)
    JOIN message ON message.id = swept.id
    WHERE action = 'sweep' GROUP BY swept.id
"""


def wall(
    url: str,
    folder: Path,
    name: str,
    **variables: Any,  # noqa: ANN401 -- as of running
) -> AbstractContextManager[Program]:
    return running(errors=folder / name, DATABASE_URL=url, STENA_WALL__BRAKE="true", **variables)


async def send(program: Program, texts: Sequence[str]) -> list[int]:
    """Post messages, each from a browser of its own. Returns the statuses."""
    address = f"{program.url}/api/messages.create"

    def one(text: str) -> int:
        body = json.dumps({"text": text, "key": secrets.token_hex(16)}).encode()
        return post(address, body, "application/json")[0]

    return [await asyncio.to_thread(one, text) for text in texts]


async def holder(address: Address) -> bytes | None:
    found = await rows(address, HOLDER)
    return bytes(found[0]["holder"]) if found else None


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
async def test_another_process_takes_over(
    address: Address, tmp_path: Path, fault: signal.Signals
) -> None:
    with wall(address.url, tmp_path, "first") as first:
        await send(first, stories(1))
        await read(address)
        before = await holder(address)
        assert before is not None
        with wall(address.url, tmp_path, "second") as second:
            first.process.send_signal(fault)
            try:
                async with held(address, UNREAD):
                    await send(second, offers(6))
                await until_shown(address, set(stories(1)))
                assert await holder(address) not in {None, before}
            finally:
                first.process.send_signal(signal.SIGCONT)
            if fault == signal.SIGSTOP:
                assert await send(first, ["hello"]) == [428]
            await check_sweeps(address, 6)


async def test_another_process_takes_over_however_late_the_holder_has_renewed_its_lease(
    address: Address, tmp_path: Path
) -> None:
    with wall(address.url, tmp_path, "first") as first:
        await send(first, stories(1))
        await read(address)
        with wall(address.url, tmp_path, "second") as second:
            first.process.kill()
            # As if that had happened some seconds later.
            await execute(address, RENEW)
            await send(second, offers(6))
            await until_shown(address, set(stories(1)))


async def test_processes_that_are_killed_during_an_attack_lose_nothing_and_do_nothing_twice(
    address: Address, tmp_path: Path
) -> None:
    dice = random.Random(7)  # noqa: S311 -- has to be repeatable
    honest, spam = set[str](), 0
    with wall(address.url, tmp_path, "log", WEB_CONCURRENCY="2") as attacked:
        for turn in range(4):
            texts = [*offers(6), *(f"Good morning from house {turn} {one}" for one in range(3))]
            dice.shuffle(texts)
            sent = dict(zip(texts, await send(attacked, texts), strict=True))
            assert set(sent.values()) <= {201, 202, 428}
            honest |= {text for text, status in sent.items() if text[0] == "G" and status == 201}
            spam += sum(status == 201 for text, status in sent.items() if text[0] == "E")
            dice.choice(sorted(attacked.processes, key=lambda one: one.pid)).kill()
            await until_shown(address, honest)
            # As if the brake had let go: the attack goes on.
            await between_steps(address, "UPDATE brake SET until = '-infinity'")
        assert len(honest) > 0
        await check_sweeps(address, spam)
        assert get(f"{attacked.url}/")[0] == 200


async def test_it_works_behind_a_pooler(address: Address, tmp_path: Path) -> None:
    with (
        pgbouncer(address, tmp_path, "transaction") as url,
        wall(url, tmp_path, "first", STENA_POSTGRES__LISTEN="false") as first,
        wall(url, tmp_path, "second", STENA_POSTGRES__LISTEN="false") as second,
    ):
        async with held(address, UNREAD):
            await send(first, offers(3))
            await send(second, [*offers(6)[3:], *stories(1)])
        await until_shown(address, set(stories(1)))
        await check_sweeps(address, 6)


async def until_shown(address: Address, texts: set[str]) -> None:
    """Wait until these and no others are shown."""

    async def are_shown() -> bool:
        return {row["text"] for row in await rows(address, SHOWN)} == texts

    await eventually(are_shown)


async def check_sweeps(address: Address, count: int) -> None:
    """So many messages were swept, each once, and none of them is shown."""
    swept = await rows(address, SWEPT)
    assert len(swept) == count
    assert {(row["times"], row["is_shown"]) for row in swept} == {(1, False)}
