"""The messages of newcomers from a banned address or network wait or are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.owner import execute, make_code, rows, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, got, listed, page, submit
from tests.web.flooding import known
from tests.web.moderating import SIGNED, approve, held, make_token, moderate, undo
from tests.web.places import (
    BEHIND_A_PROXY,
    ELSEWHERE,
    NEIGHBOUR,
    SPAMMER,
    at,
    ban,
    send,
    status_of,
    wrote,
)

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture
def settings() -> Settings:
    return BEHIND_A_PROXY


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def bans(client: Client) -> list[dict[str, Any]]:
    answer = await client.get("/api/moderation.bans", headers=SIGNED)
    return list((await answer.json())["bans"])


async def test_newcomers_at_a_banned_address_wait_and_nobody_else_does(client: Client) -> None:
    above = await create(client, "a question", key=OTHERS_KEY)
    await known(client, OTHERS_KEY)
    spam = await wrote(client, SPAMMER, "buy pills", key=KEY)
    await ban(client, spam, "address")
    # Without the cookie, with another one, in a conversation, and on the wall of a page.
    assert await status_of(client, SPAMMER) == 202
    assert await status_of(client, SPAMMER, key=f"{KEY}-2") == 202
    assert await status_of(client, SPAMMER, key=f"{KEY}-3", reply_to=above["id"]) == 202
    assert await status_of(client, SPAMMER, key=f"{KEY}-4", thread="page") == 202
    assert await status_of(client, SPAMMER, key=OTHERS_KEY) == 201
    assert await status_of(client, NEIGHBOUR) == 201
    assert await status_of(client, ELSEWHERE) == 201


async def test_a_banned_network_is_the_256_addresses_around_one(client: Client) -> None:
    await ban(client, await wrote(client, SPAMMER, "buy pills"), "network")
    assert await status_of(client, SPAMMER) == 202
    assert await status_of(client, NEIGHBOUR) == 202
    assert await status_of(client, "203.0.112.77") == 201


async def test_of_ipv6_an_address_is_what_one_connection_gets_and_a_network_is_larger(
    client: Client,
) -> None:
    spam = await wrote(client, "2001:db8:1:2::77", "buy pills")
    made = await ban(client, spam, "address")
    assert await status_of(client, "[2001:db8:1:2:aaaa::1]:4711") == 202
    assert await status_of(client, "2001:db8:1:3::77") == 201
    await undo(client, made["decision"]["id"])
    await ban(client, spam, "network")
    assert await status_of(client, "2001:db8:1:3::77") == 202
    assert await status_of(client, "2001:db8:2:2::77") == 201
    # As a proxy reports an address of IPv4 that it has listened to by IPv6.
    await ban(client, await wrote(client, SPAMMER, "buy pills"), "address")
    assert await status_of(client, f"::ffff:{SPAMMER}") == 202


async def test_what_waits_because_of_one_ban_is_one_card_and_its_browser_can_become_known(
    client: Client, address: Address
) -> None:
    await ban(client, await wrote(client, SPAMMER, "buy pills"), "network")
    await ban(client, await wrote(client, ELSEWHERE, "buy pills"), "address")
    ids = [await wrote(client, SPAMMER, f"hello {n}", key=f"{KEY}-{n}") for n in range(3)]
    await wrote(client, ELSEWHERE, "hello from elsewhere", key=OTHERS_KEY)
    await sign_in(client, await make_code(address))
    desk = await page(client, "/owner")
    assert "3 messages of newcomers from one place" in desk
    assert "It came from a banned network" in desk
    assert "It came from a banned address" in desk
    await approve(client, ids[0])
    assert await status_of(client, SPAMMER, key=f"{KEY}-0") == 201
    group = {"oldest": str(ids[1]), "newest": str(ids[2])}
    assert (await submit(client, "/owner/waiting/decide", action="remove", **group))[0] == 303
    assert [one["text"] for one in await held(client)] == ["hello from elsewhere"]


async def test_a_ban_that_refuses_says_until_when_and_keeps_the_text(client: Client) -> None:
    await known(client, OTHERS_KEY)
    await ban(client, await wrote(client, SPAMMER, "buy pills"), "address", refuses=True)
    status, body = await send(client, SPAMMER, "good morning", key=KEY)
    assert (status, body["error"]["code"]) == (403, "address_banned")
    until = (await bans(client))[0]["until"]
    assert body["error"]["until"] == f"{until[:19]}Z"
    answer = await client.post(
        "/messages", data={"text": "my long text"}, headers=at(SPAMMER), allow_redirects=False
    )
    shown = await answer.text()
    assert (answer.status, "my long text" in shown) == (403, True)
    assert await status_of(client, SPAMMER, key=OTHERS_KEY) == 201


async def test_a_browser_that_is_banned_itself_waits_also_if_it_is_known(client: Client) -> None:
    await known(client, KEY)
    spam = await wrote(client, SPAMMER, "buy pills", key=KEY)
    await ban(client, spam, "address", refuses=True)
    assert await status_of(client, SPAMMER, key=KEY) == 201
    await ban(client, spam, "browser")
    assert await status_of(client, SPAMMER, key=KEY) == 202
    assert await status_of(client, SPAMMER, key=OTHERS_KEY) == 403
    # Of two bans the stricter one holds.
    await ban(client, await wrote(client, ELSEWHERE, "buy pills", key=OTHERS_KEY), "browser")
    assert await status_of(client, ELSEWHERE, key=OTHERS_KEY) == 202
    assert await status_of(client, SPAMMER, key=OTHERS_KEY) == 403


async def test_what_a_newcomer_edits_from_there_waits_or_is_refused(client: Client) -> None:
    message = await wrote(client, ELSEWHERE, "harmless", key=KEY)
    spam = await wrote(client, SPAMMER, "buy pills")
    made = await ban(client, spam, "address")
    change = {"id": message, "key": KEY}

    async def edit(where: str, text: str) -> tuple[int, dict[str, Any]]:
        sent = {**change, "text": text}
        answer = await client.post("/api/messages.edit", json=sent, headers=at(where))
        return answer.status, dict(await answer.json())

    assert (await edit(ELSEWHERE, "still harmless"))[0] == 200
    assert (await edit(SPAMMER, "buy pills now"))[0] == 202
    assert await got(client, message) is None
    assert [one["text"] for one in await held(client)] == ["buy pills now"]
    await undo(client, made["decision"]["id"])
    await ban(client, spam, "address", refuses=True)
    status, body = await edit(SPAMMER, "buy more")
    assert (status, body["error"]["code"]) == (403, "address_banned")


async def test_reactions_and_reports_of_newcomers_from_there_do_not_count(client: Client) -> None:
    await known(client, OTHERS_KEY)
    message = await create(client, "a question")
    await ban(client, await wrote(client, SPAMMER, "buy pills"), "network")
    for key, kind in ((KEY, "like"), (OTHERS_KEY, "love")):
        sent: dict[str, Any] = {"id": message["id"], "kind": kind, "key": key}
        answer = await client.post("/api/messages.react", json=sent, headers=at(NEIGHBOUR))
        assert answer.status == 200
    assert (await got(client, message["id"]) or {})["reactions"] == {"love": 1}
    for key, weight in ((KEY, 0), (OTHERS_KEY, 1)):
        sent = {"id": message["id"], "reason": "spam", "key": key}
        answer = await client.post("/api/messages.report", json=sent, headers=at(NEIGHBOUR))
        assert answer.status == 200
        answer = await client.get("/api/moderation.reported", headers=SIGNED)
        (reported,) = (await answer.json())["messages"]
        assert reported["reports"]["weight"] == weight
    # From elsewhere they do.
    await call(client, "react", id=message["id"], kind="like", key=KEY)
    assert (await got(client, message["id"]) or {})["reactions"] == {"like": 1, "love": 1}


async def test_reactions_of_one_batch_are_told_apart_by_their_addresses(client: Client) -> None:
    message = await create(client, "a question")
    await ban(client, await wrote(client, SPAMMER, "buy pills"), "address")
    for place in range(6):
        where = SPAMMER if place % 2 else ELSEWHERE
        sent = {"id": message["id"], "kind": "like", "key": f"{KEY}-{place}"}
        await client.post("/api/messages.react", json=sent, headers=at(where))
    assert (await got(client, message["id"]) or {})["reactions"] == {"like": 3}


async def test_a_ban_ends_by_itself_when_it_is_lifted_and_when_it_is_undone(
    client: Client, address: Address
) -> None:
    spam = await wrote(client, SPAMMER, "buy pills")
    made = await ban(client, spam, "address")
    assert await status_of(client, SPAMMER) == 202
    await undo(client, made["decision"]["id"])
    assert await status_of(client, SPAMMER) == 201
    longer = await ban(client, spam, "address", days=30)
    [before] = await rows(address, "SELECT * FROM ban")
    again = await ban(client, spam, "address", refuses=True)
    await undo(client, again["decision"]["id"])
    # The one before it, to the microsecond.
    assert await rows(address, "SELECT * FROM ban") == [before]
    (one,) = await bans(client)
    assert (one["target"], one["message"]) == ("address", spam)
    lifted = await moderate(client, "lift", ban=one["id"])
    assert await status_of(client, SPAMMER) == 201
    await undo(client, lifted["decision"]["id"])
    assert await rows(address, "SELECT * FROM ban") == [before]
    assert await status_of(client, SPAMMER) == 202
    await undo(client, longer["decision"]["id"])
    await ban(client, spam, "address")
    await execute(address, "UPDATE ban SET until = clock_timestamp()")
    assert await status_of(client, SPAMMER) == 201
    assert await status_of(client, SPAMMER, reply_to=spam) == 201
    assert await bans(client) == []


async def test_what_the_team_posts_from_there_does_not_wait_and_leaves_no_trace(
    client: Client, address: Address
) -> None:
    await ban(client, await wrote(client, SPAMMER, "buy pills"), "network", refuses=True)
    await sign_in(client, await make_code(address))
    before = await rows(address, "SELECT * FROM source")
    answer = await client.post(
        "/messages", data={"text": "from the team"}, headers=at(SPAMMER), allow_redirects=False
    )
    assert (answer.status, "#m" in answer.headers["Location"]) == (303, True)
    assert "from the team" in [one["text"] for one in await listed(client)]
    assert await rows(address, "SELECT * FROM source") == before


async def test_a_ban_of_one_process_holds_in_the_others(client: Client, other: Client) -> None:
    spam = await wrote(client, SPAMMER, "buy pills")
    assert await status_of(other, SPAMMER) == 201
    made = await ban(other, spam, "address")
    assert await status_of(client, SPAMMER) == 202
    await undo(client, made["decision"]["id"])
    assert await status_of(other, SPAMMER) == 201
