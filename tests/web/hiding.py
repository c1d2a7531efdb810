"""Messages that are not shown, by all the ways on which they became so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.web.calls import KEY, call, create
from tests.web.moderating import approve, moderate, remove, undo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Client

    Scene: TypeAlias = Callable[["Scenery"], Awaitable[None]]

# In all texts and in all names, so that a search for them would find each.
IN_TEXT, IN_NAME = "pear", "plum"


async def _nobody_looks() -> None:
    pass


@dataclass
class Scenery:
    """A wall with messages that are not shown.

    Attributes:
        above: the id of a message that is shown; a thread has one, too.
        look: awaited where readers see what will be hidden, and may keep it in their caches.
        words: words that nobody may be shown, one of each text and of each name.
        never: the ids of messages that were never shown.
        gone: the ids of messages that were shown.
        places: the ids of messages of which the place is shown.
        shown: the ids of messages that are shown, above or beside the others.
    """

    client: Client
    above: int = 0
    look: Callable[[], Awaitable[None]] = _nobody_looks
    words: list[str] = field(default_factory=list)
    never: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)

    async def begin(self) -> None:
        self.above = await self.stays()
        await self.stays(thread="news")

    async def waits(self, **fields: object) -> int:
        """Post a message that waits. Returns its id."""
        await moderate(self.client, "rule", mode="all")
        body = {**self._secret(), **fields}
        answer = await self.client.post("/api/messages.create", json=body)
        assert answer.status == 202, await answer.text()
        number = int((await answer.json())["message"]["id"])
        self.never.append(number)
        return number

    async def approved(self, **fields: object) -> tuple[int, int]:
        """Let readers see a message that waited. Returns its id, and that of the decision."""
        number = await self.waits(**fields)
        decision = await approve(self.client, number)
        self.never.remove(number)
        self.gone.append(number)
        await self.look()
        return number, decision

    async def posted(self, **fields: object) -> int:
        """Let readers see a message that will be hidden. Returns its id."""
        await moderate(self.client, "rule", mode="open")
        number = int((await create(self.client, **{**self._secret(), **fields}))["id"])
        self.gone.append(number)
        await self.look()
        return number

    async def stays(self, **fields: object) -> int:
        """Post a message that is shown to the end. Returns its id."""
        await moderate(self.client, "rule", mode="open")
        text = f"Shown, with a {IN_TEXT}"
        message = await create(self.client, text, **{"name": f"A {IN_NAME}", **fields})
        number = int(message["id"])
        self.shown.append(number)
        return number

    def leaves_its_place(self, number: int) -> None:
        self.gone.remove(number)
        self.places.append(number)

    async def edit(self, number: int) -> None:
        """Let the author put other words in the place of what may not be shown."""
        await call(self.client, "edit", id=number, **self._secret())

    async def delete(self, number: int) -> None:
        await call(self.client, "delete", id=number, key=KEY)

    def _secret(self) -> dict[str, Any]:
        number = len(self.words) // 2
        text, name = f"hiddentext{number}x", f"hiddenname{number}x"
        self.words += [text, name]
        return {"text": f"{text} {IN_TEXT}", "name": f"{name} {IN_NAME}", "key": KEY}


# Never shown, and nothing is shown beside.


async def waiting(wall: Scenery) -> None:
    await wall.waits()


async def waiting_in_a_thread(wall: Scenery) -> None:
    await wall.waits(thread="news")


async def a_waiting_reply(wall: Scenery) -> None:
    await wall.waits(reply_to=wall.above)


async def edited_while_waiting(wall: Scenery) -> None:
    await wall.edit(await wall.waits())


async def deleted_while_waiting(wall: Scenery) -> None:
    await wall.delete(await wall.waits())


async def removed_while_waiting(wall: Scenery) -> None:
    await remove(wall.client, await wall.waits())


async def rejected_while_waiting(wall: Scenery) -> None:
    await remove(wall.client, await wall.waits(), spam=True)


async def rejected_and_waiting_again(wall: Scenery) -> None:
    await undo(wall.client, await remove(wall.client, await wall.waits(), spam=True))


async def a_removed_reply_that_waited(wall: Scenery) -> None:
    await remove(wall.client, await wall.waits(reply_to=wall.above))


# Shown once.


async def approved_and_waiting_again(wall: Scenery) -> None:
    _, decision = await wall.approved()
    await undo(wall.client, decision)


async def approved_and_edited_while_waiting_again(wall: Scenery) -> None:
    number, decision = await wall.approved()
    await undo(wall.client, decision)
    await wall.edit(number)


async def approved_and_removed(wall: Scenery) -> None:
    number, _ = await wall.approved()
    await remove(wall.client, number)


async def removed(wall: Scenery) -> None:
    await remove(wall.client, await wall.posted())


async def removed_in_a_thread(wall: Scenery) -> None:
    await remove(wall.client, await wall.posted(thread="news"))


async def rejected(wall: Scenery) -> None:
    await remove(wall.client, await wall.posted(), spam=True)


async def edited_and_removed(wall: Scenery) -> None:
    number = await wall.posted()
    await wall.edit(number)
    await wall.look()
    await remove(wall.client, number)


async def removed_again(wall: Scenery) -> None:
    number = await wall.posted()
    await undo(wall.client, await remove(wall.client, number))
    await wall.look()
    await remove(wall.client, number)


async def removed_and_deleted(wall: Scenery) -> None:
    number = await wall.posted()
    await remove(wall.client, number)
    await wall.delete(number)


async def deleted(wall: Scenery) -> None:
    await wall.delete(await wall.posted())


async def removed_replies(wall: Scenery) -> None:
    above = await wall.stays()
    first, last = [await wall.posted(reply_to=above) for _ in range(2)]
    await remove(wall.client, first)
    await wall.stays(reply_to=above)
    await remove(wall.client, last, spam=True)


async def a_removed_conversation(wall: Scenery) -> None:
    above = await wall.posted()
    replies = [await wall.posted(reply_to=above) for _ in range(2)]
    await remove(wall.client, above, *replies)


async def the_last_reply_below_a_removed_message(wall: Scenery) -> None:
    above = await wall.posted()
    reply = await wall.posted(reply_to=above)
    await remove(wall.client, above)
    await wall.look()
    await remove(wall.client, reply)


# Their places are shown, since they have replies.


async def removed_with_replies(wall: Scenery) -> None:
    above = await wall.posted()
    await wall.edit(above)
    await call(wall.client, "react", id=above, kind="love", key=KEY)
    await wall.look()
    await wall.stays(reply_to=above)
    await remove(wall.client, above)
    wall.leaves_its_place(above)


async def removed_with_a_reply_that_waits(wall: Scenery) -> None:
    above = await wall.posted()
    await wall.stays(reply_to=above)
    await wall.waits(reply_to=above)
    await remove(wall.client, above)
    wall.leaves_its_place(above)


async def waiting_again_with_replies(wall: Scenery) -> None:
    above, decision = await wall.approved()
    await wall.stays(reply_to=above)
    await undo(wall.client, decision)
    wall.leaves_its_place(above)


async def deleted_with_replies(wall: Scenery) -> None:
    above = await wall.posted()
    await wall.stays(reply_to=above)
    await wall.delete(above)
    wall.leaves_its_place(above)


NEVER_SHOWN: list[Scene] = [
    waiting,
    waiting_in_a_thread,
    a_waiting_reply,
    edited_while_waiting,
    deleted_while_waiting,
    removed_while_waiting,
    rejected_while_waiting,
    rejected_and_waiting_again,
    a_removed_reply_that_waited,
]
ONCE_SHOWN: list[Scene] = [
    approved_and_waiting_again,
    approved_and_edited_while_waiting_again,
    approved_and_removed,
    removed,
    removed_in_a_thread,
    rejected,
    edited_and_removed,
    removed_again,
    removed_and_deleted,
    deleted,
    removed_replies,
    a_removed_conversation,
    the_last_reply_below_a_removed_message,
    removed_with_replies,
    removed_with_a_reply_that_waits,
    waiting_again_with_replies,
    deleted_with_replies,
]
