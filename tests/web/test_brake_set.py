"""An owner sets and releases the brake; it closes ways of paying, and judges edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.owner import execute, make_code, sign_in
from tests.web.calls import KEY, OTHERS_KEY, create, listed, page, submit
from tests.web.flooding import BRAKED, MANY, brake, eventually, known, post_each, reached, stories
from tests.web.moderating import SIGNED, held, make_token, moderate, remove, undo

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client

PAY = "INSERT INTO payment (message, way) SELECT id, '{way}' FROM message WHERE id > {after}"


@pytest.fixture
def settings() -> Settings:
    return BRAKED


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def in_force(client: Client) -> dict[str, Any]:
    answer = await client.get("/api/moderation.brake", headers=SIGNED)
    assert answer.status == 200
    return dict((await answer.json())["brake"])


async def edit(client: Client, number: int, text: str, key: str = KEY) -> int:
    sent = {"id": number, "text": text, "key": key}
    return (await client.post("/api/messages.edit", json=sent)).status


async def test_it_is_set_for_a_while_and_that_is_undone(client: Client) -> None:
    set_ = await moderate(client, "brake", level=2, minutes=5)
    assert (set_["brake"]["level"], set_["brake"]["reason"]) == (2, "set")
    [answer] = await post_each(client, ["hello"])
    assert (answer["status"], answer["state"]) == (202, "waiting")
    answer_ = await client.get("/api/moderation.log", headers=SIGNED)
    newest = (await answer_.json())["decisions"][0]
    assert newest["action"] == "brake"
    await undo(client, newest["id"])
    assert (await in_force(client))["level"] == 0
    assert (await post_each(client, ["hello again"]))[0]["status"] == 201


async def test_the_wall_is_left_to_itself_again(client: Client) -> None:
    await moderate(client, "brake", level=1)
    assert (await in_force(client))["level"] == 1
    await moderate(client, "brake", level=None)
    assert await in_force(client) == {
        "level": 0,
        "since": None,
        "until": None,
        "reason": None,
        "newcomers": None,
        "usual": None,
        "closed": [],
    }


async def test_what_is_no_level_is_refused(client: Client) -> None:
    for fields in ({"level": 3}, {"level": True}, {"level": 1, "minutes": 0}, {}):
        answer = await client.post("/api/moderation.brake", json=fields, headers=SIGNED)
        assert answer.status == 400


async def test_the_desk_says_why_it_holds_and_releases_it(client: Client, address: Address) -> None:
    await post_each(client, stories(MANY))
    await reached(address, 1)
    await sign_in(client, await make_code(address))
    desk = await page(client, "/owner")
    assert "The brake holds: newcomers take one more step" in desk
    assert "newcomers in a minute; 0 are usual." in desk
    fields = {"level": "0", "minutes": "60", "desk": "1"}
    status, target = await submit(client, "/owner/brake", **fields)
    assert (status, target) == (303, "/owner")
    assert "The brake is released." in await page(client, "/owner")
    assert (await post_each(client, ["hello"]))[0]["status"] == 201
    assert "Released the brake for a while" in await page(client, "/owner/log")


async def test_a_moderator_does_not_set_it(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address, "a moderator", "moderator"))
    status, _ = await submit(client, "/owner/brake", level="2", minutes="60")
    assert status == 403
    assert (await in_force(client))["level"] == 0


async def test_an_edit_by_a_newcomer_waits_as_a_message_would(client: Client) -> None:
    one = (await create(client, "one", key=KEY))["id"]
    await known(client, OTHERS_KEY)
    other = (await create(client, "other", key=OTHERS_KEY))["id"]
    await moderate(client, "brake", level=1)
    assert await edit(client, one, "other words") == 200
    assert await held(client) == []
    await edit(client, one, "look at https://shop.example/")
    assert [message["id"] for message in await held(client)] == [one]
    await moderate(client, "brake", level=2)
    await edit(client, other, "other words still", key=OTHERS_KEY)
    assert [message["id"] for message in await held(client)] == [one]
    assert [message["id"] for message in await listed(client)] == [other]


async def test_a_way_of_paying_closes_when_five_of_its_messages_are_removed(
    client: Client, address: Address
) -> None:
    for way in ("work", "time"):
        answers = await post_each(client, [f"{way} {number}" for number in range(5)])
        ids = [answer["message"]["id"] for answer in answers]
        await execute(address, PAY.format(way=way, after=min(ids) - 1))
        if way == "time":
            assert (await brake(address))["closed"] == ["work"]
        await remove(client, *ids)
        if way == "work":
            await post_each(client, stories(MANY))
            await reached(address, 1)

            async def is_closed() -> bool:
                return list((await brake(address))["closed"]) == ["work"]

            await eventually(is_closed)
            await moderate(client, "brake", level=0)
    assert (await reached(address, 2))["reason"] == "paid"
    assert (await in_force(client))["closed"] == ["time", "work"]
