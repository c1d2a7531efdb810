"""Messages that are not shown, by all the ways on which they became so."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tests.web.calls import KEY, call
from tests.web.moderating import moderate, remove, undo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.web.scenery import Scenery

    Scene: TypeAlias = Callable[["Scenery"], Awaitable[None]]


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


async def pinned_and_removed(wall: Scenery) -> None:
    number = await wall.posted()
    await moderate(wall.client, "pin", id=number)
    await moderate(wall.client, "lock", id=number)
    await wall.look()
    await remove(wall.client, number)


# Their places are shown, since they have replies.


async def removed_with_replies(wall: Scenery) -> None:
    above = await wall.posted()
    await wall.edit(above)
    await call(wall.client, "react", id=above, kind="love", key=KEY)
    await wall.look()
    await wall.stays(reply_to=above)
    await remove(wall.client, above)
    wall.leaves_its_place(above)


async def pinned_and_removed_with_replies(wall: Scenery) -> None:
    above = await wall.posted()
    await wall.stays(reply_to=above)
    await moderate(wall.client, "pin", id=above)
    await moderate(wall.client, "lock", id=above)
    await wall.look()
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
    pinned_and_removed,
    pinned_and_removed_with_replies,
    removed_with_replies,
    removed_with_a_reply_that_waits,
    waiting_again_with_replies,
    deleted_with_replies,
]
