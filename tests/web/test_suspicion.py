"""On a calm wall a newcomer pays if the form or the address looks like a program's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings, Wall
from tests.owner import make_code, sign_in
from tests.patient import USED_UP
from tests.web.calls import KEY, OTHERS_KEY, create, listed, submit
from tests.web.counting import until_counted
from tests.web.desk import let_wait
from tests.web.flooding import known
from tests.web.moderating import held, make_token, moderate
from tests.web.paying import asked, brake, post, worked

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.patient import Limits

FREE = 3


@pytest.fixture
def limits() -> Limits:
    return USED_UP


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(proxies=1), wall=Wall(free_posts_per_minute=FREE))


@pytest.fixture(autouse=True)
async def token(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_token(address)
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", 20_000)


async def use_up(client: Client, **headers: str) -> None:
    """Post what an address may post for nothing, each from a browser of its own."""
    for place in range(FREE):
        status, _ = await post(client, f"text {place}", headers=headers, key=f"{KEY}-{place}")
        assert status == 201


async def test_newcomers_pay_at_an_address_that_has_posted_much_and_others_do_not(
    client: Client,
) -> None:
    await known(client, OTHERS_KEY)
    here, elsewhere = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    await use_up(client, **here)
    step = await asked(client, "hello", headers=here)
    neighbour = f"{KEY}-elsewhere"
    assert (await post(client, "one more", headers=elsewhere, key=neighbour))[0] == 201
    assert (await post(client, "of a known browser", headers=here, key=OTHERS_KEY))[0] == 201
    status, body = await post(client, "hello", headers=here, step=worked(step))
    assert (status, body["message"]["text"]) == (201, "hello")
    await until_counted(
        client, rules_waited=1, rules_approved=1, price_asked=1, suspicion_address=1, price_work=1
    )


async def test_letting_the_owner_look_is_no_way_around(client: Client) -> None:
    await use_up(client)
    step = await asked(client, "hello")
    taken = {"ticket": step["ticket"], "way": "look"}
    status, body = await post(client, "hello", step=taken)
    assert (status, body["state"]) == (202, "waiting")
    assert len(await held(client)) == 1


async def test_where_messages_wait_anyway_nobody_pays(client: Client, address: Address) -> None:
    await use_up(client)
    await brake(address, level=2)
    assert (await post(client, "while the wall is flooded"))[0] == 202
    await brake(address, level=0)
    await moderate(client, "rule", thread="", mode="all")
    assert (await post(client, "while all messages wait"))[0] == 202


async def test_a_form_with_the_hidden_field_is_asked_for_a_step_and_loses_nothing(
    client: Client,
) -> None:
    trapped = {"text": "hello", "website": "https://spam.example/"}
    status, page = await submit(client, "/messages", **trapped)
    assert status == 428
    assert "\nhello</textarea>" in page
    assert await listed(client) == []
    await until_counted(client, price_asked=1, suspicion_trap=1)
    status, _ = await submit(client, "/messages", text="hello", website="")
    assert status == 303


async def test_a_member_of_the_team_and_a_known_browser_may_fill_it_in(
    client: Client, address: Address
) -> None:
    await known(client, OTHERS_KEY)
    trapped = {"text": "hello", "website": "https://a.example/"}
    assert (await submit(client, "/messages", key=OTHERS_KEY, **trapped))[0] == 303
    await sign_in(client, await make_code(address))
    await let_wait(client, "open")
    assert (await submit(client, "/messages", **trapped))[0] == 303


class TestFree:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(free_posts_per_minute=0))

    async def test_an_owner_lets_all_be_free(self, client: Client) -> None:
        for number in range(40):
            await create(client, f"text {number}", key=KEY)
