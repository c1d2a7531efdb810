"""What waits and resembles what the team removed as spam is said to do so."""
# ruff: noqa: RUF001 -- look-alikes are what it is about

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, closing, suppress
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stena.classifier import Classifier
from stena.refusal import Refusal
from stena.store.database import Database
from stena.store.order import Turns
from stena.term import terms_of
from tests.owner import execute, make_code, rows, sign_in
from tests.web.calls import KEY, call
from tests.web.counting import figures
from tests.web.desk import cards, decide, has_spam_button
from tests.web.events import PATIENCE, Events
from tests.web.moderating import SIGNED, approve, make_token, moderate, remove, undo

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.store.database import Address
    from tests.conftest import Client

SPAM = "Earn {} dollars a day at home, casino bonus, write to me"
WANTED = "The tram number {} is late again, does anybody know why?"
LIKE_SPAM = "Hello! Earn money at home: a casino bonus each day, write to me"
LIKE_WANTED = "Does anybody know why the tram is late?"
SAYS = "It resembles what you removed as spam."
LEARNED = "SELECT spam, wanted FROM classifier"


@pytest.fixture(autouse=True)
async def token(client: Client, address: Address) -> None:
    await make_token(address)
    await moderate(client, "rule", mode="all")


@asynccontextmanager
async def learning(address: Address) -> AsyncGenerator[Classifier]:
    """A classifier as another process would have it."""
    async with Database.open(address, pool_size=2) as database:
        yield Classifier(database, Turns(database))


async def learn(address: Address) -> None:
    """Let it learn from all decisions, and judge all that waits.

    The wall that the client talks to does so too, at times of its own.
    """
    async with learning(address) as classifier, asyncio.timeout(PATIENCE):
        while not await classifier.step():
            pass


async def wait(client: Client, text: str, **fields: object) -> int:
    return int((await call(client, "create", text=text, **fields))["message"]["id"])


async def wait_often(client: Client, text: str, times: int) -> list[int]:
    return [await wait(client, text.format(number)) for number in range(times)]


async def teach(client: Client, spam: int = 20, wanted: int = 20) -> list[int]:
    """Decide about messages one by one. Returns the decisions that say that they are spam."""
    for one in await wait_often(client, WANTED, wanted):
        await approve(client, one)
    return [await remove(client, one, spam=True) for one in await wait_often(client, SPAM, spam)]


async def resembling(client: Client) -> list[int]:
    """The messages that are said to resemble spam."""
    answer = await client.get("/api/moderation.list", headers=SIGNED)
    assert answer.status == 200
    found = (await answer.json())["messages"]
    return [one["message"]["id"] for one in found if one["resembles_spam"]]


async def learned(address: Address) -> tuple[int, int]:
    (found,) = await rows(address, LEARNED)
    return found["spam"], found["wanted"]


async def test_a_message_that_waits_and_resembles_spam_is_said_to_and_others_are_not(
    client: Client, address: Address
) -> None:
    await teach(client)
    await wait(client, LIKE_WANTED)
    like_spam = await wait(client, LIKE_SPAM)
    await wait(client, "Good morning to everybody from the second floor")
    await learn(address)
    assert await resembling(client) == [like_spam]
    await sign_in(client, await make_code(address))
    found = await cards(client)
    assert [SAYS in card for card in found] == [False, True, False]
    assert [has_spam_button(card) for card in found] == [False, True, False]


async def test_figures_say_how_often_it_was_right_and_how_often_wrong(
    client: Client, address: Address
) -> None:
    await teach(client)
    first, second, third = await wait_often(client, LIKE_SPAM + " {}", 3)
    await learn(address)
    await remove(client, first, spam=True)
    await remove(client, second)
    decision = await approve(client, third)
    counted = await figures(client)
    assert [counted[f"classifier {one}"] for one in ("marked", "removed", "approved")] == [3, 1, 1]
    await undo(client, decision)
    assert "classifier approved" not in await figures(client)


async def test_it_says_so_in_russian_and_of_a_card_of_several_messages(
    client: Client, address: Address
) -> None:
    await teach(client)
    await wait(client, LIKE_SPAM, key=KEY)
    await wait(client, LIKE_WANTED, key=KEY)
    await learn(address)
    await sign_in(client, await make_code(address))
    (card,) = await cards(client, "/owner?lang=ru")
    assert "Часть похожа на то, что вы убрали как спам." in card


async def test_it_says_nothing_until_it_has_learned_twenty_texts_of_each_kind(
    client: Client, address: Address
) -> None:
    await teach(client, spam=20, wanted=19)
    like_spam = await wait(client, LIKE_SPAM)
    await learn(address)
    assert await resembling(client) == []
    await approve(client, await wait(client, "One more about the tram"))
    await learn(address)
    assert await resembling(client) == [like_spam]


async def test_an_undo_takes_back_what_a_decision_has_taught_once(
    client: Client, address: Address
) -> None:
    decisions = await teach(client)
    like_spam = await wait(client, LIKE_SPAM)
    await learn(address)
    assert await resembling(client) == [like_spam]
    await undo(client, decisions[0])
    await learn(address)
    await learn(address)
    assert await learned(address) == (19, 20)
    assert await resembling(client) == []


async def test_a_decision_that_was_undone_before_it_was_read_teaches_nothing(
    client: Client, address: Address
) -> None:
    await undo(client, await remove(client, await wait(client, LIKE_SPAM), spam=True))
    await learn(address)
    assert await learned(address) == (0, 0)


async def test_a_wave_of_equal_messages_is_one_text_however_they_are_disguised(
    client: Client, address: Address
) -> None:
    ids = [
        await wait(client, text)
        for text in ("Buy pills now", "BUY  pills, now!", "Вuy рills now", "b u y pills now") * 3
    ]
    first = await remove(client, *ids[:6], spam=True)
    second = await remove(client, *ids[6:], spam=True)
    await learn(address)
    assert await learned(address) == (1, 0)
    # The second decision says the same still.
    await undo(client, first)
    await learn(address)
    assert await learned(address) == (1, 0)
    await undo(client, second)
    await learn(address)
    assert await learned(address) == (0, 0)
    assert not await rows(address, "SELECT FROM learned_term WHERE spam + wanted <> 0")


async def test_one_decision_teaches_ten_texts_at_most(client: Client, address: Address) -> None:
    ids = await wait_often(client, SPAM, 12)
    await remove(client, *ids, spam=True)
    await learn(address)
    assert await learned(address) == (10, 0)


async def test_a_removal_alone_teaches_nothing_and_to_put_back_says_that_it_is_wanted(
    client: Client, address: Address
) -> None:
    number = await wait(client, WANTED)
    await remove(client, number)
    await learn(address)
    assert await learned(address) == (0, 0)
    await sign_in(client, await make_code(address))
    (card,) = await cards(client, "/owner/removed")
    await decide(client, "restore", card, "removed")
    await learn(address)
    assert await learned(address) == (0, 1)


async def test_a_text_that_was_edited_after_the_decision_is_not_learned(
    client: Client, address: Address
) -> None:
    posted = await call(client, "create", text=WANTED, key=KEY)
    await approve(client, posted["message"]["id"])
    await call(client, "edit", id=posted["message"]["id"], text=LIKE_SPAM, key=KEY)
    await learn(address)
    assert await learned(address) == (0, 0)


async def test_an_edit_of_a_message_that_waits_is_judged_again(
    client: Client, address: Address
) -> None:
    await teach(client)
    number = await wait(client, LIKE_WANTED, key=KEY)
    await learn(address)
    assert await resembling(client) == []
    await call(client, "edit", id=number, text=LIKE_SPAM, key=KEY)
    await learn(address)
    assert await resembling(client) == [number]


async def test_what_is_killed_while_it_learns_learns_nothing_twice(
    client: Client, address: Address
) -> None:
    (found,) = await rows(address, "SELECT key FROM classifier")
    last = terms_of(SPAM.format(2), found["key"]).terms[1]
    other = await asyncpg.connect(address.url)
    try:
        # What learns waits for this row, with all texts but the last one learned.
        async with other.transaction():
            await other.execute("INSERT INTO learned_term VALUES ($1, 0, 0, 0)", last)
            await teach(client, spam=3, wanted=2)
            async with learning(address) as classifier:
                step = asyncio.create_task(classifier.step())
                await _kill_who_waits(other)
                with suppress(Refusal):
                    await step
    finally:
        await other.close()
    await learn(address)
    assert await learned(address) == (3, 2)


async def _kill_who_waits(other: asyncpg.Connection[asyncpg.Record]) -> None:
    """Kill what waits for a connection's rows."""
    query = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))
    """
    async with asyncio.timeout(PATIENCE):
        while not await other.fetch(query):  # noqa: ASYNC110 -- no event says so
            await asyncio.sleep(0.05)


async def test_several_that_learn_at_once_learn_everything_once(
    client: Client, address: Address
) -> None:
    await teach(client, spam=8, wanted=7)
    await asyncio.gather(*(learn(address) for _ in range(4)))
    assert await learned(address) == (8, 7)


async def test_rare_terms_and_old_decisions_are_forgotten(
    client: Client, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.store.classifier.MOST_LEARNED", 5)
    for text in ("tram one", "tram two"):
        await approve(client, await wait(client, text))
    await learn(address)
    await execute(address, "UPDATE decision SET made = made - interval '31 days'")
    await approve(client, await wait(client, "tram three"))
    await learn(address)
    found = await rows(address, "SELECT wanted FROM learned_term ORDER BY wanted DESC")
    assert [one["wanted"] for one in found] == [3, 1, 1, 1, 1]
    assert len(await rows(address, "SELECT FROM learned_text")) == 1


async def test_the_wall_learns_by_itself_and_tells_the_open_desk(client: Client) -> None:
    await teach(client)
    response = await client.get("/api/moderation.stream", headers=SIGNED)
    with closing(response):
        events = Events(response)
        number = await wait(client, LIKE_SPAM)
        while await resembling(client) != [number]:
            await events.next()
