"""Nothing is decided about what the page of the desk did not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings
from tests.owner import make_code, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, listed
from tests.web.desk import cards, decide, let_wait, press, wait
from tests.web.reporting import report_by_strangers

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

CHANGED = "It was changed after this page was made"


@pytest.fixture(autouse=True)
async def member(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(proxies=1))


async def reword(client: Client, number: int, text: str) -> None:
    await call(client, "edit", id=number, key=KEY, text=text)


@pytest.mark.parametrize("action", ["approve", "remove"])
async def test_a_text_that_its_author_changes_meanwhile_is_not_decided_about(
    client: Client, action: str
) -> None:
    await let_wait(client)
    number = await wait(client, "good morning", key=KEY)
    (card,) = await cards(client)
    await reword(client, number, "buy pills")
    status, shown = await press(client, action, card)
    assert status == 409
    assert CHANGED in shown
    assert "buy pills" in shown
    assert await listed(client) == []
    (card,) = await cards(client)
    await decide(client, action, card)
    assert await cards(client) == []


async def test_the_other_messages_of_the_card_are_decided_about(client: Client) -> None:
    await let_wait(client)
    for text in ("one", "two", "three"):
        number = await wait(client, text, key=KEY)
    (card,) = await cards(client)
    await reword(client, number, "buy pills")
    await decide(client, "approve", card)
    assert [one["text"] for one in await listed(client)] == ["two", "one"]
    (card,) = await cards(client)
    assert "buy pills" in card


async def test_a_reported_text_that_its_author_changes_meanwhile_is_not_kept(
    client: Client,
) -> None:
    number = (await create(client, "good morning", key=KEY))["id"]
    await call(client, "report", id=number, reason="spam", key=OTHERS_KEY)
    (card,) = await cards(client, "/owner/reported")
    await reword(client, number, "buy pills")
    status, shown = await press(client, "keep", card, "reported")
    assert (status, CHANGED in shown) == (409, True)


async def test_a_reported_message_that_waits_meanwhile_is_kept_with_one_tap(
    client: Client,
) -> None:
    number = (await create(client, "good morning", key=KEY))["id"]
    await call(client, "report", id=number, reason="spam", key=OTHERS_KEY)
    (card,) = await cards(client, "/owner/reported")
    await report_by_strangers(client, number, 5)
    assert await listed(client) == []
    await decide(client, "keep", card, "reported")
    assert [one["text"] for one in await listed(client)] == ["good morning"]


async def test_what_somebody_else_has_approved_meanwhile_is_not_removed_from_the_waiting_ones(
    client: Client,
) -> None:
    await let_wait(client)
    await wait(client, "good morning", key=KEY)
    (card,) = await cards(client)
    await decide(client, "approve", card)
    status, shown = await press(client, "remove", card)
    assert status == 409
    assert "That has been decided already" in shown
    assert [one["text"] for one in await listed(client)] == ["good morning"]
