"""A browser becomes known because its messages stand, while somebody of the team looks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from tests.calm import calm
from tests.conftest import Front
from tests.owner import execute, rows
from tests.web.calls import KEY, OTHERS_KEY, call, create
from tests.web.events import PATIENCE
from tests.web.moderating import make_token, moderate, remove, undo

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client

THIRD_KEY = "the-key-of-a-third-browser"


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


class Days:
    """Lets days pass at a wall, and the job look at what stands.

    The job of the wall that the client talks to may look at any time, on a slow machine also late:
    what it should see has to be there before the days pass.
    """

    def __init__(self, settings: Settings, address: Address) -> None:
        self._settings = settings
        self._address = address

    async def watch(self, hours: int = 23) -> None:
        """Somebody looked so many hours ago."""
        await execute(
            self._address,
            f"UPDATE token SET used = clock_timestamp() - interval '{hours} hours'",  # noqa: S608 -- a number
        )

    async def pass_by(self, hours: int = 25) -> None:
        interval = f"interval '{hours} hours'"
        await execute(
            self._address,
            f"UPDATE message SET created = created - {interval}, edited = edited - {interval}",  # noqa: S608 -- a number
        )

    async def look(self) -> None:
        """Start another wall, which looks at once, and wait until it has seen all messages."""
        async with (
            TestClient(Front(create_app(calm(self._settings), self._address))),
            asyncio.timeout(PATIENCE),
        ):
            while not await self._are_seen():  # noqa: ASYNC110 -- no event says so
                await asyncio.sleep(0.05)

    async def _are_seen(self) -> bool:
        query = """
            SELECT message = (
                SELECT coalesce(max(id), 0) FROM message
                WHERE created < clock_timestamp() - interval '24 hours'
            ) AS done FROM standing_mark
        """
        return bool((await rows(self._address, query))[0]["done"])

    async def known(self) -> int:
        return len(await rows(self._address, "SELECT FROM browser"))


@pytest.fixture
def days(settings: Settings, address: Address) -> Days:
    return Days(settings, address)


async def test_two_messages_that_stood_a_day_make_their_browser_known(
    client: Client, days: Days
) -> None:
    await create(client, "one", key=KEY)
    await create(client, "of another browser", key=OTHERS_KEY)
    await create(client, "without a key")
    await days.watch()
    await days.pass_by()
    await days.look()
    assert await days.known() == 0
    await create(client, "two", key=KEY)
    await create(client, "two", key=OTHERS_KEY)
    await days.pass_by()
    await days.look()
    assert await days.known() == 2
    await moderate(client, "rule", mode="first")
    await create(client, "three", key=KEY)


async def test_nobody_becomes_known_while_nobody_looks(client: Client, days: Days) -> None:
    for text in ("one", "two"):
        await create(client, text, key=KEY)
    await days.pass_by()
    # Somebody looked before they were posted, and again when they had stood a day.
    await days.watch(hours=30)
    await days.look()
    await days.watch(hours=0)
    await days.look()
    assert await days.known() == 0


async def test_what_was_removed_or_reported_lately_keeps_a_browser_unknown(
    client: Client, days: Days, address: Address
) -> None:
    for key in (KEY, OTHERS_KEY, THIRD_KEY):
        for text in ("one", "two", "three"):
            await create(client, f"{text} {key}", key=key)
    ids = {
        text: (await rows(address, f"SELECT id FROM message WHERE text = '{text}'"))[0]["id"]  # noqa: S608 -- constants
        for text in (f"three {KEY}", f"three {OTHERS_KEY}", f"three {THIRD_KEY}")
    }
    await remove(client, ids[f"three {KEY}"])
    await undo(client, await remove(client, ids[f"three {THIRD_KEY}"]))
    await call(client, "report", id=ids[f"three {OTHERS_KEY}"], reason="spam")
    await days.watch()
    await days.pass_by()
    await days.look()
    assert await days.known() == 1
    # A week later one more message is enough.
    await execute(
        address,
        "UPDATE decision SET made = made - interval '8 days'",
        "UPDATE report SET made = made - interval '8 days'",
    )
    for key in (KEY, OTHERS_KEY):
        await create(client, f"four {key}", key=key)
    await days.watch()
    await days.pass_by()
    await days.look()
    assert await days.known() == 3
