"""Pages of messages, each as long as its texts fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import Page, Replies
from stena.store import highlight, notice
from stena.store import message as messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.message import Message
    from stena.store.database import Connection

# How many replies are shown below a message on the wall; its own page has all of them.
LAST_REPLIES = 3
# A page ends earlier if its texts have more bytes in UTF-8: about 40 texts of half the greatest
# length. Nobody reads more at once, and rendering it all would hold up everyone else.
PAGE_BYTES = 128 * 1024


async def page(
    connection: Connection, thread: str, before: int | None, limit: int, change: int = 0
) -> Page:
    """At most `limit` messages, newest first, with ids below `before`; `change` as in Page."""
    found = await messages.newest(connection, thread, before, limit + 1)
    pinned = await highlight.pinned(connection, thread) if before is None else []
    kept = _fitting(found[:limit], besides=pinned)
    answered = list({message.id: None for message in (*pinned, *kept) if message.replies})
    below = await messages.last_replies(connection, answered, LAST_REPLIES) if answered else {}
    return Page(
        kept,
        next=kept[-1].id if len(found) > len(kept) else None,
        replies=_fitting_replies(answered, below),
        change=change,
        thread=thread,
        pinned=pinned,
        notice=await notice.of(connection, thread) if before is None else "",
    )


async def replies(connection: Connection, number: int, after: int, limit: int) -> Replies:
    """At most `limit` replies to a message, oldest first, with ids above `after`."""
    found = await messages.replies(connection, number, after, limit + 1)
    kept = _fitting(found[:limit])
    return Replies(kept, next=kept[-1].id if len(found) > len(kept) else None)


def _fitting_replies(
    answered: list[int], replies: dict[int, list[Message]]
) -> dict[int, list[Message]]:
    """The newest replies to each message, as many as fit; those to the first messages go first."""
    one_by_one = [one for number in answered for one in reversed(replies.get(number, []))]
    fitting = {one.id for one in _fitting(one_by_one)}
    return {number: [one for one in of if one.id in fitting] for number, of in replies.items()}


def _fitting(found: list[Message], besides: Sequence[Message] = ()) -> list[Message]:
    """The first messages whose texts, and those besides, have PAGE_BYTES together; at least one."""
    size = sum(len(message.text.encode()) for message in besides)
    for place, message in enumerate(found):
        size += len(message.text.encode())
        if size > PAGE_BYTES:
            return found[: place or 1]
    return found
