"""The same words from the same browser within minutes are one message."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from stena.settings import Settings, Wall
from stena.store.order import ORDER_LOCK
from stena.store.recent import MINUTES
from tests.holding import held, until_waiting
from tests.owner import execute, make_code, sign_in
from tests.web.calls import KEY, create, listed, replies, submit, write
from tests.web.moderating import approve, make_token, remove
from tests.web.paying import brake

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from stena.store.database import Address
    from tests.conftest import Client

WORDS = "Good morning"


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(posts_per_minute=0))


async def texts(client: Client) -> list[str]:
    return [one["text"] for one in await listed(client, limit=100)]


async def test_a_form_that_comes_again_with_another_nonce_shows_the_first_message(
    client: Client,
) -> None:
    first = await write(client, WORDS, nonce="nonce-of-one-page")
    # As after a reload, and after "Back" to a page that was loaded anew.
    for nonce in ("nonce-of-a-second-page", "nonce-of-a-third-page"):
        assert await write(client, f" {WORDS}\n", nonce=nonce) == first
    assert await texts(client) == [WORDS]
    mine = client.session.cookie_jar.filter_cookies(client.make_url("/"))["mine"].value
    assert mine.count(f"{first}-") == 1


async def test_other_words_another_name_and_another_place_are_other_messages(
    client: Client,
) -> None:
    above = await write(client, WORDS)
    sent: list[dict[str, str]] = [{"name": "Marina"}, {"thread": "blog"}, {"reply_to": str(above)}]
    for fields in sent:
        for _ in range(2):
            assert (await submit(client, "/messages", text=WORDS, **fields))[0] == 303
    await write(client, f"{WORDS}!")
    assert await texts(client) == [f"{WORDS}!", WORDS, WORDS]
    assert len(await listed(client, thread="blog")) == 1
    assert len((await replies(client, above))["messages"]) == 1


async def test_two_people_at_one_address_who_say_the_same_are_two_messages(
    client: Client, stranger: ClientSession
) -> None:
    for visitor in (client, stranger):
        for _ in range(2):
            await write(visitor, "+1")
    assert await texts(client) == ["+1", "+1"]


async def test_after_some_minutes_the_same_words_are_said_again(
    client: Client, address: Address
) -> None:
    await write(client, WORDS)
    await later(address, MINUTES - 1)
    await write(client, WORDS)
    assert len(await texts(client)) == 1
    await later(address, 2)
    for _ in range(2):
        await write(client, WORDS)
    assert len(await texts(client)) == 2


@pytest.mark.parametrize("replies", [0, 1])
@pytest.mark.parametrize("act", ["delete", "edit"])
async def test_what_was_deleted_or_edited_may_be_written_again(
    client: Client, act: str, replies: int
) -> None:
    first = await write(client, WORDS)
    for number in range(replies):
        # Of a deleted message with a reply the place stays.
        await create(client, f"Reply {number}", reply_to=first)
    await submit(client, f"/m/{first}/{act}", text="Good evening")
    second = await write(client, WORDS)
    assert second > first
    assert await write(client, WORDS) == second
    assert (await texts(client))[0] == WORDS


async def test_of_many_forms_at_once_one_makes_the_message(client: Client, other: Client) -> None:
    await write(client, "Something else")
    sent = [send((client, other)[number % 2], client, number) for number in range(20)]
    assert len(set(await asyncio.gather(*sent))) == 1
    assert await texts(client) == [WORDS, "Something else"]


async def test_of_two_forms_that_wait_for_the_same_turn_one_makes_the_message(
    client: Client, other: Client, address: Address
) -> None:
    await write(client, "Something else")
    async with held(address, f"SELECT pg_advisory_xact_lock({ORDER_LOCK})"):
        sent = [
            asyncio.create_task(send(asked, client, number))
            for number, asked in enumerate((client, other))
        ]
        # Neither has seen what the other writes.
        await until_waiting(address, 2)
    first, second = await asyncio.gather(*sent)
    assert first == second
    assert await texts(client) == [WORDS, "Something else"]


async def test_a_message_that_waits_is_not_there_twice_and_one_that_was_removed_comes_anew(
    client: Client, address: Address
) -> None:
    await make_token(address)
    await execute(address, "UPDATE rule SET mode = 'all'")
    places = [(await submit(client, "/messages", text=WORDS))[1] for _ in range(2)]
    assert places == ["/m/1", "/m/1"]
    await remove(client, 1)
    assert (await submit(client, "/messages", text=WORDS))[1] == "/m/2"
    await approve(client, 2)
    assert await write(client, WORDS) == 2


async def test_a_repeat_costs_nothing_while_the_wall_is_flooded(
    client: Client, address: Address
) -> None:
    first = await write(client, WORDS)
    await brake(address)
    assert await write(client, WORDS) == first
    assert (await submit(client, "/messages", text="Other words"))[0] == 428


async def test_a_repeat_is_shown_where_it_is_though_others_have_posted_much(
    client: Client, stranger: ClientSession
) -> None:
    first = await write(client, WORDS)
    for number in range(50):
        await write(stranger, f"message {number}")
    assert await submit(client, "/messages", text=WORDS) == (303, f"/m/{first}")


async def test_the_team_and_programs_may_repeat_themselves(
    client: Client, address: Address
) -> None:
    for _ in range(2):
        await create(client, WORDS, key=KEY)
    await sign_in(client, await make_code(address))
    for _ in range(2):
        await write(client, WORDS)
    assert await texts(client) == [WORDS] * 4


async def send(asked: Client, browser: Client, number: int) -> str:
    """Send a form with a nonce of its own to one of two processes. Returns where it leads."""
    jar = browser.session.cookie_jar.filter_cookies(browser.make_url("/"))
    cookies = {name: morsel.value for name, morsel in jar.items()}
    fields = {"text": WORDS, "nonce": f"nonce-of-form-{number}"}
    answer = await asked.post("/messages", data=fields, cookies=cookies, allow_redirects=False)
    return answer.headers["Location"]


async def later(address: Address, minutes: int) -> None:
    """Let what was posted be older."""
    await execute(
        address,
        f"UPDATE recent SET posted = posted - interval '{minutes} minutes'",  # noqa: S608 -- a number
    )
