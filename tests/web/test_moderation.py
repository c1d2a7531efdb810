"""The owner decides what is shown: by the API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from tests.calm import calm
from tests.conftest import Front
from tests.owner import execute
from tests.web.calls import KEY, OTHERS_KEY, call, create, got, listed, page, refused, replies
from tests.web.events import PATIENCE, leave, listening
from tests.web.moderating import SIGNED, approve, held, make_token, moderate, remove, undo

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def wait(client: Client, text: str, **fields: object) -> int:
    """Post a message that waits. Returns its id."""
    answer = await client.post("/api/messages.create", json={"text": text, **fields})
    assert answer.status == 202, await answer.text()
    body = await answer.json()
    assert (body["state"], body["message"]["text"]) == ("waiting", text)
    return int(body["message"]["id"])


class TestWhereAllWait:
    @pytest.fixture(autouse=True)
    async def mode(self, client: Client, token: None) -> None:  # noqa: ARG002 -- comes first
        await moderate(client, "rule", mode="all")

    async def test_a_message_waits_and_only_its_author_sees_it(self, client: Client) -> None:
        number = await wait(client, "let me in", key=KEY)
        assert await listed(client) == []
        assert await got(client, number) is None
        assert "let me in" not in await page(client)
        own = await client.get(f"/m/{number}", headers={"Cookie": f"key={KEY}"})
        assert own.status == 200
        assert own.headers["Cache-Control"] == "no-store"
        assert "let me in" in await own.text()
        others = await client.get(f"/m/{number}", headers={"Cookie": f"key={OTHERS_KEY}"})
        assert others.status == 404

    async def test_an_approved_message_is_shown_with_its_id_and_its_time(
        self, client: Client
    ) -> None:
        number = await wait(client, "let me in", name="Ann", key=KEY)
        created = (await held(client))[0]["created"]
        await approve(client, number)
        shown = await got(client, number)
        assert shown
        assert (shown["text"], shown["name"], shown["created"]) == ("let me in", "Ann", created)
        assert [one["id"] for one in await listed(client)] == [number]
        assert await held(client) == []

    async def test_readers_get_an_approved_message_and_nothing_before(self, client: Client) -> None:
        async with listening(client) as events:
            first = await wait(client, "first")
            await wait(client, "second")
            await approve(client, first)
            event = await events.next()
            assert (event.kind, event.data["id"], event.data["text"]) == ("message", first, "first")

    async def test_a_repeated_draft_waits_once(self, client: Client) -> None:
        number = await wait(client, "once", nonce="nonce-of-this-one")
        assert await wait(client, "once", nonce="nonce-of-this-one") == number
        assert len(await held(client)) == 1

    async def test_its_author_edits_and_deletes_a_message_that_waits(self, client: Client) -> None:
        number = await wait(client, "with a mistak", key=KEY)
        edited = await call(client, "edit", id=number, key=KEY, text="without a mistake")
        assert edited["message"]["text"] == "without a mistake"
        assert [one["text"] for one in await held(client)] == ["without a mistake"]
        assert await refused(client, "edit", id=number, key=OTHERS_KEY, text="mine") == (
            404,
            "not_found",
        )
        await call(client, "delete", id=number, key=KEY)
        assert await held(client) == []
        assert await held(client, "removed") == []

    async def test_what_is_edited_after_its_approval_waits_again_and_readers_see_neither_text(
        self, client: Client
    ) -> None:
        number = await wait(client, "harmless", key=KEY)
        await approve(client, number)
        async with listening(client) as events:
            edited = await call(client, "edit", id=number, key=KEY, text="buy pills now")
            assert edited["state"] == "waiting"
            event = await events.next()
            assert (event.kind, event.data["id"]) == ("removed", number)
        assert await got(client, number) is None
        assert [one["text"] for one in await held(client)] == ["buy pills now"]
        await approve(client, number)
        assert (await got(client, number) or {})["text"] == "buy pills now"

    async def test_a_reply_counts_when_it_is_shown(self, client: Client) -> None:
        above = await wait(client, "above")
        await approve(client, above)
        reply = await wait(client, "below", reply_to=above)
        assert (await got(client, above) or {})["replies"] == 0
        await approve(client, reply)
        assert (await got(client, above) or {})["replies"] == 1
        assert [one["id"] for one in (await replies(client, above))["messages"]] == [reply]


class TestWhereTheFirstWaits:
    @pytest.fixture(autouse=True)
    async def mode(self, client: Client, token: None) -> None:  # noqa: ARG002 -- comes first
        await moderate(client, "rule", mode="first")

    async def test_a_browser_is_known_after_one_approval(self, client: Client) -> None:
        await approve(client, await wait(client, "first", key=KEY))
        await create(client, "second", key=KEY)
        await wait(client, "of another one", key=OTHERS_KEY)
        await wait(client, "without a key")

    async def test_an_edit_waits_as_a_new_message_of_the_browser_would(
        self, client: Client
    ) -> None:
        await moderate(client, "rule", mode="open")
        message = await create(client, "from before the rule", key=KEY)
        await moderate(client, "rule", mode="first")
        edit = {"id": message["id"], "key": KEY}
        assert (await call(client, "edit", **edit, text="buy pills now"))["state"] == "waiting"
        await approve(client, message["id"])
        assert (await call(client, "edit", **edit, text="buy nothing"))["message"]
        assert (await got(client, message["id"]) or {})["text"] == "buy nothing"

    async def test_an_approval_that_is_undone_makes_no_browser_known(self, client: Client) -> None:
        decision = await approve(client, await wait(client, "first", key=KEY))
        await undo(client, decision)
        await wait(client, "second", key=KEY)

    async def test_a_browser_is_known_as_the_decisions_say_that_stand(self, client: Client) -> None:
        waiting = [await wait(client, f"{number}", key=KEY) for number in range(3)]
        first, second = [await approve(client, number) for number in waiting[:2]]
        await undo(client, first)
        known = await create(client, "the second approval stands", key=KEY)
        spam = await remove(client, known["id"], spam=True)
        third = await approve(client, waiting[2])
        await undo(client, spam)
        await undo(client, third)
        await create(client, "it still stands", key=KEY)
        await undo(client, second)
        await wait(client, "none stands", key=KEY)

    async def test_a_browser_whose_message_is_spam_is_known_no_longer(self, client: Client) -> None:
        await approve(client, await wait(client, "first", key=KEY))
        spam = await create(client, "spam", key=KEY)
        decision = await remove(client, spam["id"], spam=True)
        await wait(client, "third", key=KEY)
        await undo(client, decision)
        await create(client, "fourth", key=KEY)


async def test_a_closed_wall_takes_no_message_and_goes_on_being_read(client: Client) -> None:
    before = await create(client, "before")
    await moderate(client, "rule", mode="closed")
    assert await refused(client, "create", text="after") == (403, "closed")
    assert await refused(client, "create", text="after", reply_to=before["id"]) == (403, "closed")
    answer = await client.post("/messages", data={"text": "my long words"})
    assert answer.status == 403
    assert "my long words" in await answer.text()
    assert [one["text"] for one in await listed(client)] == ["before"]


async def test_a_thread_may_have_a_mode_of_its_own(client: Client) -> None:
    await moderate(client, "rule", thread="news", mode="all")
    await wait(client, "there", thread="news")
    await create(client, "here")
    await moderate(client, "rule", mode="closed")
    await wait(client, "there again", thread="news")
    assert await refused(client, "create", text="elsewhere", thread="x") == (403, "closed")


class TestRemoval:
    async def test_a_removed_message_is_gone_for_readers_and_comes_back_by_undo(
        self, client: Client
    ) -> None:
        async with listening(client) as events:
            message = await leave(client, "rude words")
            assert (await events.next()).data["id"] == message["id"]
            decision = await remove(client, message["id"])
            event = await events.next()
            assert (event.kind, event.data["id"]) == ("removed", message["id"])
            assert await got(client, message["id"]) is None
            assert [one["text"] for one in await held(client, "removed")] == ["rude words"]
            await undo(client, decision)
            event = await events.next()
            assert (event.kind, event.data["text"]) == ("message", "rude words")
        assert await got(client, message["id"]) == message

    async def test_the_place_of_a_message_with_replies_stays(self, client: Client) -> None:
        above = await create(client, "rude words", name="Rude")
        reply = await create(client, "an answer", reply_to=above["id"])
        decision = await remove(client, above["id"])
        place = await got(client, above["id"])
        assert place
        assert (place["text"], place["name"], place["removed"]) == ("", None, True)
        assert not place["deleted"]
        other = await remove(client, reply["id"])
        assert await got(client, above["id"]) is None
        await undo(client, other)
        assert (await got(client, above["id"]) or {})["removed"]
        await undo(client, decision)
        assert (await got(client, above["id"]) or {})["text"] == "rude words"
        assert (await got(client, above["id"]) or {})["replies"] == 1

    async def test_a_whole_conversation_goes_and_comes_back_at_once(self, client: Client) -> None:
        above = await create(client, "above")
        ids = [above["id"]]
        ids += [(await create(client, f"{n}", reply_to=above["id"]))["id"] for n in range(3)]
        decision = await remove(client, *ids)
        assert await listed(client) == []
        await undo(client, decision)
        assert (await got(client, above["id"]) or {})["replies"] == 3

    async def test_what_is_decided_already_is_said_and_changes_nothing(
        self, client: Client
    ) -> None:
        message = await create(client, "rude words")
        decision = await remove(client, message["id"])
        for method, fields in (
            ("remove", {"ids": [message["id"]]}),
            ("approve", {"ids": [message["id"]]}),
        ):
            answer = await client.post(f"/api/moderation.{method}", json=fields, headers=SIGNED)
            assert answer.status == 409
        await undo(client, decision)
        answer = await client.post(
            "/api/moderation.undo", json={"decision": decision}, headers=SIGNED
        )
        assert answer.status == 409

    async def test_a_draft_that_is_repeated_after_its_removal_is_answered_as_removed(
        self, client: Client
    ) -> None:
        draft = {"text": "rude words", "name": "Rude", "nonce": "nonce-of-this-one", "key": KEY}
        message = await create(client, **draft)
        decision = await remove(client, message["id"])
        answer = await client.post("/api/messages.create", json=draft)
        body = await answer.json()
        assert (answer.status, body["state"]) == (200, "removed")
        shown = [body["message"][name] for name in ("id", "text", "removed")]
        assert shown == [message["id"], "", True]
        await undo(client, decision)
        await call(client, "delete", id=message["id"], key=KEY)
        answer = await client.post("/api/messages.create", json=draft)
        assert (answer.status, (await answer.json())["state"]) == (200, "deleted")

    async def test_a_removed_message_is_not_found(self, client: Client) -> None:
        message = await create(client, "platypus")
        found = await client.get("/api/messages.search", params={"q": "platypus"})
        assert len((await found.json())["messages"]) == 1
        decision = await remove(client, message["id"])
        found = await client.get("/api/messages.search", params={"q": "platypus"})
        assert (await found.json())["messages"] == []
        await undo(client, decision)
        found = await client.get("/api/messages.search", params={"q": "platypus"})
        assert len((await found.json())["messages"]) == 1


@pytest.mark.parametrize("ids", [None, [], 1, ["1"], [0], [2**63], list(range(1, 2002))])
async def test_a_list_of_ids_that_is_none_or_too_long_is_refused_in_words(
    client: Client, ids: object
) -> None:
    answer = await client.post("/api/moderation.approve", json={"ids": ids}, headers=SIGNED)
    error = (await answer.json())["error"]
    assert (answer.status, error["code"], error["field"]) == (400, "bad_ids", "ids")
    assert "a list of up to 2000 whole numbers" in error["message"]


@pytest.mark.parametrize("method", ["approve", "remove", "undo", "rule"])
@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer made-up-token-of-somebody"}])
async def test_without_a_token_nothing_is_decided(
    client: Client, method: str, given: dict[str, str]
) -> None:
    answer = await client.post(f"/api/moderation.{method}", json={}, headers=given)
    assert (answer.status, (await answer.json())["error"]["code"]) == (401, "token_invalid")


async def test_the_text_of_a_removed_message_is_erased_after_thirty_days(
    client: Client, settings: Settings, address: Address
) -> None:
    old = (await create(client, "removed long ago"))["id"]
    late = (await create(client, "removed just now"))["id"]
    decision = await remove(client, old, late)
    await execute(
        address,
        """
        UPDATE withheld SET since = since - interval '31 days'
        WHERE message = (SELECT min(message) FROM withheld)
        """,
    )
    # A wall looks for old texts when it starts.
    async with TestClient(Front(create_app(calm(settings), address))) as later:
        async with asyncio.timeout(PATIENCE):
            while len(await held(later, "removed")) > 1:  # noqa: ASYNC110 -- no event says so
                await asyncio.sleep(0.05)
        await undo(later, decision)
        assert await got(later, old) is None
        assert (await got(later, late) or {})["text"] == "removed just now"
