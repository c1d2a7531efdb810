from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import Conversation, Page, Reaction, Replies
from stena.readiness import Readiness
from stena.refusal import Refusal
from stena.store import audience, authorship, reaction, sitemap_ids, visibility
from stena.store import message as messages
from stena.store.draft import insert
from stena.store.order import announce, ordered
from stena.store.outdated import again_if_outdated
from stena.store.search_index import SearchIndex
from stena.store.write_queue import WriteQueue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import timedelta

    from stena.audience import Audience
    from stena.change import Change, Posted
    from stena.message import Draft, Message, State
    from stena.publisher import Publisher
    from stena.search import Found, Query
    from stena.store.announcements import Announcement
    from stena.store.database import Connection, Database
    from stena.store.message import Missed
    from stena.store.order import Turns

PAGE_SIZE = 50
FOUND_SIZE = 20
# How many replies are shown below a message on the wall; its own page has all of them.
LAST_REPLIES = 3
# A page ends earlier if its texts have more bytes in UTF-8: about 40 texts of half the greatest
# length. Nobody reads more at once, and rendering it all would hold up everyone else.
PAGE_BYTES = 128 * 1024


class Wall:
    """Everything that can be done to the wall: one method, one transaction.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(
        self, database: Database, publisher: Publisher, turns: Turns, *, window: timedelta
    ) -> None:
        """Create the wall.

        Args:
            database: where it is.
            publisher: of what is changed.
            turns: for all that waits for the order lock, except posts. So at most two connections
                wait for it.
            window: how long the author of a message may edit it.
        """
        self._database = database
        self._window = window
        self._publisher = publisher
        self._turns = turns
        publish, committed = publisher.publish, publisher.committed
        self._posts = WriteQueue(database.connection, insert, publish, committed)
        self._reactions = WriteQueue(
            self._turns.connection, reaction.apply, publish, committed, yields_to=self._posts
        )
        self._search_index = SearchIndex(database)
        self._readiness = Readiness(database)

    async def post(self, draft: Draft) -> Posted:
        """Put a message on the wall. Return once it is committed and published.

        A repeated draft with the same nonce returns the change that the first one made.

        Raises:
            Refusal: not_found for a reply to a message that is not visible; busy.
        """
        return await self._posts.put(draft)

    @again_if_outdated
    async def edit(self, number: int, draft: Draft, key: bytes) -> Change:
        """Replace the text and the name of a message; equal ones change nothing.

        Raises:
            Refusal: not_found, not_yours or too_late.
        """
        async with self._turns.connection() as connection:
            async with ordered(connection):
                change = await authorship.edit(connection, number, draft, key, self._window)
                if change is None:
                    change = await authorship.edit_waiting(
                        connection, number, draft, key, self._window
                    )
            if change is None:
                await self._check_author(connection, number, key)
                change = await _last_change(connection, number)
            else:
                await self._publisher.committed([change])
        # Readers are not sent the text of a message that waits; its author is.
        message = change.message._replace(text=draft.text, name=draft.name, tombstone=None)
        return change._replace(message=message)

    @again_if_outdated
    async def delete(self, number: int, key: bytes) -> Change:
        """Delete a message for its author; no query returns its text afterwards.

        Raises:
            Refusal: not_found, not_yours or too_late.
        """
        async with self._turns.connection() as connection:
            async with ordered(connection):
                made: list[Change] = []
                if await authorship.may_delete(connection, number, key, self._window):
                    made = await visibility.hide(connection, [number], "deleted")
                    await announce(connection, made)
            if not made:
                await self._check_author(connection, number, key)
                # It was deleted between the two statements.
                raise Refusal("not_found")
        await self._publisher.committed(made)
        return made[0]

    async def check_author(self, number: int, key: bytes | None) -> Message:
        """A message that the holder of this key may edit now.

        Raises:
            Refusal: not_found, not_yours or too_late.
        """
        async with self._database.connection() as connection:
            await self._check_author(connection, number, key)
            message, _ = await _get_own(connection, number, key)
            return message

    async def _check_author(self, connection: Connection, number: int, key: bytes | None) -> None:
        permission = await authorship.permission(connection, number, key, self._window)
        if permission != "granted":
            codes = {None: "not_found", "expired": "too_late", "denied": "not_yours"}
            raise Refusal(codes[permission], minutes=int(self._window.total_seconds() // 60))

    async def react(self, number: int, kind: str, author: bytes, *, on: bool) -> Change:
        """Add one author's reaction to a message, at most once a kind, or remove it.

        Raises:
            Refusal: not_found, also for a deleted message.
        """
        return await self._reactions.put(Reaction(number, kind, author, on))

    @again_if_outdated
    async def newest_page(self, thread: str = "") -> Page:
        """The newest messages, and the number of the newest change that they include."""
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
        """A message with its replies, as the holder of this key sees it.

        Raises:
            Refusal: not_found.
        """
        async with self._database.connection() as connection:
            # Read first: a reader that follows from it may get a change that it shows already, but
            # misses none.
            change = await messages.last_change(connection)
            message, state = await _get_own(connection, number, key)
            return Conversation(
                message,
                state,
                await _replies(connection, number, after, PAGE_SIZE),
                await reaction.given(connection, number, key) if key else frozenset(),
                await authorship.permission(connection, number, key, self._window) or "denied",
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
            Refusal: not_found, also for a message that is not visible.
        """
        async with self._database.connection() as connection:
            return await _get(connection, number)

    async def newest_id(self) -> int:
        """The largest id of the messages that are not replies, 0 if there are none."""
        async with self._database.connection() as connection:
            return await sitemap_ids.newest_id(connection)

    async def ids(self, first: int, last: int) -> list[int]:
        """The ids of the messages that are not replies, from `first` to `last`, in order."""
        async with self._database.connection() as connection:
            return await sitemap_ids.ids(connection, first, last)

    async def search(self, query: Query) -> Found:
        """A page of matches. Refusals: query_common, search_too_broad, too_many_searches."""
        return await self._search_index.find(query, FOUND_SIZE)

    async def keep_searchable(self) -> None:
        """Index messages for search as they are written, until cancelled."""
        await self._search_index.keep_up(self._posts.is_busy)

    async def changes(self, after: int, most: int, most_bytes: int) -> Missed | None:
        """The changes with numbers above `after`, in order.

        None if there are more than `most`, or their texts have more than `most_bytes` in UTF-8.
        """
        async with self._database.connection() as connection:
            return await messages.changes(connection, after, most, most_bytes)

    async def catch_up(self, number: int | None = None) -> None:
        """Publish all committed changes; return at once if `number` is published already."""
        await self._publisher.catch_up(number)

    async def follow(self, announced: AsyncGenerator[Announcement]) -> None:
        """Publish what other processes commit, until cancelled."""
        await self._publisher.follow(announced, self._settle)

    async def _settle(self) -> None:
        # Most announced changes are this process's own, and publish themselves in a moment.
        await self._posts.settle()
        await self._reactions.settle()

    async def announce_audience(self, here: Audience) -> None:
        """Announce the number of readers in this process to the others."""
        async with self._database.connection() as connection:
            await audience.announce(connection, here.name, here.here)

    async def ready(self) -> None:
        """Check that the database answers and is migrated: once a second, for all that ask.

        Raises:
            Refusal: not_migrated or unavailable.
        """
        await self._readiness.check()


async def _get(connection: Connection, number: int) -> Message:
    found = await messages.get(connection, number)
    if found is None:
        raise Refusal("not_found")
    return found


async def _get_own(connection: Connection, number: int, key: bytes | None) -> tuple[Message, State]:
    """A message with its state: one that is shown, or one that only its author is shown."""
    found = await messages.get(connection, number)
    if key is not None and (found is None or found.tombstone):
        own = await authorship.own(connection, number, key)
        if own is not None:
            return own
    if found is None:
        raise Refusal("not_found")
    return found, "visible"


async def _last_change(connection: Connection, number: int) -> Change:
    found = await messages.last_change_of(connection, number)
    if found is None:
        raise Refusal("not_found")
    return found


async def _page(
    connection: Connection, thread: str, before: int | None, limit: int, change: int = 0
) -> Page:
    found = await messages.newest(connection, thread, before, limit + 1)
    kept = _fitting(found[:limit])
    answered = [message.id for message in kept if message.replies]
    replies = await messages.last_replies(connection, answered, LAST_REPLIES) if answered else {}
    replies = _fitting_replies(answered, replies)
    after = kept[-1].id if len(found) > len(kept) else None
    return Page(kept, next=after, replies=replies, change=change, thread=thread)


async def _replies(connection: Connection, number: int, after: int, limit: int) -> Replies:
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


def _fitting(found: list[Message]) -> list[Message]:
    """The first messages whose texts have PAGE_BYTES together, and at least one."""
    size = 0
    for place, message in enumerate(found):
        size += len(message.text.encode())
        if size > PAGE_BYTES:
            return found[: place or 1]
    return found
