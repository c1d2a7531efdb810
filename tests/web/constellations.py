"""Messages above, below and beside each other, about which the owner decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tests.web.calls import KEY, OTHERS_KEY, call, create
from tests.web.moderating import approve, moderate, remove, undo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Client

    # Returns the ids of those that the decision is about.
    Constellation: TypeAlias = Callable[[Client], Awaitable[list[int]]]

# One word of all texts, and the names of the authors.
WORDS = ("platypus", "Ann", "Bob")


async def shown(client: Client, key: str | None = KEY, **fields: object) -> int:
    """Post a message that is shown at once. Returns its id."""
    await moderate(client, "rule", mode="open")
    message = await create(client, "A platypus", name="Ann", key=key, **fields)
    return int(message["id"])


async def waiting(client: Client, key: str | None = OTHERS_KEY, **fields: object) -> int:
    """Post a message that waits. Returns its id."""
    await moderate(client, "rule", mode="all")
    body = {"text": "A platypus waits", "name": "Bob", "key": key, **fields}
    answer = await client.post("/api/messages.create", json=body)
    assert answer.status == 202, await answer.text()
    return int((await answer.json())["message"]["id"])


async def removed(client: Client) -> int:
    number = await shown(client)
    await remove(client, number)
    return number


async def deleted(client: Client) -> int:
    number = await shown(client)
    await call(client, "delete", id=number, key=KEY)
    return number


# What is shown. Each returns the ids that the decision is about.


async def a_message(client: Client) -> list[int]:
    return [await shown(client)]


async def a_message_without_a_key(client: Client) -> list[int]:
    return [await shown(client, key=None)]


async def a_message_of_a_known_browser(client: Client) -> list[int]:
    await approve(client, await waiting(client, key=KEY))
    return [await shown(client)]


async def messages_of_known_and_unknown_browsers(client: Client) -> list[int]:
    known = await waiting(client, key=KEY)
    await approve(client, known)
    return [known, await shown(client), await shown(client, key=OTHERS_KEY)]


async def an_edited_message_with_reactions(client: Client) -> list[int]:
    number = await shown(client)
    await call(client, "react", id=number, kind="love", key=OTHERS_KEY)
    await call(client, "react", id=number, kind="sad", key=KEY)
    await call(client, "edit", id=number, key=KEY, text="Another platypus", name="Ann")
    return [number]


async def a_message_of_a_thread(client: Client) -> list[int]:
    return [await shown(client, thread="news")]


async def a_message_with_replies(client: Client) -> list[int]:
    above = await shown(client)
    for _ in range(3):
        await shown(client, reply_to=above)
    return [above]


async def one_reply_of_several(client: Client) -> list[int]:
    above = await shown(client)
    ids = [await shown(client, reply_to=above) for _ in range(3)]
    return ids[1:2]


async def the_only_reply(client: Client) -> list[int]:
    return [await shown(client, reply_to=await shown(client))]


async def a_whole_conversation(client: Client) -> list[int]:
    above = await shown(client)
    return [above, *[await shown(client, reply_to=above) for _ in range(3)]]


async def the_last_reply_below_a_removed_message(client: Client) -> list[int]:
    above = await shown(client)
    reply = await shown(client, reply_to=above)
    await remove(client, above)
    return [reply]


async def the_last_reply_below_a_deleted_message(client: Client) -> list[int]:
    above = await shown(client)
    reply = await shown(client, reply_to=above)
    await call(client, "delete", id=above, key=KEY)
    return [reply]


async def the_last_replies_below_a_message_that_waits_again(client: Client) -> list[int]:
    above = await waiting(client)
    decision = await approve(client, above)
    ids = [await shown(client, reply_to=above) for _ in range(2)]
    await undo(client, decision)
    return ids


# What waits, at least in part.


async def a_waiting_message(client: Client) -> list[int]:
    return [await waiting(client)]


async def a_waiting_message_without_a_key(client: Client) -> list[int]:
    return [await waiting(client, key=None)]


async def waiting_messages_of_one_browser(client: Client) -> list[int]:
    return [await waiting(client) for _ in range(3)]


async def a_waiting_message_of_a_known_browser(client: Client) -> list[int]:
    await approve(client, await waiting(client))
    return [await waiting(client)]


async def a_waiting_message_that_was_edited(client: Client) -> list[int]:
    number = await waiting(client)
    await call(client, "edit", id=number, key=OTHERS_KEY, text="Another platypus", name="Bob")
    return [number]


async def a_message_that_waits_again(client: Client) -> list[int]:
    number = await waiting(client)
    await undo(client, await approve(client, number))
    return [number]


async def a_waiting_reply(client: Client) -> list[int]:
    return [await waiting(client, reply_to=await shown(client))]


async def a_waiting_reply_beside_others(client: Client) -> list[int]:
    above = await shown(client)
    await shown(client, reply_to=above)
    return [await waiting(client, reply_to=above)]


async def a_waiting_reply_below_a_removed_message(client: Client) -> list[int]:
    above = await shown(client)
    reply = await waiting(client, reply_to=above)
    await remove(client, above)
    return [reply]


async def a_waiting_reply_below_a_deleted_message(client: Client) -> list[int]:
    above = await shown(client)
    reply = await waiting(client, reply_to=above)
    await call(client, "delete", id=above, key=KEY)
    return [reply]


async def a_waiting_reply_below_a_message_that_waits_again(client: Client) -> list[int]:
    above = await waiting(client)
    decision = await approve(client, above)
    reply = await waiting(client, reply_to=above)
    await undo(client, decision)
    return [reply]


async def a_waiting_reply_below_a_tombstone(client: Client) -> list[int]:
    above = await shown(client)
    await shown(client, reply_to=above)
    reply = await waiting(client, reply_to=above)
    await remove(client, above)
    return [reply]


async def a_conversation_that_waits_again(client: Client) -> list[int]:
    above = await waiting(client)
    first = await approve(client, above)
    ids = [await waiting(client, reply_to=above) for _ in range(2)]
    second = await approve(client, *ids)
    await undo(client, second)
    await undo(client, first)
    return [above, *ids]


async def a_message_that_waits_again_above_a_reply(client: Client) -> list[int]:
    above = await waiting(client)
    decision = await approve(client, above)
    reply = await shown(client, reply_to=above)
    await undo(client, decision)
    return [above, reply]


async def a_mixed_group(client: Client) -> list[int]:
    """In all states, above and below each other; those that are decided stay as they are."""
    above = await shown(client)
    ids = [above, await shown(client, reply_to=above), await waiting(client, reply_to=above)]
    tombstone = await shown(client)
    ids += [await shown(client, reply_to=tombstone), await waiting(client, reply_to=tombstone)]
    await remove(client, tombstone)
    again = await waiting(client)
    decision = await approve(client, again)
    ids += [again, await shown(client, reply_to=again), await waiting(client, reply_to=again)]
    await undo(client, decision)
    ids += [tombstone, await removed(client), await deleted(client), await waiting(client)]
    return [*ids, await shown(client, key=None)]


SHOWN: list[Constellation] = [
    a_message,
    a_message_without_a_key,
    a_message_of_a_known_browser,
    messages_of_known_and_unknown_browsers,
    an_edited_message_with_reactions,
    a_message_of_a_thread,
    a_message_with_replies,
    one_reply_of_several,
    the_only_reply,
    a_whole_conversation,
    the_last_reply_below_a_removed_message,
    the_last_reply_below_a_deleted_message,
    the_last_replies_below_a_message_that_waits_again,
]
WAITING: list[Constellation] = [
    a_waiting_message,
    a_waiting_message_without_a_key,
    waiting_messages_of_one_browser,
    a_waiting_message_of_a_known_browser,
    a_waiting_message_that_was_edited,
    a_message_that_waits_again,
    a_waiting_reply,
    a_waiting_reply_beside_others,
    a_waiting_reply_below_a_removed_message,
    a_waiting_reply_below_a_deleted_message,
    a_waiting_reply_below_a_message_that_waits_again,
    a_waiting_reply_below_a_tombstone,
    a_conversation_that_waits_again,
    a_message_that_waits_again_above_a_reply,
    a_mixed_group,
]
