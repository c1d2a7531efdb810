"""The times of messages, in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import lent
from tests.browser.visitor import address, put, visiting
from tests.owner import execute

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

SAID = [
    (
        "en-GB",
        "just now",
        [
            (timedelta(seconds=90), "1 minute ago"),
            (timedelta(minutes=2.5), "2 minutes ago"),
            (timedelta(minutes=5.5), "5 minutes ago"),
            (timedelta(minutes=21.5), "21 minutes ago"),
            (timedelta(hours=1.5), "1 hour ago"),
            (timedelta(hours=3.5), "3 hours ago"),
        ],
    ),
    (
        "ru-RU",
        "только что",
        [
            (timedelta(seconds=90), "1 минуту назад"),
            (timedelta(minutes=2.5), "2 минуты назад"),
            (timedelta(minutes=5.5), "5 минут назад"),
            (timedelta(minutes=21.5), "21 минуту назад"),
            (timedelta(hours=1.5), "1 час назад"),
            (timedelta(hours=3.5), "3 часа назад"),
        ],
    ),
]


@pytest.fixture
def database(address: Address) -> Address:
    """Where the wall is; here `address` is a function of a client."""
    return address


@pytest.mark.parametrize(("language", "first", "later"), SAID)
async def test_how_long_ago_is_said_anew_as_time_goes_by(
    browser: Browser,
    client: Client,
    language: str,
    first: str,
    later: list[tuple[timedelta, str]],
) -> None:
    created = await moment(client)
    async with visiting(browser, locale=language) as page:
        # The wall's time, which comes with the stream, goes on meanwhile.
        await page.route("**/api/messages.stream*", lambda route: route.abort())
        await page.clock.install(time=created - timedelta(hours=1))
        await page.clock.pause_at(created)
        await page.goto(address(client))
        time = page.locator("time")
        await expect(time).to_have_text(first)
        passed = timedelta()
        for since, said in later:
            await page.clock.fast_forward((since - passed) // timedelta(milliseconds=1))
            passed = since
            await expect(time).to_have_text(said)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-GB", ["13 hours ago", "yesterday", "2 days ago", "6 days ago"]),
        ("ru-RU", ["13 часов назад", "вчера", "позавчера", "6 дней назад"]),
    ],
)
async def test_yesterday_is_the_day_before_today(
    browser: Browser, client: Client, database: Address, language: str, said: list[str]
) -> None:
    created = await moment(client)
    # A zone in which it is about noon now.
    offset = created.hour - 12
    async with visiting(browser, locale=language, timezone_id=f"Etc/GMT{offset:+d}") as page:
        shown = []
        # 47 hours later it is no longer "yesterday".
        for hours in (13, 25, 47, 6 * 24):
            await let_be_old(database, hours)
            await page.goto(f"{address(client)}/m/1")
            await expect(page.locator("time")).to_have_attribute("title", re.compile("."))
            shown.append(await page.locator("time").inner_text())
    assert shown == said


async def test_from_a_week_on_the_day_is_named(
    browser: Browser, client: Client, database: Address
) -> None:
    await moment(client)
    created = await let_be_old(database, 8 * 24)
    for language, pattern in (
        ("en-GB", r"\d+ [A-Z][a-z]+ \d{4}"),
        ("ru-RU", r"\d+ [\u0430-\u044f]+ \d{4}"),
    ):
        async with visiting(browser, locale=language, timezone_id="UTC") as page:
            await page.goto(address(client))
            await expect(page.locator("time")).to_have_text(re.compile(pattern))
            await expect(page.locator("time")).to_contain_text(f"{created.day} ")


async def test_the_exact_moment_is_told_to_whoever_asks(browser: Browser, client: Client) -> None:
    created = await moment(client)
    async with visiting(browser, timezone_id="UTC") as page:
        await page.goto(address(client))
        time = page.locator("time")
        await expect(time).to_have_text("just now")
        await expect(time).to_have_attribute(
            "title", f"{created:%A}, {created.day} {created:%B %Y} at {created:%H:%M:%S} UTC"
        )
        await expect(time).to_have_attribute("datetime", re.compile("Z$"))


async def test_a_clock_that_is_slow_puts_nothing_into_the_future(
    browser: Browser, client: Client
) -> None:
    created = await moment(client)
    async with visiting(browser) as page:
        await page.clock.set_fixed_time(created - timedelta(hours=2))
        await page.goto(address(client))
        await expect(page.locator("time")).to_have_text("just now")
        await put(client, "And another")
        await expect(page.locator("time")).to_have_text(["just now", "just now"])


async def test_without_script_the_day_and_the_hour_are_shown(
    tabs: dict[tuple[bool, str], Page], client: Client
) -> None:
    created = await moment(client)
    for language, day in (
        ("en-GB", f"{created.day} {created:%B %Y}"),
        ("ru-RU", f"{created.day} "),
    ):
        async with lent(tabs[False, language]) as tab:
            await tab.goto(address(client))
            await expect(tab.locator("time")).to_contain_text(day)
            await expect(tab.locator("time")).to_contain_text(f"{created:%H:%M}")


async def moment(client: Client) -> datetime:
    """Post a message. Returns its time."""
    number = await put(client, "message")
    answer = await client.get("/api/messages.get", params={"id": str(number)})
    return datetime.fromisoformat((await answer.json())["message"]["created"])


async def let_be_old(database: Address, hours: int) -> datetime:
    """Let the message be so old; a wall that was not read yet shows it. Returns its time."""
    past = f"clock_timestamp() - interval '{hours} hours'"
    await execute(database, f"UPDATE message SET created = {past}")  # noqa: S608 -- a number
    return datetime.now(UTC) - timedelta(hours=hours)
