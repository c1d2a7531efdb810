"""The badge of the team, which no visitor can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.owner import device, execute, make_code, sign_in
from tests.web.calls import (
    KEY,
    create,
    got,
    listed,
    page,
    refused,
    rendered,
    submit,
    until_listed,
    write,
)
from tests.web.moderating import SIGNED, make_token, moderate, remove, undo

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def test_a_member_answers_with_a_badge_that_nobody_else_can_have(
    client: Client, address: Address
) -> None:
    above = (await create(client, "a question", name="The owner"))["id"]
    ids = {}
    for name, role, badge in (
        ("owner", "owner", "The owner"),
        ("Anna", "moderator", "Moderator"),
    ):
        async with device(client) as phone:
            await sign_in(phone, await make_code(address, name, role))  # type: ignore[arg-type]  # one of Role
            form = await page(phone, f"/m/{above}?as=team")
            assert 'name="as_team" value="1" checked' in form
            ids[role] = await write(phone, f"by {role}", as_team="1", reply_to=str(above))
            without = await write(phone, "without")
        assert (await got(client, ids[role]) or {})["badge"] == role
        assert (await got(client, without) or {})["badge"] is None
        # What another process has written, a page that is kept in memory has a moment later.
        await until_listed(client, without)
        for path in ("/", f"/m/{above}", f"/m/{ids[role]}", "/embed", f"/search?q={role}"):
            assert f'<span class="badge">{badge}</span>' in rendered(await page(client, path))
    await create(client, "me too", name="The owner", badge="owner", by_team=True)
    status, shown = await submit(client, "/messages", text="I am the owner", as_team="1")
    assert (status, "You are not signed in" in shown) == (403, True)
    assert {one["badge"] for one in await listed(client)} == {None}
    assert "as_team" not in await page(client, f"/m/{above}?as=team")


async def test_the_badge_is_in_the_feeds_and_in_the_hall_and_goes_with_the_text(
    client_of_one: Client, address: Address
) -> None:
    client = client_of_one
    await sign_in(client, await make_code(address))
    number = await write(client, "we open at nine", as_team="1", name="Marina")
    assert '<category term="owner" label="The owner"/>' in await page(client, "/feed.atom")
    feed = await (await client.get("/feed.json")).json()
    assert feed["items"][0]["tags"] == ["owner"]
    assert '<span class="badge">The owner</span>' in rendered(await page(client, "/live"))
    decision = await remove(client, number)
    await undo(client, decision)
    assert (await got(client, number) or {})["badge"] == "owner"
    await create(client, "good", reply_to=number)
    await remove(client, number)
    assert (await got(client, number) or {})["badge"] is None


# -- programs


async def test_a_program_posts_with_the_badge_only_if_it_asks_for_it(client: Client) -> None:
    await moderate(client, "rule", mode="all")
    await moderate(client, "add_word", word="nine")
    above = await post(client, 201, text="we open at nine https://a.example", as_team=True)
    assert (above["badge"], above["hue"], "links" in above) == ("owner", None, False)
    await moderate(client, "rule", mode="closed")
    await moderate(client, "lock", id=above["id"])
    below = await post(client, 201, text="until six", as_team=True, reply_to=above["id"], key=KEY)
    assert below["badge"] == "owner"
    # A token alone makes nobody a member.
    await moderate(client, "rule", mode="all")
    for fields in ({}, {"as_team": False}):
        waiting = await post(client, 202, text="a visitor passed on", **fields)
        assert waiting["badge"] is None
    assert [one["id"] for one in await listed(client)] == [above["id"]]


async def test_an_edit_by_a_program_of_the_team_does_not_wait(client: Client) -> None:
    number = (await post(client, 201, text="open", as_team=True, key=KEY))["id"]
    await moderate(client, "add_word", word="closed")
    edit = {"id": number, "key": KEY, "text": "closed"}
    answer = await client.post("/api/messages.edit", json=edit | {"as_team": True}, headers=SIGNED)
    assert (answer.status, (await answer.json())["message"]["badge"]) == (200, "owner")
    answer = await client.post("/api/messages.edit", json=edit | {"text": "closed!"})
    assert answer.status == 202


async def test_without_a_token_nobody_posts_as_the_team(client: Client, address: Address) -> None:
    wanted = {"text": "I am the owner", "as_team": True, "key": KEY}
    for headers in ({}, {"Authorization": "Bearer no-such-token-anywhere"}):
        answer = await client.post("/api/messages.create", json=wanted, headers=headers)
        assert (answer.status, (await answer.json())["error"]["code"]) == (401, "token_invalid")
    # The session of a browser is no token.
    await sign_in(client, await make_code(address))
    assert await refused(client, "create", **wanted) == (401, "token_invalid")
    number = (await create(client, "mine", key=KEY))["id"]
    assert await refused(client, "edit", id=number, **wanted) == (401, "token_invalid")
    assert await refused(client, "create", text="hello", as_team="1") == (400, "bad_switch")
    await execute(address, "UPDATE token SET revoked = now()")
    answer = await client.post("/api/messages.create", json=wanted, headers=SIGNED)
    assert answer.status == 401
    assert [one["text"] for one in await listed(client)] == ["mine"]


async def post(client: Client, status: int, **fields: object) -> dict[str, Any]:
    answer = await client.post("/api/messages.create", json=fields, headers=SIGNED)
    assert answer.status == status, await answer.text()
    return dict((await answer.json())["message"])
