"""Reports of newcomers cost a step while the wall is flooded, or when too many come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.message import digest
from stena.report import Report
from stena.settings import Common, Settings, Wall
from stena.step import WAIT
from tests.owner import make_code, sign_in
from tests.patient import USED_UP
from tests.web.calls import KEY, OTHERS_KEY, create, submit
from tests.web.flooding import known
from tests.web.moderating import make_token
from tests.web.paying import brake, hidden, report, sent_by, step_of, ticket, worked
from tests.web.reporting import is_shown, reported, weight

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.patient import Limits

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.1"
THANKS = "Thank you, the owner will look."


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(proxies=1))


@pytest.fixture(autouse=True)
async def token(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_token(address)
    # Several processes ask for all of it; the tests take longer then.
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", 20_000)


@pytest.fixture
async def number(client: Client, address: Address) -> int:
    number = int((await create(client, "buy now"))["id"])
    await brake(address)
    return number


class TestTheBrake:
    async def test_a_newcomers_report_weighs_as_ever_once_it_is_paid_for(
        self, client: Client, number: int
    ) -> None:
        step = step_of(await report(client, number), "reason")
        assert step["ways"] == ["work", "time"]
        assert await reported(client) == []
        assert (await report(client, number, step=worked(step)))[0] == 200
        assert await weight(client, number) == 0.5

    async def test_known_browsers_and_members_of_the_team_pay_nothing(
        self, client: Client, address: Address
    ) -> None:
        await known(client, OTHERS_KEY)
        number = (await create(client, "buy now"))["id"]
        await sign_in(client, await make_code(address))
        await brake(address)
        assert (await report(client, number, key=OTHERS_KEY, headers=sent_by(HERE)))[0] == 200
        status, shown = await submit(client, f"/m/{number}/report", reason="spam")
        assert (status, THANKS in shown) == (200, True)
        assert await weight(client, number) == 1.5

    async def test_what_is_not_there_has_no_price(self, client: Client, address: Address) -> None:
        await brake(address)
        assert (await report(client, 999))[0] == 404

    async def test_a_ticket_is_for_one_message_one_reason_and_one_browser(
        self, client: Client, address: Address, number: int
    ) -> None:
        await brake(address, 0)
        other = (await create(client, "another"))["id"]
        await brake(address)
        step = worked(step_of(await report(client, number), "reason"))
        for changed in ({"id": other}, {"reason": "other"}, {"key": OTHERS_KEY}, {"key": None}):
            step_of(await report(client, number, step=step, **changed), "reason")
        for words in ("once", "twice"):
            assert (await report(client, number, step=step, words=words))[0] == 200
        [one] = await reported(client)
        assert (one["reports"]["count"], one["reports"]["words"]) == (1, ["twice"])

    async def test_a_ticket_without_a_key_weighs_once(self, client: Client, number: int) -> None:
        step = worked(step_of(await report(client, number, key=None), "reason"))
        for _ in range(3):
            assert (await report(client, number, key=None, step=step))[0] == 200
        assert await weight(client, number) == 0.5

    async def test_one_that_is_not_paid_for_lets_no_second_one_of_the_address_weigh(
        self, client: Client, number: int
    ) -> None:
        keys = [KEY, OTHERS_KEY]
        steps = [worked(step_of(await report(client, number, key=key), "reason")) for key in keys]
        assert (await report(client, number, step=steps[0]))[0] == 200
        step_of(await report(client, number, key=OTHERS_KEY), "reason")
        assert (await report(client, number, key=OTHERS_KEY, step=steps[1]))[0] == 200
        assert await weight(client, number) == 0.5


class TestInCalm:
    @pytest.fixture
    def limits(self) -> Limits:
        return USED_UP

    @pytest.fixture
    def settings(self) -> Settings:
        # Two of an address, twelve of all together.
        return Settings(common=Common(proxies=1), wall=Wall(free_posts_per_minute=6))

    async def test_an_address_that_sends_many_pays(self, client: Client) -> None:
        numbers = [(await create(client, f"{place}", key=None))["id"] for place in range(3)]
        for place in range(2):
            answer = await report(
                client, numbers[place], key=f"{KEY}-{place}", headers=sent_by(HERE)
            )
            assert answer[0] == 200
        step = step_of(await report(client, numbers[2], headers=sent_by(HERE)), "reason")
        key = OTHERS_KEY
        assert (await report(client, numbers[2], key=key, headers=sent_by(ELSEWHERE)))[0] == 200
        paid = await report(client, numbers[2], headers=sent_by(HERE), step=worked(step))
        assert paid[0] == 200
        assert await weight(client, numbers[2]) == 1

    async def test_newcomers_who_report_everything_hide_little(self, client: Client) -> None:
        await known(client, OTHERS_KEY)
        numbers = [(await create(client, f"{place}", key=OTHERS_KEY))["id"] for place in range(5)]
        statuses = [
            (await report(client, one, key=f"{KEY}-{one}-{home}", headers=headers(one, home)))[0]
            for one in numbers
            for home in range(6)
        ]
        assert set(statuses) == {200, 428}
        # Twelve hide two.
        assert not await is_shown(client, numbers[1])
        assert await is_shown(client, numbers[4])
        before = await weight(client, numbers[4])
        assert (await report(client, numbers[4], key=OTHERS_KEY, headers=sent_by(HERE)))[0] == 200
        assert await weight(client, numbers[4]) == before + 1


def headers(message: int, home: int) -> dict[str, str]:
    """Those of a client in a network of its own."""
    return sent_by(f"10.{home}.{message}.1")


class TestForm:
    @pytest.mark.parametrize("below", ["", "/embed"])
    async def test_it_comes_back_with_the_step_and_with_what_was_typed(
        self, client: Client, address: Address, number: int, below: str
    ) -> None:
        path = f"{below}/m/{number}/report"
        typed = {"reason": "insult", "words": "She <knows> it"}
        status, shown = await submit(client, path, **typed)
        assert status == 428
        assert "In 20 seconds press “Send the report” once more." in shown
        assert 'value="insult" required checked' in shown
        assert "She &lt;knows&gt; it" in shown
        assert 'value="look"' not in shown
        assert 'aria-describedby="reason-refusal"' not in shown
        client.session.cookie_jar.clear()
        sent = hidden("report", shown)
        given = Report.of(number, "insult", None, sent["key"])
        assert given.author == digest(sent["key"])
        sent["ticket"] = await ticket(address, WAIT, given.act)
        status, shown = await submit(client, path, **typed, **sent)
        assert (status, THANKS in shown) == (200, True)
        assert (await reported(client))[0]["reports"]["reasons"] == {"insult": 1}
