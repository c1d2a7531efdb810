"""An undone decision leaves the database as it was, whatever the messages were."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest

from tests.owner import make_code, sign_in
from tests.web.calls import KEY, call, got, listed, replies, submit
from tests.web.constellations import (
    SHOWN,
    WAITING,
    WORDS,
    a_message,
    a_waiting_message,
    a_whole_conversation,
)
from tests.web.moderating import approve, held, make_token, remove, undo
from tests.web.searching import search

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncpg import Record

    from stena.store.database import Address, Connection
    from tests.conftest import Client
    from tests.web.constellations import Constellation

    Tables: TypeAlias = dict[str, list[dict[str, Any]]]

# What a decision and its undo leave behind: the log, the numbers of changes, the time since when a
# text is not shown. What the classifier learns of a decision, and unlearns, follows within seconds;
# tests/web/test_classifier.py looks at it. Of the figures rows with 0 stay, and posts are counted
# seconds later; tests/web/test_figures.py looks at them. In which hours somebody looked is noted
# when the wall begins to watch, which may be late.
LOG = {"decision", "classifier", "learned_text", "learned_term", "figure", "watched"}
NUMBERS = {
    "message": {"change", "appeared", "worded", "disappeared"},
    "message_words_mark": {"change", "folded"},
    "withheld": {"since", "judged"},
    "desk_change": {"number"},
}
# A search indexes what was changed, unless another one is doing so.
BEHIND = "SELECT (SELECT max(change) FROM message) > (SELECT folded FROM message_words_mark)"


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


@pytest.mark.parametrize("constellation", SHOWN + WAITING, ids=lambda one: one.__name__)
async def test_each_decision_is_undone_exactly(
    client_of_one: Client, address: Address, constellation: Constellation
) -> None:
    ids = await constellation(client_of_one)
    before = await everything(client_of_one, address)
    decisions: list[Callable[..., Awaitable[int]]] = [remove, partial(remove, spam=True)]
    if constellation in WAITING:
        decisions.append(approve)
    for decide in decisions:
        decision = await decide(client_of_one, *ids)
        assert await everything(client_of_one, address) != before
        await undo(client_of_one, decision)
        assert await everything(client_of_one, address) == before


@pytest.mark.parametrize("backwards", [False, True])
async def test_decisions_about_a_conversation_are_undone_in_any_order(
    client_of_one: Client, address: Address, *, backwards: bool
) -> None:
    ids = await a_whole_conversation(client_of_one)
    before = await everything(client_of_one, address)
    decisions = [await remove(client_of_one, number) for number in ids]
    for decision in reversed(decisions) if backwards else decisions:
        await undo(client_of_one, decision)
    assert await everything(client_of_one, address) == before


async def test_what_its_author_deleted_meanwhile_stays_deleted(
    client_of_one: Client,
) -> None:
    above, *answers = await a_whole_conversation(client_of_one)
    decision = await remove(client_of_one, above, *answers)
    await call(client_of_one, "delete", id=above, key=KEY)
    await undo(client_of_one, decision)
    place = await got(client_of_one, above)
    assert place
    assert (place["deleted"], place["text"], place["replies"]) == (True, "", len(answers))


async def test_what_was_decided_later_is_not_undone(client_of_one: Client) -> None:
    first, second = [(await a_waiting_message(client_of_one))[0] for _ in range(2)]
    earlier = await approve(client_of_one, first, second)
    later = await remove(client_of_one, first)
    await undo(client_of_one, earlier)
    for state, number in (("removed", first), ("waiting", second)):
        assert [one["id"] for one in await held(client_of_one, state)] == [number]
    await undo(client_of_one, later)
    assert await got(client_of_one, first)


async def test_what_was_removed_again_stays_removed_when_the_first_removal_is_undone(
    client_of_one: Client, address: Address
) -> None:
    (number,) = await a_message(client_of_one)
    first = await remove(client_of_one, number)
    await sign_in(client_of_one, await make_code(address))
    fields = {"action": "restore", "oldest": f"{number}", "newest": f"{number}"}
    assert (await submit(client_of_one, "/owner/removed/decide", **fields))[0] == 303
    second = await remove(client_of_one, number)
    await undo(client_of_one, first)
    assert await got(client_of_one, number) is None
    await undo(client_of_one, second)
    assert await got(client_of_one, number)


async def everything(client: Client, address: Address) -> tuple[object, ...]:
    """What the search finds, what readers are shown, and the rows of all tables."""
    connection = await asyncpg.connect(address.url)
    try:
        while await connection.fetchval(BEHIND):
            await search(client, WORDS[0])
        rows = await tables(connection)
    finally:
        await connection.close()
    found = [
        (await search(client, word, order=order, thread=thread))["messages"]
        for word in WORDS
        for order in ("newest", "relevance")
        for thread in ("", "news")
    ]
    walls = [await listed(client, thread=thread) for thread in ("", "news")]
    answers = [(await replies(client, one["id"]))["messages"] for wall in walls for one in wall]
    single = [await got(client, one["id"]) for wall in walls for one in wall]
    return found, walls, answers, single, rows


async def tables(connection: Connection) -> Tables:
    names = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    )
    found = {name: await connection.fetch(f"SELECT * FROM {name}") for (name,) in names}  # noqa: S608 -- the name of a table
    return {
        name: sorted((_lasting(name, row) for row in rows), key=repr)
        for name, rows in found.items()
        if name not in LOG
    }


def _lasting(table: str, row: Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in NUMBERS.get(table, ())}
