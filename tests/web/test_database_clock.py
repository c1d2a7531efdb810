"""The clock of the database is set back and forth by hours while the wall serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, CookieJar

from stena.settings import Settings, Wall
from stena.store import migration
from stena.store.database import Address
from tests.owner import execute, make_code, rows, sign_in
from tests.program import get, running
from tests.set_clock import Clock, clocked
from tests.test_detection import holder, send, wall
from tests.test_kill import on_the_wall
from tests.web.calls import KEY, call, create, refused, write
from tests.web.events import listening
from tests.web.flooding import MANY, eventually, read, stories
from tests.web.paying import asked, brake, post, worked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from tests.conftest import Client
    from tests.web.events import Events

SEEN = "SELECT seen <= clock_timestamp() AS is_past FROM session"
Set = tuple[Address, Clock]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Set]:
    """A migrated database, and its clock."""
    with clocked(tmp_path / "data") as (url, clock):
        address = Address(url)
        await migration.upgrade(address, naive_time_zone="UTC")
        yield address, clock


@pytest.fixture
def address(database: Set) -> Address:
    return database[0]


@pytest.fixture
def clock(database: Set) -> Clock:
    return database[1]


@pytest.fixture(autouse=True)
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", 20_000)


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(posts_per_minute=0))


async def test_messages_keep_their_order_and_what_has_a_limit_moves_with_the_clock(
    tmp_path: Path, address: Address, clock: Clock
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url, WEB_CONCURRENCY="2") as program:
        async with (
            ClientSession(program.url, cookie_jar=CookieJar(unsafe=True)) as client,
            listening(client) as events,
        ):
            await sign_in(client, await make_code(address))
            times: list[str] = []
            for place, offset in enumerate(("+0", "+5h", "-7h", "+0")):
                clock.set(offset)
                made = await create(client, f"message {place}", key=KEY)
                times.append(made["created"])
                await call(client, "edit", id=made["id"], text=f"edited {place}", key=KEY)
                await until_told(events, f"edited {place}")
                # A session lasts for two weeks by this clock.
                assert (await client.get("/owner/devices", allow_redirects=False)).status == 200
                assert [row["is_past"] for row in await rows(address, SEEN)] == [True]
                edit: dict[str, Any] = {"id": 1, "text": f"edited 0, at {offset}", "key": KEY}
                if offset == "+5h":
                    assert await refused(client, "edit", **edit) == (403, "too_late")
                else:
                    await call(client, "edit", **edit)
                    await until_told(events, edit["text"])
            first, forth, back, _ = times
            assert back < first < forth, "libfaketime had no effect"
            # By their ids, and not by these times.
            edited = ["edited 3", "edited 2", "edited 1", "edited 0, at +0"]
            assert on_the_wall(program.url) == edited
            assert get(f"{program.url}/readyz")[0] == 200
            assert "job_failed" not in program.log
            assert '"level": "error"' not in program.log


async def until_told(events: Events, text: str) -> None:
    """Read a stream up to an event; another process may tell two changes of a message in one."""
    while (await events.next()).data["text"] != text:
        pass


async def test_detection_goes_on_and_the_brake_rises_and_lets_go(
    tmp_path: Path, address: Address, clock: Clock
) -> None:
    with wall(address.url, tmp_path, "first") as first:
        await send(first, ["See http://offer.example"])
        await read(address)
        assert await holder(address)
        first.process.kill()
        # The lease of the process that was killed lasts for an hour, by this clock.
        clock.set("-1h")
    with wall(address.url, tmp_path, "second") as second:
        await send(second, stories(MANY))
        await until(address, lambda row: row["level"] == 1)
        # What was posted an hour from now was not posted in the last minute.
        assert "See http://offer.example" in on_the_wall(second.url)
        clock.set("-2h")
        # The flood an hour from now is none now.
        await until(address, lambda row: row["low_since"] is not None)
        clock.set("-3h")
        # It has not been low since an hour from now, but is from now on.
        await until(address, lambda row: row["low_since"] <= row["now"])
        assert await send(second, ["hello"]) == [428]
        # Set forward, it is one that nothing has renewed.
        clock.set("-177m")
        assert await send(second, ["hello"]) == [201]
        assert "detection_failed" not in second.log


async def until(address: Address, is_so: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until something is true of the row of the brake."""

    async def is_true() -> bool:
        [row] = await rows(address, "SELECT level, low_since, clock_timestamp() AS now FROM brake")
        return is_so(row)

    await eventually(is_true)


async def test_a_browser_does_not_pause_for_hours(
    client_of_one: Client, address: Address, clock: Clock
) -> None:
    await execute(address, "UPDATE rule SET slow_seconds = 60 WHERE thread = ''")
    await create(client_of_one, "one", key=KEY)
    assert await refused(client_of_one, "create", text="two", key=KEY) == (429, "slow_mode")
    clock.set("-7h")
    # It is asked to pay, since it need not wait until the same time comes again.
    await brake(address)
    step = await asked(client_of_one, "two")
    assert (await post(client_of_one, "two", step=worked(step)))[0] == 201
    assert await refused(client_of_one, "create", text="three", key=KEY) == (429, "slow_mode")


async def test_the_same_words_are_a_repeat_for_minutes_by_whatever_clock(
    client_of_one: Client, clock: Clock
) -> None:
    first = await write(client_of_one, "Good morning")
    clock.set("-7h")
    second = await write(client_of_one, "Good morning")
    assert second > first
    assert await write(client_of_one, "Good morning") == second
    clock.set("+0")
    assert await write(client_of_one, "Good morning") > second


async def test_processes_accept_the_tickets_of_each_other(
    client_of_one: Client,
    other: Client,
    address: Address,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As if a minute had passed before each ticket.
    monkeypatch.setattr("stena.steps.READ_AGAIN_SECONDS", 0)
    await brake(address)
    await asked(client_of_one, "hello")
    clock.set("-7h")
    await brake(address)
    # This process has just been started.
    step = await asked(other, "hello")
    assert (await post(client_of_one, "hello", step=worked(step)))[0] == 201
