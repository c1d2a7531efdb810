"""A device whose clock is wrong, by minutes or by a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, expect

from tests.browser.visitor import (
    CHANGE,
    address,
    card,
    learn_the_time,
    put,
    texts,
    visiting,
    write,
)
from tests.owner import execute

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Page

    from stena.store.database import Address
    from tests.conftest import Client

WRONG = [
    timedelta(minutes=20),
    timedelta(minutes=-20),
    timedelta(days=1),
    timedelta(days=-1),
    timedelta(days=400),
]


@pytest.fixture
def database(address: Address) -> Address:
    """Where the wall is; here `address` is a function of a client."""
    return address


@pytest.fixture(params=WRONG, ids=str)
async def device(browser: Browser, request: pytest.FixtureRequest) -> AsyncGenerator[Page]:
    async with visiting(browser) as page:
        await page.clock.install(time=datetime.now(UTC) + request.param)
        yield page


async def test_times_are_said_by_the_clock_of_the_wall(
    device: Page, client: Client, database: Address
) -> None:
    await put(client, "An hour ago")
    await execute(database, "UPDATE message SET created = created - interval '61 minutes'")
    await put_now(client, database)
    await device.goto(address(client))
    await expect(device.locator("time")).to_have_text(["just now", "1 hour ago"])
    # Also on a page without a stream.
    await device.goto(f"{address(client)}/?before=2")
    await expect(device.locator("time")).to_have_text(["1 hour ago"])


async def test_authors_may_edit_as_long_as_the_wall_permits_it(
    device: Page, client: Client
) -> None:
    await device.goto(address(client))
    await write(device, "Mine")
    await expect(texts(device)).to_have_text(["Mine"])
    edit = card(device, 1).get_by_role("link", name=CHANGE)
    await expect(edit).to_be_visible()
    # Else this page may learn and store it again.
    await learn_the_time(device)
    await device.evaluate("sessionStorage.removeItem('clock')")
    await device.reload()
    await learn_the_time(device)
    await expect(edit).to_be_visible()
    # Less than a quarter of an hour: what has happened so far took time as well.
    await device.clock.fast_forward("12:00")
    await expect(edit).to_be_visible()
    await device.clock.fast_forward("03:30")
    await expect(edit).to_have_count(0)


async def test_all_tabs_know_the_time(device: Page, client: Client, database: Address) -> None:
    await put_now(client, database)
    await device.goto(address(client))
    await expect(device.locator("time")).to_have_text("just now")
    # The first tab has the stream.
    again = await device.context.new_page()
    await again.goto(address(client))
    await expect(again.locator("time")).to_have_text("just now")


async def put_now(client: Client, database: Address) -> None:
    """Post a message that is new for two minutes: a busy machine needs one to show it."""
    number = await put(client, "Just now")
    later = "created = created + interval '1 minute'"
    await execute(database, f"UPDATE message SET {later} WHERE id = {number}")  # noqa: S608 -- a number
