"""Visitors report messages to the team."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from stena.settings import Common, Settings
from tests.owner import execute, make_code, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, got, listed, page, refused, submit
from tests.web.events import leave, listening
from tests.web.moderating import (
    SIGNED,
    approve,
    held,
    make_token,
    moderate,
    remove,
    undo,
)

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
THANKS = "Thank you, the owner will look."
# Two browsers that are known.
KNOWN, KNOWN_TOO = "key-of-a-known-browser", "key-of-another-known-one"


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


async def report(
    client: Client, number: int, key: str | None = None, home: int = 1, **fields: object
) -> None:
    """Report a message from one of many homes, each with an address of its own."""
    given = {"id": number, "reason": "spam", "key": key, **fields}
    answer = await client.post(
        "/api/messages.report", json=given, headers={"X-Forwarded-For": f"203.0.113.{home}"}
    )
    assert (answer.status, await answer.json()) == (200, {"reported": number})


async def report_by_strangers(client: Client, number: int, times: int, first: int = 1) -> None:
    """Newcomers who report a message, each at home."""
    for home in range(first, first + times):
        await report(client, number, f"key-of-the-newcomer-{home:03}", home)


async def reported(client: Client) -> list[dict[str, Any]]:
    answer = await client.get("/api/moderation.reported", headers=SIGNED)
    assert answer.status == 200, await answer.text()
    return list((await answer.json())["messages"])


async def weight(client: Client, number: int) -> float:
    """What the open reports of a message weigh together."""
    found = [
        one["reports"]["weight"] for one in await reported(client) if one["message"]["id"] == number
    ]
    return float(found[0]) if found else 0


async def keep(client: Client, *ids: int) -> int:
    return int((await moderate(client, "keep", ids=ids))["decision"]["id"])


async def is_shown(client: Client, number: int) -> bool:
    return await got(client, number) is not None


class TestReporting:
    async def test_the_team_reads_what_visitors_report(self, client: Client) -> None:
        message = await create(client, "buy now", name="Seller")
        await report(client, message["id"], KEY, words="  the third time \n today ")
        await report(client, message["id"], OTHERS_KEY, 2, reason="other", words="why?")
        (one,) = await reported(client)
        assert (one["message"]["text"], one["message"]["name"]) == ("buy now", "Seller")
        assert one["state"] == "visible"
        assert one["reports"] == {
            "count": 2,
            "weight": 1.0,
            "urgent": False,
            "reasons": {"spam": 1, "other": 1},
            "words": ["why?", "the third time \n today"],
        }

    async def test_nobody_else_learns_of_a_report(self, client: Client) -> None:
        message = await create(client, "buy now")
        paths = ("/", f"/m/{message['id']}", "/api/messages.list", "/feed.atom")
        before = [await page(client, path) for path in paths]
        await report(client, message["id"], KEY, words="secret words")
        after = [await page(client, path) for path in paths]
        assert [_without_nonce(one) for one in before] == [_without_nonce(one) for one in after]
        answer = await client.get("/api/moderation.reported")
        assert answer.status == 401

    @pytest.mark.parametrize("reason", ["personal_data", "unlawful"])
    async def test_what_harms_somebody_is_urgent(self, client: Client, reason: str) -> None:
        message = await create(client, "she lives at the end of the road")
        await report(client, message["id"])
        assert not (await reported(client))[0]["reports"]["urgent"]
        await report(client, message["id"], home=2, reason=reason)
        assert (await reported(client))[0]["reports"]["urgent"]

    async def test_the_list_goes_on_where_a_page_ends(self, client: Client) -> None:
        ids = [(await create(client, f"{number}"))["id"] for number in range(3)]
        for number in ids:
            await report(client, number)
        found: list[int] = []
        before: int | None = None
        while before or not found:
            query = {"limit": 2} | ({"before": before} if before else {})
            answer = await client.get("/api/moderation.reported", params=query, headers=SIGNED)
            content = await answer.json()
            found += [one["message"]["id"] for one in content["messages"]]
            before = content["next"]
        assert found == ids[::-1]

    async def test_only_what_is_shown_can_be_reported(self, client: Client) -> None:
        removed = await create(client, "removed")
        await remove(client, removed["id"])
        place = await create(client, "above", key=KEY)
        await create(client, "below", reply_to=place["id"])
        await call(client, "delete", id=place["id"], key=KEY)
        for number in (removed["id"], place["id"], 99):
            assert await refused(client, "report", id=number, reason="spam") == (404, "not_found")
            answer = await client.get(f"/m/{number}/report")
            assert answer.status == 404
            assert (await submit(client, f"/m/{number}/report", reason="spam"))[0] == 404
        assert await reported(client) == []

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"reason": "dull"}, (400, "bad_reason")),
            ({"reason": 1}, (400, "bad_type")),
            ({}, (400, "field_missing")),
            ({"reason": "spam", "words": "w" * 501}, (422, "words_too_long")),
            ({"reason": "spam", "words": "\x07"}, (422, "words_characters")),
            ({"reason": "spam", "key": "short"}, (422, "key_invalid")),
        ],
    )
    async def test_what_cannot_be_understood_is_refused(
        self, client: Client, given: dict[str, object], expected: tuple[int, str]
    ) -> None:
        message = await create(client, "fine")
        assert await refused(client, "report", id=message["id"], **given) == expected
        assert await reported(client) == []


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


class TestSettling:
    async def test_removal_settles_reports_and_its_undo_opens_them_again(
        self, client: Client
    ) -> None:
        message = await create(client, "rude words")
        await report_by_strangers(client, message["id"], 2)
        decision = await remove(client, message["id"])
        assert await reported(client) == []
        await undo(client, decision)
        assert await weight(client, message["id"]) == 1

    async def test_a_deleted_message_leaves_no_report(
        self, client: Client, address: Address
    ) -> None:
        message = await create(client, "rude words", key=KEY)
        await report(client, message["id"])
        await call(client, "delete", id=message["id"], key=KEY)
        connection = await asyncpg.connect(address.url)
        try:
            assert await connection.fetch("SELECT * FROM report") == []
        finally:
            await connection.close()

    async def test_reports_of_what_is_removed_meanwhile_are_not_listed(
        self, client: Client
    ) -> None:
        message = await create(client, "fine")
        await report(client, message["id"])
        kept = await keep(client, message["id"])
        removed = await remove(client, message["id"])
        await undo(client, kept)
        assert await reported(client) == []
        await undo(client, removed)
        assert await weight(client, message["id"]) == 0.5

    async def test_keeping_is_undone_exactly(self, client: Client) -> None:
        message = await create(client, "fine")
        await report_by_strangers(client, message["id"], 6)
        decision = await keep(client, message["id"])
        assert await is_shown(client, message["id"])
        await undo(client, decision)
        assert not await is_shown(client, message["id"])
        assert await weight(client, message["id"]) == 3

    async def test_only_what_is_reported_can_be_kept(self, client: Client) -> None:
        message = await create(client, "fine")
        answer = await client.post(
            "/api/moderation.keep", json={"ids": [message["id"]]}, headers=SIGNED
        )
        assert (answer.status, (await answer.json())["error"]["code"]) == (409, "decided")


class TestForm:
    @pytest.mark.parametrize("below", ["", "/embed"])
    async def test_a_visitor_reports_by_a_form(self, client: Client, below: str) -> None:
        message = await create(client, "buy now")
        path = f"{below}/m/{message['id']}"
        assert f'href="{path}/report"' in await page(client, path)
        form = await page(client, f"{path}/report")
        assert f'action="{path}/report"' in form
        assert "buy now" in form
        status, answer = await submit(client, f"{path}/report", reason="spam", words="again")
        assert status == 200
        assert THANKS in answer
        assert "buy now" not in answer
        (one,) = await reported(client)
        assert one["reports"]["words"] == ["again"]

    async def test_the_answer_does_not_say_whether_it_counts(self, client: Client) -> None:
        message = await create(client, "buy now")
        answers = [await submit(client, f"/m/{message['id']}/report", reason="spam") for _ in "12"]
        assert answers[0] == answers[1]
        assert (await reported(client))[0]["reports"]["count"] == 1

    async def test_a_refused_form_comes_back_with_what_was_typed(self, client: Client) -> None:
        message = await create(client, "buy now")
        path = f"/m/{message['id']}/report"
        status, form = await submit(client, path, reason="insult", words="w" * 501)
        assert status == 422
        assert "w" * 501 in form
        assert 'value="insult" required checked' in form
        assert "takes up to 500" in form
        status, form = await submit(client, path, words="my long words")
        assert status == 400
        assert "my long words" in form

    async def test_cards_on_the_wall_and_authors_have_no_link_to_it(self, client: Client) -> None:
        message = await create(client, "mine", key=KEY)
        assert "/report" not in await page(client)
        own = await client.get(f"/m/{message['id']}", headers={"Cookie": f"key={KEY}"})
        assert "/report" not in await own.text()

    async def test_other_sites_cannot_report_for_their_visitors(self, client: Client) -> None:
        message = await create(client, "fine")
        answer = await client.post(
            f"/m/{message['id']}/report",
            data={"reason": "spam"},
            headers={**FORM, "Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status == 403
        assert await reported(client) == []


class TestDesk:
    @pytest.fixture(autouse=True)
    async def member(self, client: Client, address: Address) -> None:
        await sign_in(client, await make_code(address))

    async def test_the_team_keeps_a_reported_message_and_undoes_it(self, client: Client) -> None:
        message = await create(client, "fine")
        assert "Nothing is reported." in await page(client, "/owner/reported")
        await report(client, message["id"], KEY, words="I <b>mind</b>", reason="unlawful")
        await report(client, message["id"], OTHERS_KEY, 2, reason="unlawful")
        desk = await page(client, "/owner/reported")
        assert "fine" in desk
        assert "Urgent" in desk
        assert "2 reports" in desk
        assert "It breaks the law (2)" in desk
        assert "I &lt;b&gt;mind&lt;/b&gt;" in desk
        target = await self.decide(client, message["id"], "keep")
        desk = await page(client, target)
        assert "Kept 1 reported message" in desk
        assert "Nothing is reported." in desk
        number = target.rpartition("done=")[2]
        status, _ = await submit(client, "/owner/reported/undo", decision=number)
        assert status == 303
        assert "2 reports" in await page(client, "/owner/reported")

    async def test_what_waits_because_of_reports_says_so_and_can_be_removed(
        self, client: Client
    ) -> None:
        message = await create(client, "buy now")
        await report_by_strangers(client, message["id"], 6)
        assert "Visitors have reported it." in await page(client, "/owner")
        assert "Visitors do not see it now." in await page(client, "/owner/reported")
        log = await page(client, "/owner/log")
        assert "Let 1 reported message wait" in log
        assert "The wall itself" in log
        await self.decide(client, message["id"], "remove")
        assert await reported(client) == []
        assert "buy now" in await page(client, "/owner/removed")

    async def test_the_list_goes_on_where_a_page_ends(
        self, client: Client, address: Address
    ) -> None:
        await execute(
            address,
            "INSERT INTO message (text) SELECT 'text ' || n FROM generate_series(1, 51) AS n",
            "INSERT INTO report (message, reason, weight) SELECT id, 'spam', 0.5 FROM message",
        )
        desk = await page(client, "/owner/reported")
        found = re.search(r'href="(/owner/reported\?before=\d+)"', desk)
        assert found
        later = await page(client, found[1])
        numbers = [int(number) for number in re.findall(r"text (\d+)</p>", desk + later)]
        assert numbers == list(range(51, 0, -1))

    async def decide(self, client: Client, number: int, action: str) -> str:
        """Press a button of the card of a message. Returns where the answer leads to."""
        status, target = await submit(
            client, "/owner/reported/decide", action=action, oldest=f"{number}", newest=f"{number}"
        )
        assert status == 303, target
        return target


def _without_nonce(text: str) -> str:
    return re.sub(r'name="nonce" value="[^"]*"', "", text)
