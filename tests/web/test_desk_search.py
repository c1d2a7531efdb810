"""The search of the team: in what is shown, what waits and what was removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.owner import device, make_code, sign_in
from tests.web.calls import KEY, create, listed, page, submit
from tests.web.moderating import SIGNED, make_token, moderate, remove

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def member(client: Client, address: Address) -> None:
    await make_token(address)
    await sign_in(client, await make_code(address))


async def found(client: Client, **query: str | int) -> dict[str, Any]:
    answer = await client.get("/api/moderation.search", params=query, headers=SIGNED)
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def write(client: Client) -> None:
    """Leave a message in each state, and one that does not match, oldest first."""
    await create(client, "the trams run", name="Ann")
    await remove(client, (await create(client, "rude words about a tram"))["id"])
    await create(client, "there", thread="news", name="Tram driver")
    await create(client, "buses")
    await moderate(client, "rule", mode="all")
    await client.post("/api/messages.create", json={"text": "let the *tram* in", "key": KEY})


async def test_words_are_found_in_all_states_of_all_walls_in_the_text_and_the_name(
    client: Client,
) -> None:
    await write(client)
    messages = (await found(client, q="tram"))["messages"]
    assert [(one["message"]["text"], one["state"]) for one in messages] == [
        ("let the *tram* in", "waiting"),
        ("there", "visible"),
        ("rude words about a tram", "removed"),
        ("the trams run", "visible"),
    ]
    assert [one["state"] for one in (await found(client, q='"rude words"'))["messages"]] == [
        "removed"
    ]
    assert (await found(client, q="xyzzy")) == {"messages": [], "next": None}
    # Readers find what is shown, as before.
    answer = await client.get("/api/messages.search", params={"q": "tram"})
    assert len((await answer.json())["messages"]) == 1


async def test_a_search_goes_on_until_nothing_is_left(
    client_of_one: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.store.desk_search.MOST_SOUGHT", 2)
    monkeypatch.setattr("stena.web.api.moderation.FOUND_SIZE", 5)
    client = client_of_one
    expected = []
    for number in range(9):
        message = await create(client, f"tram {number}")
        expected.append(message["id"])
        if number % 3:
            await remove(client, message["id"])
    ids: list[int] = []
    before: dict[str, int] = {}
    while True:
        part = await found(client, q="tram", **before)
        ids += [one["message"]["id"] for one in part["messages"]]
        if part["next"] is None:
            break
        before = {"before": part["next"]}
    assert ids == expected[::-1]


async def test_each_card_says_its_state_and_has_the_buttons_for_it(client: Client) -> None:
    await write(client)
    shown = await page(client, "/owner/search?q=tram")
    cards = shown.split('<li class="note group">')[1:]
    buttons = [re.findall(r'value="(approve|remove|restore|reject)"', card) for card in cards]
    assert buttons == [
        ["approve", "remove", "reject"],
        ["remove", "reject"],
        ["restore"],
        ["remove", "reject"],
    ]
    states = [re.findall(r'<p class="why">([^<]+)</p>', card)[0] for card in cards]
    assert states == ["Waits", "On the wall", "Removed", "On the wall"]
    newest = re.search(r'name="newest" value="(\d+)"', cards[2])
    assert newest
    sent = {"action": "restore", "oldest": newest[1], "newest": newest[1]}
    status, target = await submit(client, "/owner/search/decide?q=tram", **sent)
    assert (status, target.startswith("/owner/search?q=tram&done=")) == (303, True)
    shown = await page(client, target)
    assert "Put 1 message back" in shown
    assert ">Removed</p>" not in shown
    assert "rude words about a tram" in {one["text"] for one in await listed(client)}


async def test_what_cannot_be_searched_is_said_on_the_page(client: Client) -> None:
    assert (await client.get("/owner/search")).status == 200
    assert (await client.get("/owner/search?q=+")).status == 200
    for query in ("w" * 201, "the"):
        answer = await client.get("/owner/search", params={"q": query})
        assert answer.status == 422
        assert 'role="search"' in await answer.text()
    async with device(client) as stranger:
        answer = await stranger.get("/owner/search?q=tram", allow_redirects=False)
        assert answer.status == 303


async def test_a_removal_for_legal_reasons_keeps_its_ground_and_who_asked(client: Client) -> None:
    message = await create(client, "unlawful words", key=KEY)
    where = f"/owner/wall/law?oldest={message['id']}&newest={message['id']}"
    assert "Who asked for it" in await page(client, where)
    status, shown = await submit(client, where, ground="§ 1004 BGB", asked_by=" ")
    assert (status, 'value="§ 1004 BGB"' in shown) == (422, True)
    assert len(await listed(client)) == 1
    status, target = await submit(client, where, ground="§ 1004 BGB", asked_by="Anna <Rechte>")
    assert status == 303
    assert await listed(client) == []
    assert "Removed 1 message for legal reasons" in await page(client, target)
    shown = await page(client, "/owner/log")
    assert "§ 1004 BGB" in shown
    assert "Anna &lt;Rechte&gt;" in shown
    number = target.rpartition("done=")[2]
    assert (await submit(client, "/owner/log/undo", decision=number))[0] == 303
    assert len(await listed(client)) == 1
    law = {"ground": "a judgment", "asked_by": "a court"}
    decision = (await moderate(client, "remove", ids=[message["id"]], **law))["decision"]
    assert {name: decision[name] for name in law} == law
    answer = await client.post(
        "/api/moderation.remove", json={"ids": [1], "ground": "x"}, headers=SIGNED
    )
    assert (answer.status, (await answer.json())["error"]["code"]) == (422, "ground_empty")
