"""Visitors report messages to the team."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings
from tests.web.calls import KEY, OTHERS_KEY, call, create, page, refused, submit
from tests.web.moderating import SIGNED, make_token, remove
from tests.web.reporting import (
    report,
    reported,
)

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
THANKS = "Thank you, the owner will look."


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(proxies=1))


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
            ({"reason": "spam", "key": "short"}, (422, "key_invalid")),
        ],
    )
    async def test_what_cannot_be_understood_is_refused(
        self, client: Client, given: dict[str, object], expected: tuple[int, str]
    ) -> None:
        message = await create(client, "fine")
        assert await refused(client, "report", id=message["id"], **given) == expected
        assert await reported(client) == []


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
        assert "1 character too many (501 of 500)" in form
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


def _without_nonce(text: str) -> str:
    return re.sub(r'name="nonce" value="[^"]*"', "", text)
