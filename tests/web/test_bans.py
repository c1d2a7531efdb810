"""The messages of a banned browser wait or are refused, until the ban ends or is lifted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.owner import device, execute, make_code, rows, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, got, listed, page, refused, submit
from tests.web.events import listening
from tests.web.moderating import SIGNED, approve, held, make_token, moderate, undo

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

BANS = "SELECT * FROM ban"


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def ban(client: Client, **terms: object) -> dict[str, Any]:
    """Ban the browser of a new message."""
    number = (await create(client, "buy pills", key=KEY))["id"]
    return await moderate(client, "ban", **{"id": number, "days": 7, **terms})


async def post(client: Client, text: str, **fields: object) -> tuple[int, dict[str, Any]]:
    answer = await client.post("/api/messages.create", json={"text": text, "key": KEY, **fields})
    return answer.status, dict(await answer.json())


async def bans(client: Client) -> list[dict[str, Any]]:
    answer = await client.get("/api/moderation.bans", headers=SIGNED)
    return list((await answer.json())["bans"])


async def test_the_messages_of_a_banned_browser_wait_like_any_other_and_those_of_others_do_not(
    client: Client,
) -> None:
    above = await create(client, "a question", key=OTHERS_KEY)
    await moderate(client, "rule", thread="news", mode="first")
    await ban(client)
    status, body = await post(client, "buy more pills")
    assert (status, body["state"], body["why"]) == (202, "waiting", "approval")
    reply, _ = await post(client, "pills!", reply_to=above["id"])
    elsewhere, _ = await post(client, "pills?", thread="news")
    assert (reply, elsewhere) == (202, 202)
    assert (await create(client, "good morning", key=OTHERS_KEY))["text"] == "good morning"
    assert len(await held(client)) == 3
    own = await client.get(f"/m/{body['message']['id']}", headers={"Cookie": f"key={KEY}"})
    shown = await own.text()
    assert "buy more pills" in shown
    assert "banned" not in shown


async def test_a_ban_ends_by_itself_when_it_is_lifted_and_when_it_is_undone(
    client: Client, address: Address
) -> None:
    made = await ban(client)
    assert (await post(client, "one"))[0] == 202
    await undo(client, made["decision"]["id"])
    assert (await post(client, "two"))[0] == 201
    await ban(client)
    (one,) = await bans(client)
    answer = await client.post("/api/moderation.lift", json={"ban": 0}, headers=SIGNED)
    assert (await answer.json())["error"]["code"] == "bad_number"
    lifted = await moderate(client, "lift", ban=one["id"])
    assert (await post(client, "three"))[0] == 201
    assert await bans(client) == []
    await undo(client, lifted["decision"]["id"])
    assert await bans(client) == [one]
    await execute(address, "UPDATE ban SET until = clock_timestamp()")
    assert (await post(client, "four"))[0] == 201
    assert await bans(client) == []


async def test_a_ban_that_refuses_says_until_when_and_keeps_the_text(client: Client) -> None:
    await ban(client, refuses=True, days=30)
    status, body = await post(client, "buy more pills")
    assert (status, body["error"]["code"]) == (403, "banned")
    year = (await bans(client))[0]["until"][:4]
    assert year in body["error"]["message"]
    answer = await client.post(
        "/messages", data={"text": "my long text", "key": KEY}, allow_redirects=False
    )
    shown = await answer.text()
    assert (answer.status, "my long text" in shown) == (403, True)


async def test_a_repeat_of_a_message_from_before_the_ban_is_answered_as_then(
    client: Client,
) -> None:
    nonce = "nonce-of-this-one"
    status, first = await post(client, "hello", nonce=nonce)
    assert status == 201
    await moderate(client, "ban", id=first["message"]["id"], days=1, refuses=True)
    assert await post(client, "hello", nonce=nonce) == (201, first)


async def test_an_edit_of_a_banned_browser_waits_and_readers_see_neither_text(
    client: Client,
) -> None:
    message = await create(client, "harmless", key=KEY)
    decision = await ban(client)
    async with listening(client) as events:
        edited = await call(client, "edit", id=message["id"], key=KEY, text="buy pills now")
        assert edited["state"] == "waiting"
        event = await events.next()
        assert (event.kind, event.data["id"]) == ("removed", message["id"])
    assert await got(client, message["id"]) is None
    assert [one["text"] for one in await held(client)] == ["buy pills now"]
    await approve(client, message["id"])
    assert (await got(client, message["id"]) or {})["text"] == "buy pills now"
    await undo(client, decision["decision"]["id"])
    await ban(client, refuses=True)
    change = {"id": message["id"], "text": "more pills"}
    assert await refused(client, "edit", key=KEY, **change) == (403, "banned")
    assert await refused(client, "edit", key=OTHERS_KEY, **change) == (403, "not_yours")


async def test_reactions_and_reports_of_a_banned_browser_do_not_count(client: Client) -> None:
    message = await create(client, "a question", key=OTHERS_KEY)
    await call(client, "react", id=message["id"], kind="like", key=KEY)
    await ban(client)
    await moderate(client, "rule", mode="open", reports=0)
    await call(client, "react", id=message["id"], kind="love", key=KEY)
    assert (await got(client, message["id"]) or {})["reactions"] == {"like": 1}
    await call(client, "report", id=message["id"], reason="spam", key=KEY)
    answer = await client.get("/api/moderation.reported", headers=SIGNED)
    (reported,) = (await answer.json())["messages"]
    assert reported["reports"]["weight"] == 0
    # What it gave before, it can take back.
    await call(client, "react", id=message["id"], kind="like", on=False, key=KEY)
    assert (await got(client, message["id"]) or {})["reactions"] == {}


async def test_one_tap_on_the_desk_bans_a_browser_and_removes_its_card_and_both_are_undone(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    first, second = [await create(client, text, key=KEY) for text in ("pills", "more pills")]
    desk = await page(client, "/owner/wall")
    assert 'action="/owner/wall/ban"' in desk
    group = {"oldest": str(first["id"]), "newest": str(second["id"])}
    status, target = await submit(client, "/owner/wall/ban", **group, days="30", spam="1")
    assert status == 303, target
    assert await listed(client) == []
    done = await page(client, target)
    assert "Removed 2 messages as spam" in done
    assert "Banned a browser for 30 days" in done
    assert "more pills" in await page(client, "/owner/bans")
    for decision in await rows(address, "SELECT id FROM decision ORDER BY id"):
        assert (await submit(client, "/owner/log/undo", decision=str(decision["id"])))[0] == 303
    assert len(await listed(client)) == 2
    assert await rows(address, BANS) == []
    assert (await submit(client, "/owner/wall/ban", **group, days="2"))[0] == 400


async def test_a_moderator_bans_for_a_week_and_leaves_longer_bans_alone(
    client: Client, address: Address
) -> None:
    message = await create(client, "pills", key=KEY)
    group = {"oldest": str(message["id"]), "newest": str(message["id"])}
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        assert "30 days" not in await page(phone, "/owner/wall")
        for terms in ({"days": "30"}, {"days": "1", "refuses": "1"}):
            assert (await submit(phone, "/owner/wall/ban", **group, **terms))[0] == 403
        assert (await submit(phone, "/owner/wall/ban", **group, days="7"))[0] == 303
        (own,) = await bans(client)
        assert (await submit(phone, f"/owner/bans/{own['id']}/lift"))[0] == 303
        long = await moderate(client, "ban", id=message["id"], days=30)
        (one,) = await bans(client)
        assert "Lift" not in await page(phone, "/owner/bans")
        assert (await submit(phone, f"/owner/bans/{one['id']}/lift"))[0] == 403
        assert (await submit(phone, "/owner/wall/ban", **group, days="1"))[0] == 403
        undone = str(long["decision"]["id"])
        assert (await submit(phone, "/owner/log/undo", decision=undone))[0] == 403
    assert await bans(client) == [one]


async def test_a_browser_is_banned_once_whoever_bans_it_and_however_often(
    client: Client, address: Address
) -> None:
    message = await create(client, "pills", key=KEY)
    asked = [
        client.post("/api/moderation.ban", json={"id": message["id"], "days": days}, headers=SIGNED)
        for days in (1, 7, 30, 1)
    ]
    answers = await asyncio.gather(*asked)
    assert {answer.status for answer in answers} == {200}
    assert len(await rows(address, BANS)) == 1
    (one,) = await bans(client)
    lifted = await moderate(client, "lift", ban=one["id"])
    await ban(client)
    # The browser is banned anew, so there is nothing to go back to.
    answer = await client.post(
        "/api/moderation.undo", json={"decision": lifted["decision"]["id"]}, headers=SIGNED
    )
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "decided")


async def test_a_message_without_a_key_has_no_browser_to_ban(
    client: Client, address: Address
) -> None:
    message = await create(client, "anonymous")
    answer = await client.post(
        "/api/moderation.ban", json={"id": message["id"], "days": 1}, headers=SIGNED
    )
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "no_browser")
    await sign_in(client, await make_code(address))
    desk = await page(client, "/owner/wall")
    assert "Ban the address or the network" in desk
    assert "Ban this browser" not in desk


async def test_the_team_is_not_held_back_by_a_ban_of_its_browser(
    client: Client, address: Address
) -> None:
    await ban(client, refuses=True)
    await sign_in(client, await make_code(address))
    status, target = await submit(client, "/messages", text="from the team", key=KEY)
    assert (status, "#m" in target) == (303, True)
