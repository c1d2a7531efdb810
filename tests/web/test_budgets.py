"""What newcomers post for nothing: one browser, one address, one network. Then each pays."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings, Wall
from tests.owner import make_code, sign_in
from tests.patient import USED_UP
from tests.web.calls import KEY, OTHERS_KEY, listed, submit
from tests.web.flooding import known
from tests.web.moderating import make_token
from tests.web.paying import asked, post, sent_by, worked

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.patient import Limits

# One browser posts a third of it for nothing.
FREE, BROWSERS = 6, 2
# If each address posts one for nothing, a network posts so many.
NETWORK = 5


@pytest.fixture
def limits() -> Limits:
    return USED_UP


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(proxies=1), wall=Wall(free_posts_per_minute=FREE))


@pytest.fixture(autouse=True)
async def token(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_token(address)
    # Several processes ask for all of it; the tests take longer then.
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", 2_000)


async def status(client: Client, text: str, address: str, key: str) -> int:
    return (await post(client, text, headers=sent_by(address), key=key))[0]


async def test_a_newcomer_who_posts_much_pays_whatever_the_address(client: Client) -> None:
    for place in range(BROWSERS):
        assert await status(client, f"text {place}", f"192.0.{place}.1", KEY) == 201
    step = await asked(client, "hello", headers=sent_by("198.51.100.1"))
    assert await status(client, "from the same house", "198.51.100.1", OTHERS_KEY) == 201
    paid = await post(client, "hello", headers=sent_by("198.51.100.1"), step=worked(step))
    assert paid[0] == 201


async def test_one_browser_does_not_use_up_what_its_neighbours_post_for_nothing(
    client: Client,
) -> None:
    statuses = [await status(client, f"text {place}", "192.0.2.1", KEY) for place in range(4)]
    assert statuses == [201] * BROWSERS + [428] * (4 - BROWSERS)
    left = FREE - BROWSERS
    others = [
        await status(client, f"neighbour {place}", "192.0.2.1", f"{OTHERS_KEY}-{place}")
        for place in range(left + 1)
    ]
    assert others == [201] * left + [428]


async def test_known_browsers_are_never_asked(client: Client) -> None:
    await known(client, OTHERS_KEY)
    statuses = {
        await status(client, f"text {place}", "192.0.2.1", OTHERS_KEY) for place in range(20)
    }
    assert statuses == {201}


async def test_members_of_the_team_are_never_asked(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    for place in range(FREE + 1):
        assert (await submit(client, "/messages", text=f"text {place}"))[0] == 303


class TestANetworkThatPostsMuch:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1), wall=Wall(free_posts_per_minute=1))

    @pytest.mark.parametrize(
        ("addresses", "neighbour", "elsewhere"),
        [
            ([f"192.0.2.{place}" for place in range(NETWORK)], "192.0.2.99", "192.0.3.1"),
            (
                [f"2001:db8:7:{place}::1" for place in range(NETWORK)],
                "2001:db8:7:ffff:1:2:3:4",
                "2001:db8:8::1",
            ),
        ],
        ids=["IPv4", "IPv6"],
    )
    async def test_newcomers_of_it_pay(
        self, client: Client, addresses: list[str], neighbour: str, elsewhere: str
    ) -> None:
        for place, address in enumerate(addresses):
            assert await status(client, f"text {place}", address, f"{KEY}-{place}") == 201
        step = await asked(client, "hello", headers=sent_by(neighbour))
        assert await status(client, "elsewhere", elsewhere, OTHERS_KEY) == 201
        paid = await post(client, "hello", headers=sent_by(neighbour), step=worked(step))
        assert paid[0] == 201


class TestOneAddressOfMany:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(free_posts_per_minute=30))

    @pytest.mark.parametrize(
        ("browsers", "texts"), [(30, 2), (20, 3)], ids=["a school", "an exit of Tor"]
    )
    async def test_all_get_their_messages_up(
        self, client_of_one: Client, browsers: int, texts: int
    ) -> None:
        async def write(browser: int) -> None:
            for number in range(texts):
                text, key = f"text {number} of {browser}", f"key-of-the-pupil-{browser}"
                code, body = await post(client_of_one, text, key=key)
                if code == 428:
                    step = worked(body["error"]["step"])
                    code, _ = await post(client_of_one, text, key=key, step=step)
                assert code == 201

        await asyncio.gather(*(write(browser) for browser in range(browsers)))
        assert len(await listed(client_of_one, limit=100)) == browsers * texts
