"""Reactions of newcomers cost a step while the wall is flooded, or when too many come in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from stena.message import Draft, Reaction, digest
from stena.settings import Common, Settings, Wall
from stena.step import WAIT
from stena.web.wire.budget import REACTION
from stena.web.wire.rate_limit import WAITED, WAITED_BY_ONE
from tests.owner import make_code, sign_in
from tests.patient import USED_UP
from tests.web.calls import KEY, OTHERS_KEY, create, got, page, submit
from tests.web.flooding import known
from tests.web.moderating import make_token, remove
from tests.web.paying import (
    LOOPBACK,
    aged,
    brake,
    hidden,
    post,
    react,
    sent_by,
    step_of,
    ticket,
    worked,
)

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.patient import Limits

FREE = 3
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.1"
# What one browser, and what one address, may do for nothing.
OF_A_BROWSER, OF_AN_ADDRESS = int(FREE * REACTION.browser), int(FREE * REACTION.address)


@pytest.fixture
def settings() -> Settings:
    return Settings(
        common=Common(proxies=1),
        wall=Wall(free_posts_per_minute=FREE, posts_per_minute=100_000),
    )


@pytest.fixture(autouse=True)
async def token(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_token(address)
    # Several processes ask for all of it; the tests take longer then.
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", 20_000)


async def reactions(client: Client, number: int) -> dict[str, int]:
    message = await got(client, number)
    assert message
    return dict(message["reactions"])


class TestTheBrake:
    @pytest.mark.parametrize("level", [1, 2])
    async def test_a_newcomers_reaction_counts_once_it_is_paid_for(
        self, client: Client, address: Address, level: int
    ) -> None:
        number = (await create(client, "hello"))["id"]
        await brake(address, level)
        step = step_of(await react(client, number), "kind")
        assert step["ways"] == ["work", "time"]
        assert await reactions(client, number) == {}
        status, body = await react(client, number, step=worked(step))
        assert (status, body["message"]["reactions"]) == (200, {"love": 1})

    async def test_known_browsers_and_members_of_the_team_pay_nothing(
        self, client: Client, address: Address
    ) -> None:
        await known(client, OTHERS_KEY)
        number = (await create(client, "hello"))["id"]
        await sign_in(client, await make_code(address))
        await brake(address)
        assert (await react(client, number, key=OTHERS_KEY))[0] == 200
        assert (await submit(client, f"/m/{number}/reactions", kind="wow"))[0] == 303
        assert await reactions(client, number) == {"love": 1, "wow": 1}

    async def test_to_take_one_back_costs_nothing(self, client: Client, address: Address) -> None:
        number = (await create(client, "hello"))["id"]
        await react(client, number)
        await brake(address)
        status, body = await react(client, number, on=False)
        assert (status, body["message"]["reactions"]) == (200, {})

    async def test_what_is_not_there_has_no_price(self, client: Client, address: Address) -> None:
        removed = (await create(client, "removed"))["id"]
        await remove(client, removed)
        await brake(address)
        for number in (removed, 999):
            assert (await react(client, number))[0] == 404

    async def test_those_that_are_paid_for_count_beside_those_that_are_not(
        self, client: Client, address: Address
    ) -> None:
        numbers = [(await create(client, f"text {place}"))["id"] for place in range(3)]
        await brake(address)
        steps = [worked(step_of(await react(client, one), "kind")) for one in numbers]
        keys = [f"{OTHERS_KEY}-{place}" for place in range(3)]
        answers = await asyncio.gather(
            *(
                react(client, number, step=step)
                for number, step in zip(numbers, steps, strict=True)
            ),
            *(
                react(client, number, key=key, step=step)
                for number, key, step in zip(numbers, keys, steps, strict=True)
            ),
        )
        assert [status for status, _ in answers] == [200] * 3 + [428] * 3
        assert [await reactions(client, one) for one in numbers] == [{"love": 1}] * 3


class TestTickets:
    @pytest.fixture
    async def number(self, client: Client, address: Address) -> int:
        number = int((await create(client, "hello"))["id"])
        await brake(address)
        return number

    async def test_a_ticket_is_for_one_message_one_kind_one_browser_and_one_address(
        self, client: Client, address: Address, number: int
    ) -> None:
        await brake(address, 0)
        other = (await create(client, "another"))["id"]
        await brake(address)
        step = worked(step_of(await react(client, number, headers=sent_by(HERE)), "kind"))
        for changed in ({"id": other}, {"kind": "wow"}, {"key": OTHERS_KEY}):
            answer = await react(client, number, headers=sent_by(HERE), step=step, **changed)
            step_of(answer, "kind")
        step_of(await react(client, number, headers=sent_by(ELSEWHERE), step=step), "kind")
        for _ in range(3):
            assert (await react(client, number, headers=sent_by(HERE), step=step))[0] == 200
        assert (await reactions(client, number), await reactions(client, other)) == (
            {"love": 1},
            {},
        )

    async def test_a_ticket_for_a_message_is_none_for_a_reaction(
        self, client: Client, number: int
    ) -> None:
        _, body = await post(client, "a text")
        step_of(await react(client, number, step=worked(body["error"]["step"])), "kind")

    async def test_time_is_a_payment_for_some_and_takes_none_of_the_messages(
        self, client: Client, address: Address, number: int
    ) -> None:
        accepted = 0
        # A slow machine is given some back meanwhile.
        for place in range(WAITED):
            key = f"{KEY}-{place}"
            act = Reaction(number, "love", digest(key), on=True).act
            step = {"ticket": await ticket(address, WAIT, act), "way": "time"}
            status, body = await react(client, number, key=key, step=step)
            if status != 200:
                assert 0 < step_of((status, body), "kind")["wait_seconds"] <= 60 / WAITED_BY_ONE + 1
                break
            accepted += 1
        assert WAITED_BY_ONE <= accepted < WAITED
        draft = Draft.of("hello", nonce="a-nonce-of-mine", key=KEY)
        step = {"ticket": await aged(address, WAIT, draft), "way": "time"}
        assert (await post(client, "hello", nonce="a-nonce-of-mine", step=step))[0] == 201

    @pytest.mark.parametrize(
        "step",
        [
            {"ticket": "x", "way": "work", "solution": -1},
            {"ticket": "x", "way": "look"},
            {"ticket": "x", "way": "question", "solution": ""},
        ],
    )
    async def test_what_is_no_payment_is_asked_for_again(
        self, client: Client, number: int, step: dict[str, object]
    ) -> None:
        asked = step_of(await react(client, number, step=step), "kind")
        again = step_of(
            await react(client, number, step={**step, "ticket": asked["ticket"]}), "kind"
        )
        assert again["ticket"] == asked["ticket"]

    async def test_what_is_no_step_is_refused(self, client: Client, number: int) -> None:
        status, body = await react(client, number, step={"way": "work"})
        assert (status, body["error"]["code"]) == (400, "bad_step")


class TestAQuestion:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(question="How many windows?", answer="twelve"))

    async def test_the_answer_pays(self, client: Client, address: Address) -> None:
        number = (await create(client, "hello"))["id"]
        await brake(address)
        step = step_of(await react(client, number), "kind")
        assert step["ways"] == ["work", "time", "question"]
        taken = {"ticket": step["ticket"], "way": "question", "solution": "Twelve"}
        assert (await react(client, number, step=taken))[0] == 200


class TestInCalm:
    @pytest.fixture
    def limits(self) -> Limits:
        return USED_UP

    async def test_one_browser_and_one_address_have_budgets(self, client: Client) -> None:
        number = (await create(client, "hello"))["id"]
        kinds = ("love", "like", "laugh", "wow", "sad")
        statuses = [
            (await react(client, number, kind=kind, headers=sent_by(HERE)))[0] for kind in kinds
        ]
        assert statuses == [200] * OF_A_BROWSER + [428] * (len(kinds) - OF_A_BROWSER)
        left = OF_AN_ADDRESS - OF_A_BROWSER
        for place in range(left):
            key = f"{OTHERS_KEY}-{place}"
            assert (await react(client, number, key=key, headers=sent_by(HERE)))[0] == 200
        step = step_of(await react(client, number, key=OTHERS_KEY, headers=sent_by(HERE)), "kind")
        assert (await react(client, number, key=OTHERS_KEY, headers=sent_by(ELSEWHERE)))[0] == 200
        paid = await react(
            client, number, kind="love", key=OTHERS_KEY, headers=sent_by(HERE), step=worked(step)
        )
        assert paid[0] == 200

    async def test_to_take_one_back_uses_up_nothing(self, client: Client) -> None:
        number = (await create(client, "hello"))["id"]
        for _ in range(3 * FREE):
            assert (await react(client, number, on=False))[0] == 200
        assert (await react(client, number))[0] == 200

    async def test_reactions_use_up_no_messages(self, client: Client) -> None:
        number = (await create(client, "hello", key=OTHERS_KEY))["id"]
        for place in range(OF_AN_ADDRESS + 1):
            await react(client, number, key=f"{KEY}-{place}")
        assert (await post(client, "hello again"))[0] == 201

    async def test_of_a_thousand_by_newcomers_few_count_and_a_known_browsers_at_once(
        self, client: Client
    ) -> None:
        await known(client, OTHERS_KEY)
        number = (await create(client, "hello"))["id"]

        # Each from an address of its own, five of them in one network.
        async def come(place: int) -> int:
            headers = {"X-Forwarded-For": f"10.0.{place // 5}.{place % 5}"}
            return (await react(client, number, key=f"{KEY}-{place}", headers=headers))[0]

        statuses = [
            status
            for first in range(0, 1000, 100)
            for status in await asyncio.gather(*map(come, range(first, first + 100)))
        ]
        counted = statuses.count(200)
        assert set(statuses) == {200, 428}
        # Two processes that count at once may count one of two.
        assert 60 <= counted <= 120
        assert (await react(client, number, kind="wow", key=OTHERS_KEY))[0] == 200
        assert await reactions(client, number) == {"love": counted, "wow": 1}


class TestForm:
    @pytest.mark.parametrize("below", ["", "/embed"])
    async def test_without_scripts_a_page_asks_to_wait_and_to_send_it_again(
        self, client: Client, address: Address, below: str
    ) -> None:
        number = (await create(client, "hello"))["id"]
        await brake(address)
        path = f"{below}/m/{number}/reactions"
        status, shown = await submit(client, path, kind="wow")
        assert status == 428
        assert "In 20 seconds press “😮 Send it” once more." in shown
        assert f'action="{path}"' in shown
        assert 'value="look"' not in shown
        assert "Your text" not in shown
        sent = hidden("reaction", shown)
        assert sent["kind"] == "wow"
        status, shown = await submit(client, path, **sent)
        assert (status, hidden("reaction", shown)["ticket"]) == (428, sent["ticket"])

    async def test_a_browser_without_cookies_gets_there_too(
        self, client: Client, address: Address
    ) -> None:
        number = (await create(client, "hello"))["id"]
        await brake(address)
        jar = client.session.cookie_jar
        _, shown = await submit(client, f"/m/{number}/reactions", kind="wow")
        jar.clear()
        sent = hidden("reaction", shown)
        act = Reaction(number, "wow", digest(sent["key"]), on=True).act
        sent["ticket"] = await ticket(address, WAIT, act)
        status, target = await submit(client, f"/m/{number}/reactions", **sent)
        assert (status, target) == (303, f"/m/{number}")
        assert await reactions(client, number) == {"wow": 1}

    async def test_a_browser_with_cookies_keeps_its_key_there(
        self, client: Client, address: Address
    ) -> None:
        number = (await create(client, "hello"))["id"]
        await brake(address)
        await submit(client, f"/m/{number}/reactions", kind="wow")
        _, shown = await submit(client, f"/m/{number}/reactions", kind="wow")
        assert "key" not in hidden("reaction", shown)
        jar = {one.key: one.value for one in client.session.cookie_jar}
        act = Reaction(number, "wow", digest(jar["key"]), on=True).act
        sent = {**hidden("reaction", shown), "ticket": await ticket(address, WAIT, act, LOOPBACK)}
        assert (await submit(client, f"/m/{number}/reactions", **sent))[0] == 303
        assert 'name="off" value="wow"' in await page(client, f"/m/{number}")

    async def test_it_is_asked_for_in_russian(self, client: Client, address: Address) -> None:
        number = (await create(client, "hello"))["id"]
        await brake(address)
        answer = await client.post(
            f"/m/{number}/reactions", data={"kind": "love"}, headers={"Accept-Language": "ru"}
        )
        assert "Через 20 секунд нажмите «❤️ Отправить» ещё раз." in await answer.text()
