from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import Conversation, Page, Replies
from stena.refusal import Refusal
from stena.store import audience, authorship, directory, reaction, revision
from stena.store import message as messages
from stena.store.inbox import Inbox
from stena.store.library import Library
from stena.teller import Teller

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import timedelta

    from stena.audience import Audience
    from stena.change import Change, Posted
    from stena.feed import Feed
    from stena.message import Draft, Message
    from stena.search import Found, Query
    from stena.store.database import Connection, Database
    from stena.store.news import News

PAGE_SIZE = 50
FOUND_SIZE = 20
# So many of the replies to a message stand below it on the wall; its own page has them all.
LAST_REPLIES = 3


class Wall:
    """What one can do to the wall: one method, one transaction.

    Every method raises Refusal("unavailable") where the database does not answer in time.
    """

    def __init__(self, database: Database, feed: Feed, *, window: timedelta) -> None:
        """`window` is how long whoever left a message may change it."""
        self._database = database
        self._window = window
        self._teller = Teller(database, feed)
        self._inbox = Inbox(database, self._teller.tell, self._teller.committed)
        self._library = Library(database)

    async def post(self, draft: Draft) -> Posted:
        """Put a message on the wall; it returns once the message is committed and told.

        The same draft with the same nonce gives the change that it made the first time.

        Raises:
            Refusal: not_found for a reply to what is not there; busy.
        """
        return await self._inbox.put(draft)

    async def edit(self, number: int, draft: Draft, key: bytes) -> Change:
        """Give a message other words; where they are the same, nothing changes.

        Raises:
            Refusal: not_found, not_yours or too_late.
        """
        async with self._database.connection() as connection:
            async with messages.turn(connection):
                change = await authorship.edit(connection, number, draft, key, self._window)
            if change is None:
                await self._check_author(connection, number, key)
                return await _last_change(connection, number)
        await self._teller.committed([change])
        return change

    async def take_down(self, number: int, key: bytes) -> Change:
        """Remove a message's words from the database; it is gone once this returns.

        Raises:
            Refusal: not_found, not_yours or too_late.
        """
        async with self._database.connection() as connection:
            async with messages.turn(connection):
                made = await authorship.take_down(connection, number, key, self._window)
            if not made:
                await self._check_author(connection, number, key)
                # It was there a moment ago.
                raise Refusal("not_found")
        await self._teller.committed(made)
        return made[0]

    async def check_author(self, number: int, key: bytes | None) -> Message:
        """A message that whoever has this key may change now.

        Raises:
            Refusal: not_found, not_yours or too_late.
        """
        async with self._database.connection() as connection:
            await self._check_author(connection, number, key)
            return await _get(connection, number)

    async def _check_author(self, connection: Connection, number: int, key: bytes | None) -> None:
        standing = await authorship.standing(connection, number, key, self._window)
        if standing != "theirs":
            codes = {None: "not_found", "late": "too_late", "others": "not_yours"}
            raise Refusal(codes[standing], minutes=int(self._window.total_seconds() // 60))

    async def react(self, number: int, kind: str, author: bytes, *, on: bool) -> Change:
        """Count what somebody feels about a message, once, or no longer.

        Raises:
            Refusal: not_found, also for a message that was taken down.
        """
        act = reaction.give if on else reaction.take_back
        async with self._database.connection() as connection:
            async with messages.turn(connection):
                change = await act(connection, number, kind, author)
            if change is None:
                return await _last_change(connection, number)
        await self._teller.committed([change])
        return change

    async def head(self, thread: str = "") -> Page:
        """The newest messages, with the number of the newest change that is in them."""
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            change = await messages.last_change(connection)
            return await _page(connection, thread, None, PAGE_SIZE, change)

    async def page(self, thread: str, before: int | None = None, limit: int = PAGE_SIZE) -> Page:
        """At most `limit` messages, newest first, with ids below `before`."""
        async with self._database.connection() as connection:
            return await _page(connection, thread, before, limit)

    async def conversation(self, number: int, after: int, key: bytes | None) -> Conversation:
        """A message with its replies, as whoever has this key sees it.

        Raises:
            Refusal: not_found.
        """
        async with self._database.connection() as connection:
            # First, so that whoever follows from it hears at most of what they see already.
            change = await messages.last_change(connection)
            message = await _get(connection, number)
            return Conversation(
                message,
                await _replies(connection, number, after, PAGE_SIZE),
                await reaction.given(connection, number, key) if key else frozenset(),
                await authorship.standing(connection, number, key, self._window) or "others",
                change,
            )

    async def replies(self, number: int, after: int = 0, limit: int = PAGE_SIZE) -> Replies:
        """At most `limit` replies to a message, oldest first, with ids above `after`.

        Raises:
            Refusal: not_found.
        """
        async with self._database.connection() as connection:
            await _get(connection, number)
            return await _replies(connection, number, after, limit)

    async def message(self, number: int) -> Message:
        """One message of the wall.

        Raises:
            Refusal: not_found, also for a message that is not shown.
        """
        async with self._database.connection() as connection:
            return await _get(connection, number)

    async def newest_id(self) -> int:
        """The largest id of the messages that are no replies, 0 where there are none."""
        async with self._database.connection() as connection:
            return await directory.newest_id(connection)

    async def ids(self, first: int, last: int) -> list[int]:
        """Those of the messages that are no replies, from `first` to `last`, in order."""
        async with self._database.connection() as connection:
            return await directory.ids(connection, first, last)

    async def search(self, query: Query) -> Found:
        """A page of what matches. Refusals: query_common, search_too_broad, too_many_searches."""
        return await self._library.find(query, FOUND_SIZE)

    async def keep_searchable(self) -> None:
        """Have what is written found by its words, as long as this process runs."""
        await self._library.keep_up(self._inbox.is_busy)

    async def changes(self, after: int, limit: int) -> list[Change]:
        """At most `limit` changes with numbers above `after`, in order."""
        async with self._database.connection() as connection:
            return await messages.changes(connection, after, limit)

    async def catch_up(self, number: int | None = None) -> None:
        """Tell the feed what was committed, by anybody; up to `number` at least."""
        await self._teller.catch_up(number)

    async def follow(self, heard: AsyncGenerator[News]) -> None:
        """Keep the feed up with what other processes commit, for as long as this one runs."""
        # What is announced is mostly our own, and tells itself in a moment.
        await self._teller.follow(heard, self._inbox.settle)

    async def say_audience(self, here: Audience) -> None:
        """Tell the other processes how many are looking in this one."""
        async with self._database.connection() as connection:
            await audience.say(connection, here.name, here.here)

    async def ready(self) -> None:
        """Make sure that the database answers and has been migrated far enough.

        Raises:
            Refusal: not_migrated or unavailable.
        """
        async with self._database.connection() as connection:
            if await revision.standing(connection) == "behind":
                raise Refusal("not_migrated")


async def _get(connection: Connection, number: int) -> Message:
    found = await messages.get(connection, number)
    if found is None:
        raise Refusal("not_found")
    return found


async def _last_change(connection: Connection, number: int) -> Change:
    found = await messages.last_change_of(connection, number)
    if found is None or found.message.gone:
        raise Refusal("not_found")
    return found


async def _page(
    connection: Connection, thread: str, before: int | None, limit: int, change: int = 0
) -> Page:
    found = await messages.newest(connection, thread, before, limit + 1)
    kept = found[:limit]
    answered = [message.id for message in kept if message.replies]
    replies = await messages.last_replies(connection, answered, LAST_REPLIES) if answered else {}
    after = kept[-1].id if len(found) > limit else None
    return Page(kept, next=after, replies=replies, change=change, thread=thread)


async def _replies(connection: Connection, number: int, after: int, limit: int) -> Replies:
    found = await messages.replies(connection, number, after, limit + 1)
    kept = found[:limit]
    return Replies(kept, next=kept[-1].id if len(found) > limit else None)
