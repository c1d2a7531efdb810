"""What the reports of a message weigh, and when it waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings
from tests.web.calls import KEY, OTHERS_KEY, call, create, got, listed
from tests.web.events import leave, listening
from tests.web.moderating import SIGNED, approve, held, make_token, moderate, remove, undo
from tests.web.reporting import (
    KNOWN,
    KNOWN_TOO,
    is_shown,
    keep,
    report,
    report_by_strangers,
    reported,
    weight,
)

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(proxies=1))


@pytest.fixture
async def known(client: Client, token: None) -> None:  # noqa: ARG001 -- the first of the two
    """Let the two browsers be known, since a message of each was approved."""
    await moderate(client, "rule", mode="all")
    for key in (KNOWN, KNOWN_TOO):
        posted = await client.post("/api/messages.create", json={"text": "hello", "key": key})
        await approve(client, (await posted.json())["message"]["id"])
    await moderate(client, "rule", mode="open")


class TestWeight:
    async def test_a_browser_reports_a_message_once_and_its_last_words_stand(
        self, client: Client
    ) -> None:
        message = await create(client, "buy now")
        await report(client, message["id"], KEY, 1, words="first")
        await report(client, message["id"], KEY, 2, reason="other", words="second")
        (one,) = await reported(client)
        assert one["reports"]["count"] == 1
        assert one["reports"]["weight"] == 0.5
        assert one["reports"]["reasons"] == {"other": 1}
        assert one["reports"]["words"] == ["second"]

    @pytest.mark.usefixtures("known")
    async def test_a_known_browser_weighs_twice_as_much_as_a_newcomer(self, client: Client) -> None:
        message = await create(client, "buy now")
        await report(client, message["id"], KNOWN)
        assert await weight(client, message["id"]) == 1
        await report(client, message["id"], KEY, 2)
        assert await weight(client, message["id"]) == 1.5

    async def test_made_up_keys_at_one_address_weigh_as_much_as_one(self, client: Client) -> None:
        message, other = await create(client, "fine"), await create(client, "as fine")
        for number in range(30):
            await report(client, message["id"], f"made-up-key-number-{number}")
            await report(client, message["id"])
        (one,) = await reported(client)
        assert one["reports"]["weight"] == 0.5
        # That of the first, and so many of the others: there is an end to the rows.
        assert one["reports"]["count"] == 21
        await report(client, other["id"], "made-up-key-number-1")
        assert await weight(client, other["id"]) == 0.5

    @pytest.mark.usefixtures("known")
    async def test_a_browser_that_is_often_wrong_weighs_nothing(self, client: Client) -> None:
        for expected in (1, 1, 1, 0):
            message = await create(client, "fine")
            await report(client, message["id"], KNOWN)
            assert await weight(client, message["id"]) == expected
            decision = await keep(client, message["id"])
        # It was wrong only twice if one of the decisions is undone.
        for number in (decision - 1, decision):
            await undo(client, number)
        message = await create(client, "buy now")
        await report(client, message["id"], KNOWN)
        assert await weight(client, message["id"]) == 1

    @pytest.mark.usefixtures("known")
    async def test_a_browser_that_was_right_since_weighs_as_before(self, client: Client) -> None:
        for decide in (keep, keep, remove, remove, remove, keep):
            message = await create(client, "it depends")
            await report(client, message["id"], KNOWN)
            await decide(client, message["id"])
        message = await create(client, "buy now")
        await report(client, message["id"], KNOWN)
        assert await weight(client, message["id"]) == 1


class TestWaiting:
    async def test_a_message_waits_from_a_weight_of_three_on(self, client: Client) -> None:
        async with listening(client) as events:
            message = await leave(client, "buy now")
            assert (await events.next()).data["id"] == message["id"]
            await report_by_strangers(client, message["id"], 5)
            assert await is_shown(client, message["id"])
            await report_by_strangers(client, message["id"], 1, first=6)
            event = await events.next()
            assert (event.kind, event.data["id"]) == ("removed", message["id"])
        assert await listed(client) == []
        assert [one["text"] for one in await held(client)] == ["buy now"]
        (one,) = await reported(client)
        assert (one["message"]["text"], one["state"], one["reports"]["count"]) == (
            "buy now",
            "waiting",
            6,
        )

    @pytest.mark.usefixtures("known")
    async def test_fewer_are_enough_where_they_are_known(self, client: Client) -> None:
        message = await create(client, "buy now")
        await report(client, message["id"], KNOWN, 21)
        await report(client, message["id"], KNOWN_TOO, 22)
        await report_by_strangers(client, message["id"], 1)
        assert await is_shown(client, message["id"])
        await report_by_strangers(client, message["id"], 1, first=2)
        assert not await is_shown(client, message["id"])

    async def test_it_is_a_decision_of_the_program_that_can_be_undone_and_is_made_once(
        self, client: Client
    ) -> None:
        message = await create(client, "fine")
        await report_by_strangers(client, message["id"], 6)
        assert not await is_shown(client, message["id"])
        answer = await client.get("/api/moderation.log", headers=SIGNED)
        (decision,) = (await answer.json())["decisions"]
        assert (decision["action"], decision["messages"]) == ("report", [message["id"]])
        await undo(client, decision["id"])
        assert await got(client, message["id"]) == message
        # The reports are still there for the team, and hide it no more.
        assert await weight(client, message["id"]) == 3
        await report_by_strangers(client, message["id"], 6, first=7)
        assert await is_shown(client, message["id"])

    async def test_what_is_approved_after_reports_does_not_wait_again(self, client: Client) -> None:
        message = await create(client, "fine")
        await report_by_strangers(client, message["id"], 6)
        await approve(client, message["id"])
        assert await reported(client) == []
        # Those who reported it are not counted again, and others do not hide it.
        await report_by_strangers(client, message["id"], 12)
        assert await weight(client, message["id"]) == 3
        assert await is_shown(client, message["id"])

    async def test_a_report_counts_again_only_after_an_edit_that_the_team_has_not_seen(
        self, client: Client
    ) -> None:
        message = await create(client, "fine", key=KEY)
        await report(client, message["id"], OTHERS_KEY)
        await call(client, "edit", id=message["id"], key=KEY, text="as fine")
        await keep(client, message["id"])
        await report(client, message["id"], OTHERS_KEY)
        assert await reported(client) == []
        await call(client, "edit", id=message["id"], key=KEY, text="buy now")
        await report(client, message["id"], OTHERS_KEY)
        assert await weight(client, message["id"]) == 0.5

    @pytest.mark.parametrize("state", ["visible", "waiting"])
    @pytest.mark.usefixtures("known")
    async def test_what_is_kept_is_settled_until_its_author_edits_it(
        self, client: Client, state: str
    ) -> None:
        message = await create(client, "fine", key=KEY)
        await report_by_strangers(client, message["id"], 2 if state == "visible" else 6)
        assert await is_shown(client, message["id"]) == (state == "visible")
        await keep(client, message["id"])
        assert await got(client, message["id"]) == message
        assert await reported(client) == []
        reports = (
            (KNOWN, 21),
            (KNOWN_TOO, 22),
            ("one-more-newcomer", 23),
            ("and-one-more-newcomer", 24),
        )
        for key, home in reports:
            await report(client, message["id"], key, home)
        assert await is_shown(client, message["id"])
        await call(client, "edit", id=message["id"], key=KEY, text="buy now")
        assert await is_shown(client, message["id"])
        await report(client, message["id"], KNOWN, 21)
        assert not await is_shown(client, message["id"])

    @pytest.mark.usefixtures("known")
    async def test_newcomers_alone_never_hide_what_was_approved(self, client: Client) -> None:
        approved = (await listed(client))[0]["id"]
        await report_by_strangers(client, approved, 20)
        assert await is_shown(client, approved)
        await report(client, approved, KNOWN, 21)
        assert not await is_shown(client, approved)

    async def test_the_owner_sets_from_which_weight_on(self, client: Client) -> None:
        await moderate(client, "rule", mode="open", reports=1)
        await moderate(client, "rule", thread="news", mode="open", reports=0)
        await moderate(client, "rule", thread="talk", mode="open")
        here, news, talk = [
            (await create(client, "fine", thread=thread))["id"] for thread in ("", "news", "talk")
        ]
        for number in (here, news, talk):
            await report_by_strangers(client, number, 2)
        assert [await is_shown(client, number) for number in (here, news, talk)] == [
            False,
            True,
            False,
        ]
