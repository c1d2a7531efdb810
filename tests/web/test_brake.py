"""While the brake holds, newcomers pay or wait; browsers that are known do not notice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.web.calls import OTHERS_KEY, create, listed
from tests.web.flooding import known
from tests.web.moderating import approve, held, make_token, moderate
from tests.web.paying import brake, post

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def test_a_newcomer_is_asked_for_a_step_at_level_1_and_a_known_browser_is_not(
    client: Client, address: Address
) -> None:
    await known(client, OTHERS_KEY)
    await brake(address, 1)
    status, body = await post(client, "hello")
    assert (status, body["error"]["code"]) == (428, "step_needed")
    assert (await create(client, "another", key=OTHERS_KEY))["text"] == "another"
    assert [one["text"] for one in await listed(client)] == ["another"]


async def test_all_messages_of_newcomers_wait_at_level_2(client: Client, address: Address) -> None:
    await brake(address, 2)
    status, body = await post(client, "hello")
    assert (status, body["state"]) == (202, "waiting")
    assert len(await held(client)) == 1
    assert await listed(client) == []


async def test_a_brake_that_nothing_renews_lets_go(client: Client, address: Address) -> None:
    await brake(address, 2, seconds=-1)
    assert (await post(client, "hello"))[0] == 201


async def test_a_message_that_waits_anyway_costs_nothing(client: Client, address: Address) -> None:
    await moderate(client, "rule", thread="", mode="first")
    await brake(address, 1)
    status, body = await post(client, "hello")
    assert (status, body["state"]) == (202, "waiting")
    await approve(client, body["message"]["id"])
    assert [one["text"] for one in await listed(client)] == ["hello"]


async def test_several_drafts_in_one_batch_are_each_judged(
    client: Client, address: Address
) -> None:
    await brake(address, 1)
    await moderate(client, "rule", thread="news", mode="all")
    walls = ["news", "", "news", "", ""]
    answers = await asyncio.gather(
        *(post(client, f"text {place}", thread=wall) for place, wall in enumerate(walls))
    )
    assert [status for status, _ in answers] == [202, 428, 202, 428, 428]
