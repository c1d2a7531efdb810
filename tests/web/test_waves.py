"""Near copies of one text, and what else waits that was shown before the brake rose."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from stena.store.sketch import COPIES
from tests.owner import between_steps, execute, make_code, rows, sign_in
from tests.web.calls import OTHERS_KEY, create, listed, page, submit
from tests.web.desk import cards, has_spam_button
from tests.web.flooding import (
    BRAKED,
    MANY,
    OFFER,
    brake,
    known,
    noise,
    offers,
    post_each,
    reached,
    read,
    reasons,
    shown,
    stories,
    until_hidden,
    until_shown,
)
from tests.web.moderating import approve, held, make_token, moderate, undo

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client

# As if it were two minutes later.
LET_GO = "UPDATE brake SET until = '-infinity'"


@pytest.fixture
def settings() -> Settings:
    return BRAKED


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def test_five_copies_of_several_browsers_wait_and_each_further_one(
    client: Client, address: Address
) -> None:
    await create(client, "An honest message that is long enough to be compared with others")
    await post_each(client, offers(4))
    await read(address)
    assert len(await listed(client)) == 5
    await post_each(client, offers(6)[5:])
    await until_hidden(client, 5)
    await until_shown(client, 1)
    assert (await brake(address))["reason"] == "copies"
    assert await reasons(address) == {"wave"}


async def test_copies_of_one_browser_are_no_wave(client: Client, address: Address) -> None:
    for text in offers(8):
        await create(client, text, key=OTHERS_KEY)
    await read(address)
    assert len(await listed(client)) == 8


async def test_short_texts_that_are_the_same_are_no_wave(client: Client, address: Address) -> None:
    await post_each(client, ["Happy birthday, Grandma!"] * 10)
    await read(address)
    assert len(await listed(client)) == 10


async def test_copies_are_found_in_disguise(client: Client) -> None:
    spaced = " ".join(offers(1)[0])
    unseen = "\u200b".join(offers(1)[0])
    await post_each(client, [*offers(3), spaced, unseen])
    await until_hidden(client, 5)


async def test_what_a_known_browser_has_answered_stays(client: Client) -> None:
    await known(client, OTHERS_KEY)
    answered, *_ = await post_each(client, offers(4))
    number = answered["message"]["id"]
    await create(client, "is that so?", key=OTHERS_KEY, reply_to=number)
    await post_each(client, offers(5)[4:])
    await until_hidden(client, 4)
    assert [one["id"] for one in await listed(client)] == [number]


async def test_what_a_known_browser_writes_stays(client: Client) -> None:
    await known(client, OTHERS_KEY)
    own = await create(client, offers(1)[0], key=OTHERS_KEY)
    await post_each(client, offers(6)[1:])
    await until_hidden(client, 5)
    assert [one["id"] for one in await listed(client)] == [own["id"]]


async def test_a_sweep_is_undone_exactly_and_its_wave_stays(
    client: Client, address: Address
) -> None:
    await post_each(client, offers(5))
    await until_hidden(client, 5)
    [entry] = await rows(address, "SELECT id FROM decision WHERE action = 'sweep'")
    await undo(client, entry["id"])
    assert len(await listed(client)) == 5
    await between_steps(address, LET_GO)
    await post_each(client, offers(6)[5:])
    await read(address)
    assert len(await listed(client)) == 6


async def test_a_copy_of_what_the_team_has_approved_is_no_spam(
    client: Client, address: Address
) -> None:
    await post_each(client, offers(5))
    await until_hidden(client, 5)
    first = (await held(client))[0]["id"]
    await approve(client, first)
    await between_steps(address, LET_GO)
    await post_each(client, offers(6)[5:])
    await read(address)
    assert len(await listed(client)) == 2


async def test_links_of_the_last_minute_wait_when_it_rises(
    client: Client, address: Address
) -> None:
    await post_each(client, [f"look at https://{number}.example/" for number in range(3)])
    answers = await post_each(client, stories(MANY))
    await reached(address, 1)
    await until_hidden(client, 3)
    assert len(await listed(client, limit=100)) == shown(answers)
    assert await reasons(address) == {"brake"}


async def test_too_few_copies_for_a_wave_wait_only_while_it_holds(
    client: Client, address: Address
) -> None:
    await post_each(client, offers(COPIES - 1))
    await read(address)
    assert len(await listed(client)) == COPIES - 1
    answers = await post_each(client, stories(MANY))
    await until_hidden(client, COPIES - 1)
    assert len(await listed(client, limit=100)) == shown(answers)
    assert await reasons(address) == {"brake"}


async def test_two_texts_that_are_alike_stay(client: Client, address: Address) -> None:
    await post_each(client, offers(2))
    answers = await post_each(client, stories(MANY))
    await reached(address, 1)
    await read(address)
    assert len(await listed(client, limit=100)) == shown(answers) + 2


async def test_random_letters_wait_only_while_it_holds(client: Client, address: Address) -> None:
    await post_each(client, noise(3))
    await read(address)
    assert len(await listed(client)) == 3
    await post_each(client, stories(MANY))
    await until_hidden(client, 3)
    assert await reasons(address) == {"gibberish"}


async def test_a_wave_is_one_card_of_the_desk_and_one_tap(client: Client, address: Address) -> None:
    await post_each(client, offers(5))
    await until_hidden(client, 5)
    await moderate(client, "rule", thread="", mode="all")
    await post_each(client, ["an honest message", "another one"])
    await sign_in(client, await make_code(address))
    desk = await page(client, "/owner")
    assert desk.count('<li class="note group">') == 3
    assert "5 texts of several browsers, nearly the same" in desk
    # What the wall takes for spam is removed as such with one tap; nothing else is.
    assert [has_spam_button(card) for card in await cards(client)] == [False, False, True]
    numbers = sorted(one["id"] for one in await held(client) if OFFER in one["text"])
    fields = {"oldest": f"{numbers[0]}", "newest": f"{numbers[-1]}"}
    opened = await page(client, "/owner?" + urlencode(fields))
    assert opened.count('<li class="note group">') == 5
    status, _ = await submit(client, "/owner/waiting/decide", action="reject", **fields)
    assert status == 303
    assert {one["text"] for one in await held(client)} == {"an honest message", "another one"}


async def test_a_wave_that_waits_is_one_card_also_when_its_sketches_are_forgotten(
    client: Client, address: Address
) -> None:
    await post_each(client, offers(5))
    await until_hidden(client, 5)
    await execute(address, "DELETE FROM sketch")
    await sign_in(client, await make_code(address))
    (card,) = await cards(client)
    assert "5 texts of several browsers, nearly the same" in card


async def test_nothing_is_kept_of_a_text_that_its_author_deletes(
    client: Client, address: Address
) -> None:
    message = await create(client, offers(1)[0], key=OTHERS_KEY)
    await read(address)
    assert await rows(address, "SELECT FROM sketch")
    answer = await client.post(
        "/api/messages.delete", json={"id": message["id"], "key": OTHERS_KEY}
    )
    assert answer.status == 200
    await read(address)
    assert not await rows(address, "SELECT FROM sketch")
