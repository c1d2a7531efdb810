"""What the team sets for the wall is in the log, and each change of it is undone exactly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.owner import device, make_code, rows, sign_in
from tests.web.calls import page, submit
from tests.web.moderating import SIGNED, make_token, moderate, undo

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

RULES = "SELECT * FROM rule ORDER BY thread"


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def log(client: Client) -> list[dict[str, object]]:
    answer = await client.get("/api/moderation.log", headers=SIGNED)
    return list((await answer.json())["decisions"])


async def test_a_rule_that_was_set_or_removed_is_undone_exactly(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    states = [await rows(address, RULES)]
    await moderate(client, "rule", mode="first", reports=5)
    states.append(await rows(address, RULES))
    await moderate(client, "rule", thread="news", mode="closed")
    states.append(await rows(address, RULES))
    assert (await submit(client, "/owner/rules/threads/remove", thread="news"))[0] == 303
    assert await rows(address, RULES) == states[1]
    made = await log(client)
    assert [(one["action"], one["subject"]) for one in made] == [
        ("rule", "news"),
        ("rule", "news"),
        ("rule", ""),
    ]
    for decision, state in zip(made, reversed(states), strict=True):
        await undo(client, int(str(decision["id"])))
        assert await rows(address, RULES) == state
    shown = await page(client, "/owner/log")
    for deed in ("Removed the rules of news", "of news: Closed", "the wall: First messages wait"):
        assert deed in shown


async def test_what_changed_nothing_is_not_in_the_log(client: Client) -> None:
    await moderate(client, "rule", mode="open")
    assert not await log(client)


async def test_a_rule_that_was_changed_again_is_not_undone(
    client: Client, address: Address
) -> None:
    await moderate(client, "rule", mode="all")
    first = int(str((await log(client))[0]["id"]))
    await moderate(client, "rule", mode="closed")
    answer = await client.post("/api/moderation.undo", json={"decision": first}, headers=SIGNED)
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "decided")
    assert (await rows(address, RULES))[0]["mode"] == "closed"
    await sign_in(client, await make_code(address))
    status, shown = await submit(client, "/owner/log/undo", decision=str(first))
    assert (status, "decided already" in shown) == (409, True)


async def test_two_that_undo_the_same_rule_undo_it_once(client: Client) -> None:
    await moderate(client, "rule", mode="all")
    number = (await log(client))[0]["id"]
    answers = await asyncio.gather(
        *(
            client.post("/api/moderation.undo", json={"decision": number}, headers=SIGNED)
            for _ in range(4)
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]


async def test_a_moderator_does_not_undo_the_rule_of_an_owner(
    client: Client, address: Address
) -> None:
    await moderate(client, "rule", mode="all")
    number = str((await log(client))[0]["id"])
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        assert ">Undo</button>" not in await page(phone, "/owner/log")
        assert (await submit(phone, "/owner/log/undo", decision=number))[0] == 403
    assert (await rows(address, RULES))[0]["mode"] == "all"
