"""A flood of newcomers raises the brake, and it lets go; browsers that are known notice nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.owner import execute, rows
from tests.web.calls import OTHERS_KEY, create, listed
from tests.web.flooding import (
    BRAKED,
    MANY,
    brake,
    eventually,
    known,
    pass_time,
    post_each,
    reached,
    read,
    shown,
    stories,
)
from tests.web.moderating import make_token, moderate

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client

HUNDRED_A_MINUTE = "INSERT INTO arrival_hour VALUES (now() - interval '1 day', 6000)"


@pytest.fixture
def settings() -> Settings:
    return BRAKED


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def test_many_newcomers_raise_the_brake_and_known_browsers_notice_nothing(
    client: Client, address: Address
) -> None:
    await known(client, OTHERS_KEY)
    answers = await post_each(client, stories(MANY))
    row = await reached(address, 1)
    assert (row["reason"], row["usual"]) == ("flood", 0)
    assert row["newcomers"] > 12
    [answer] = await post_each(client, ["hello"])
    assert (answer["status"], answer["error"]["code"]) == (428, "step_needed")
    assert (await create(client, "hello", key=OTHERS_KEY))["text"] == "hello"
    # What honest newcomers wrote before stays.
    assert len(await listed(client, limit=100)) == shown(answers) + 1


async def test_as_many_messages_of_known_browsers_raise_nothing(
    client: Client, address: Address
) -> None:
    await known(client, OTHERS_KEY)
    for text in stories(MANY):
        await create(client, text, key=OTHERS_KEY)
    await read(address)
    assert (await brake(address))["now"] == 0


async def counted(address: Address, asked: int) -> None:
    """Wait until so many newcomers who were asked to pay are counted."""

    async def are_counted() -> bool:
        [row] = await rows(address, "SELECT coalesce(sum(asked), 0) AS asked FROM arrival")
        return bool(row["asked"] == asked)

    await eventually(are_counted)


async def test_it_lets_go_two_minutes_after_the_flood(client: Client, address: Address) -> None:
    answers = await post_each(client, stories(MANY))
    await reached(address, 1)
    await counted(address, MANY - shown(answers))
    # Those that were put up are counted when they are read.
    await read(address)
    await pass_time(address, 60)

    async def is_low() -> bool:
        return (await brake(address))["low_since"] is not None

    await eventually(is_low)
    assert (await brake(address))["now"] == 1
    await pass_time(address, 120)
    await reached(address, 0)
    [answer] = await post_each(client, ["hello"])
    assert answer["status"] == 201


async def test_newcomers_who_are_asked_to_pay_keep_it_from_letting_go(
    client: Client, address: Address
) -> None:
    first = await post_each(client, stories(MANY))
    await reached(address, 1)
    await pass_time(address, 60)
    answers = await post_each(client, stories(2 * MANY))
    assert {answer["status"] for answer in answers} == {428}
    await counted(address, 3 * MANY - shown(first))

    async def is_high() -> bool:
        # The step that counts them sets the brake a moment later.
        row = await brake(address)
        return row["now"] == 1 and row["low_since"] is None

    await eventually(is_high)


async def test_three_times_as_many_as_usual_are_needed(client: Client, address: Address) -> None:
    await execute(address, HUNDRED_A_MINUTE)
    await post_each(client, stories(2 * MANY))
    await read(address)
    assert (await brake(address))["now"] == 0


async def test_an_owner_who_has_released_it_is_not_contradicted(
    client: Client, address: Address
) -> None:
    await moderate(client, "brake", level=0, minutes=60)
    answers = await post_each(client, stories(2 * MANY))
    await read(address)
    answers += await post_each(client, stories(2 * MANY))
    assert {answer["status"] for answer in answers} == {201}
