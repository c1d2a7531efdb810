"""Newcomers who post many messages at once, and what the wall makes of it."""

from __future__ import annotations

import asyncio
import random
import string
from typing import TYPE_CHECKING, Any

from stena.settings import Settings, Wall
from tests.owner import between_steps, rows
from tests.program import PATIENCE
from tests.web.calls import create, listed
from tests.web.moderating import approve, held, moderate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from stena.store.database import Address
    from tests.web.calls import Asking

BRAKED = Settings(wall=Wall(brake=True, posts_per_minute=0))
READ = "SELECT change = (SELECT max(change) FROM message) AS done FROM detected"
# So many newcomers in a minute are a flood on any wall. On a slow machine it is noticed before all
# of them have posted.
MANY = 40
OFFER = "Earn two thousand a week at home without experience, write to the manager today"


def offers(count: int) -> list[str]:
    """Near copies of one text."""
    return [f"{OFFER}, number {number}" for number in range(count)]


def stories(count: int) -> list[str]:
    """Short texts of which no two are alike, and none is random letters."""
    return [f"Greetings from house {number}!" for number in range(count)]


def noise(count: int) -> list[str]:
    """Texts of random letters."""
    dice = random.Random(count)  # noqa: S311 -- has to be repeatable
    consonants = sorted(set(string.ascii_lowercase) - set("aeiouy"))
    return [
        " ".join("".join(dice.choices(consonants, k=8)) for _ in range(4)) for _ in range(count)
    ]


async def known(asking: Asking, key: str) -> None:
    """Let the browser with this key be known."""
    await moderate(asking, "rule", thread="news", mode="first")
    body = await create(asking, "a first message", key=key, thread="news")
    await approve(asking, body["id"])


async def eventually(is_true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition is true."""
    async with asyncio.timeout(PATIENCE):
        while not await is_true():  # noqa: ASYNC110 -- a database sets no event
            await asyncio.sleep(0.05)


async def read(address: Address) -> None:
    """Wait until every change was looked at."""

    async def is_read() -> bool:
        return bool((await rows(address, READ))[0]["done"])

    await eventually(is_read)


async def until_hidden(asking: Asking, count: int) -> None:
    """Wait until so many messages wait."""

    async def are_hidden() -> bool:
        return len(await held(asking)) == count

    await eventually(are_hidden)


async def until_shown(asking: Asking, count: int) -> None:
    """Wait until the newest page has so many messages.

    It is kept in memory: the process that answers learns of a sweep a moment after the database.
    """

    async def are_shown() -> bool:
        return len(await listed(asking)) == count

    await eventually(are_shown)


async def reasons(address: Address) -> set[str]:
    """Why messages wait."""
    found = await rows(address, "SELECT DISTINCT why FROM withheld WHERE state = 'waiting'")
    return {row["why"] for row in found}


async def post_each(asking: Asking, texts: Iterable[str], **fields: object) -> list[dict[str, Any]]:
    """Post messages, each from a browser of its own, at the same time. Returns the answers."""
    dice = random.SystemRandom()

    async def post(text: str) -> dict[str, Any]:
        key = "".join(dice.choices(string.ascii_letters, k=20))
        sent = {"text": text, "key": key, **fields}
        answer = await asking.post("/api/messages.create", json=sent)
        return {"status": answer.status, **(await answer.json())}

    return list(await asyncio.gather(*(post(text) for text in texts)))


def shown(answers: Iterable[dict[str, Any]]) -> int:
    """How many of the messages were put up, since they came before the brake."""
    return [answer["status"] for answer in answers].count(201)


async def brake(address: Address) -> dict[str, Any]:
    """The row of the brake, with the level that the wall has set itself by now."""
    [row] = await rows(
        address,
        "SELECT *, CASE WHEN until > clock_timestamp() THEN level ELSE 0 END AS now FROM brake",
    )
    return dict(row)


async def reached(address: Address, level: int) -> dict[str, Any]:
    """The row of the brake once the wall has set this level itself."""

    async def is_reached() -> bool:
        return bool((await brake(address))["now"] == level)

    await eventually(is_reached)
    return await brake(address)


async def pass_time(address: Address, seconds: int) -> None:
    """Let what the brake goes by be longer ago."""
    by = f"interval '{seconds} s'"
    await between_steps(
        address,
        f"UPDATE brake SET low_since = low_since - {by}",  # noqa: S608 -- a number of a test
        f"UPDATE sketch SET made = made - {by}",  # noqa: S608 -- as above
        f"""
        WITH moved AS (DELETE FROM arrival RETURNING *)
        INSERT INTO arrival SELECT second - {by}, newcomers, paid, asked FROM moved
        """,  # noqa: S608 -- as above
    )
