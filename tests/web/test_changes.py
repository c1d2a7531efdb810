"""The events of one message, for readers that know all, some or none of its changes."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.article.database import rows
from tests.web.calls import KEY, call, create, got
from tests.web.events import leave, listening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.events import Event, Events


async def edit(client: Client, number: int, text: str) -> dict[str, Any]:
    return dict((await call(client, "edit", id=number, key=KEY, text=text))["message"])


async def react(client: Client, number: int, kind: str = "love", key: str = KEY) -> None:
    await call(client, "react", id=number, kind=kind, key=key)


async def delete(client: Client, number: int) -> None:
    await call(client, "delete", id=number, key=KEY)


async def edit_again(client: Client, number: int) -> None:
    await edit(client, number, "*Other* words")


async def react_again(client: Client, number: int) -> None:
    await react(client, number, "wow")


async def until(client: Client, events: Events) -> list[tuple[str, Any]]:
    """Post a last message. Returns the kind and the data of all events before it."""
    await leave(client, "until here")
    received: list[tuple[str, Any]] = []
    while True:
        event = await events.next()
        if event.kind == "message" and event.data["text"] == "until here":
            return received
        received.append((event.kind, event.data))


async def test_other_words_are_told_with_the_whole_message(client: Client) -> None:
    number = (await create(client, "First words", key=KEY))["id"]
    async with listening(client) as events:
        plain = await edit(client, number, "Other words")
        event = await events.next()
        assert (event.kind, event.data) == ("edited", plain)
        marked = await edit(client, number, "*Other* words")
        event = await events.next()
        assert event.kind == "edited"
        assert event.data.pop("html") == '<p dir="auto"><em>Other</em> words</p>'
        assert event.data == marked


async def test_the_same_words_are_not_told(client: Client) -> None:
    number = (await create(client, "First words", key=KEY))["id"]
    async with listening(client) as events:
        await edit(client, number, "First words")
        assert await until(client, events) == []


async def test_a_reaction_is_told_by_its_counts_alone(client: Client) -> None:
    number = (await create(client, "Hello"))["id"]
    await create(client, "Answer", reply_to=number)
    counted = {"id": number, "replies": 1}
    async with listening(client) as events:
        for key, on, love in (
            (KEY, True, 1),
            (f"{KEY}-2", True, 2),
            (KEY, False, 1),
        ):
            # The second time it changes nothing. Each change is awaited: another process may send
            # several changes of one message as the last of them.
            for _ in range(2):
                await call(client, "react", id=number, kind="love", key=key, on=on)
            event = await events.next()
            assert (event.kind, event.data) == (
                "reacted",
                {**counted, "reactions": {"love": love}},
            )
        assert await until(client, events) == []


async def test_what_is_taken_down_is_told_by_its_number_and_what_it_answered(
    client: Client,
) -> None:
    number = (await create(client, "Question", key=KEY))["id"]
    reply = (await create(client, "Answer", reply_to=number, key=KEY))["id"]
    async with listening(client) as events:
        await delete(client, number)
        event = await events.next()
        # It has a reply, so it stays as an edited message without a text.
        assert event.kind == "edited"
        assert event.data == await got(client, number)
        assert (event.data["text"], event.data["deleted"]) == ("", True)
        await delete(client, reply)
        assert await until(client, events) == [
            ("deleted", {"id": reply, "reply_to": number}),
            ("deleted", {"id": number, "reply_to": None}),
        ]


async def test_a_reply_is_told_as_what_it_is(client: Client) -> None:
    number = (await create(client, "Question"))["id"]
    async with listening(client) as events:
        reply = await create(client, "Answer", reply_to=number)
        assert await until(client, events) == [("message", reply)]


# -- readers that missed several changes of one message


@pytest.mark.parametrize(
    ("known", "missed", "kind"),
    [
        # The changes that they know, those that they missed, the event that they get.
        ([], ["create", "edit", "react"], "message"),
        ([], ["create", "react", "edit", "react"], "message"),
        ([], ["create", "react", "delete"], "deleted"),
        (["create"], ["edit", "react"], "edited"),
        (["create"], ["react", "edit"], "edited"),
        (["create"], ["react", "react again"], "reacted"),
        (["create", "edit"], ["react"], "reacted"),
        (["create", "react"], ["edit"], "edited"),
        (["create", "react", "edit"], ["react again"], "reacted"),
        (["create"], ["edit", "react", "delete"], "deleted"),
    ],
)
async def test_who_comes_back_hears_once_what_changed_for_them(
    client: Client, other: Client, known: list[str], missed: list[str], kind: str
) -> None:
    made: list[int] = []

    async def do(act: str, wall: Client) -> None:
        if act == "create":
            made.append((await create(wall, "First words", key=KEY))["id"])
        elif act == "edit":
            await edit(wall, made[0], "Other words")
        elif act == "delete":
            await delete(wall, made[0])
        else:
            await react(wall, made[0], key=f"{KEY}-{act.replace(' ', '-')}")

    last = 0
    async with listening(client, query="?after=0") as events:
        for act in known:
            await do(act, client)
            last = (await events.next()).id or 0
    for act in missed:
        await do(act, other)
    for wall in (client, other):
        async with listening(wall, query=f"?after={last}") as events:
            event = await events.next()
    assert event.kind == kind
    now = await got(client, made[0])
    assert event.data == (now or {"id": made[0], "reply_to": None}) or kind == "reacted"
    if now is not None:
        assert event.data["reactions"] == now["reactions"]
    async with listening(client, query=f"?after={event.id}") as events:
        assert await until(client, events) == []


async def test_too_much_at_once_is_told_to_whoever_comes_back_for_it(
    client: Client, other: Client, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.publisher.MOST_AT_ONCE", 3)
    async with listening(other, query="?after=0") as events:
        await leave(client, "first")
        last = (await events.next()).id
        # Committed, and not announced.
        await rows(address.url, "INSERT INTO message (text) SELECT 'x' FROM generate_series(1, 9)")
        await leave(client, "last")
        with pytest.raises(EOFError):
            await events.next()
    async with listening(other, query=f"?after={last}") as events:
        texts = [(await events.next()).data["text"] for _ in range(10)]
    assert texts == [*"x" * 9, "last"]


class Picture:
    """The state that a reader builds from the events."""

    def __init__(self) -> None:
        self.last = 0
        self.messages: dict[int, dict[str, Any]] = {}
        self.deleted: set[int] = set()

    def take(self, event: Event) -> None:
        assert event.id is not None
        assert event.id > self.last, "sent twice, or out of order"
        self.last = event.id
        number = event.data["id"]
        if event.kind == "message":
            assert number not in self.messages, "created twice"
            self.messages[number] = event.data
        elif event.kind == "deleted":
            self.messages.pop(number, None)
            self.deleted.add(number)
        else:
            assert number in self.messages, "changed before it was created"
            self.messages[number] |= event.data


@pytest.mark.parametrize("known", [0, 1, 2])
async def test_who_is_cut_off_after_each_event_has_all_of_it_in_the_end(
    client: Client, known: int
) -> None:
    picture = Picture()
    one = (await create(client, "one", key=KEY))["id"]
    two = (await create(client, "two", key=KEY))["id"]
    async with listening(client, query="?after=0") as events:
        for _ in range(known):
            picture.take(await events.next())
    await edit(client, two, "two again")
    await edit(client, one, "one again")
    three = (await create(client, "three"))["id"]
    await react(client, two)
    await react(client, one)
    await react(client, three)
    made = [one, two, three, (await leave(client, "the end"))["id"]]
    while max(picture.messages, default=0) < made[-1]:
        async with listening(client, query=f"?after={picture.last}") as events:
            picture.take(await events.next())
    assert picture.messages == {number: await got(client, number) for number in made}


async def test_all_have_the_same_picture_however_often_they_are_cut_off(
    client: Client, other: Client
) -> None:
    walls = (client, other)

    async def write_all() -> None:
        await asyncio.gather(*(write(walls, number) for number in range(5)))
        await leave(client, "the end")

    pictures, _ = await asyncio.gather(
        asyncio.gather(*(read(walls, number) for number in range(6))), write_all()
    )
    for picture in pictures:
        for number, message in picture.messages.items():
            message.pop("html", None)
            assert message == await got(client, number)
        for number in picture.deleted:
            assert await got(client, number) is None
        assert picture.messages.keys() == pictures[0].messages.keys()
        assert picture.messages


async def write(walls: Sequence[Client], writer: int) -> None:
    """Post messages, and change each a few times or until it is deleted."""
    rng = random.Random(writer)  # noqa: S311 -- the same changes in each run
    for place in range(6):
        number = (await create(walls[writer % 2], f"{writer}.{place}", key=KEY))["id"]
        for act in rng.sample([edit_again, react, react_again, delete], 3):
            await act(walls[place % 2], number)
            if act is delete:
                break


async def read(walls: Sequence[Client], reader: int) -> Picture:
    """Follow the stream to its end, each time from another process, as behind a router."""
    rng = random.Random(reader)  # noqa: S311 -- the same cuts in each run
    picture = Picture()
    for wall in itertools.cycle(walls):
        async with listening(wall, query=f"?after={picture.last}") as events:
            for _ in range(rng.randint(1, 9)):
                event = await events.next()
                if event.kind == "message" and event.data["text"] == "the end":
                    return picture
                picture.take(event)
    raise AssertionError("a cycle has no end")
