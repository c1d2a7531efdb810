from __future__ import annotations

from typing import TYPE_CHECKING

from stena.change import Posted
from stena.message import Conversation, Page, Replies
from stena.readiness import Readiness
from stena.refusal import Refusal
from stena.store import audience, authorship, edit, reaction, rule, sitemap_ids, visibility
from stena.store import message as messages
from stena.store import page as pages
from stena.store.authorship import Own
from stena.store.draft import insert
from stena.store.judge import Judge
from stena.store.order import announce, ordered
from stena.store.outdated import again_if_outdated
from stena.store.search_index import SearchIndex
from stena.store.write_queue import WriteQueue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from datetime import timedelta

    from stena.audience import Audience
    from stena.change import Change
    from stena.figures import Figures
    from stena.message import Draft, Judged, Message, Reaction
    from stena.publisher import Publisher
    from stena.search import Found, Query
    from stena.store.announcements import Announcement
    from stena.store.database import Connection, Database
    from stena.store.message import Missed
    from stena.store.order import Turns

PAGE_SIZE = 50
FOUND_SIZE = 20


class Wall:
    """Everything that can be done to the wall: one method, one transaction.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(  # noqa: PLR0913 -- what it works with
        self,
        database: Database,
        publisher: Publisher,
        turns: Turns,
        *,
        window: timedelta,
        count_asked: Callable[[], None],
        figures: Figures,
    ) -> None:
        """Create the wall.

        Args:
            database: where it is.
            publisher: of what is changed.
            turns: for all that waits for the order lock except posts: two connections at most.
            window: how long the author of a message may edit it.
            count_asked: is called for each draft whose author has to pay first.
            figures: of what is refused, and what waits.
        """
        self._database = database
        self._window = window
        self._count_asked = count_asked
        self._figures = figures
        self._publisher = publisher
        self._turns = turns
        publish, committed = publisher.publish, publisher.committed
        self._posts = WriteQueue(database.connection, insert, publish, committed)
        self._reactions = WriteQueue(
            self._turns.connection, reaction.apply, publish, committed, yields_to=self._posts
        )
        self._judge = Judge(database)
        self._search_index = SearchIndex(database)
        self._readiness = Readiness(database)

    async def post(self, draft: Draft) -> Posted:
        """Put a message on the wall. Return once it is committed and published.

        A repeated draft with the same nonce returns the change that the first one made.

        Raises:
            Refusal: not_found for a reply to a message that is not visible; locked; closed,
                closed_until, conversation_closed or slow_mode, as the rules say; banned,
                address_banned; word_refused; step_needed, as the brake says; busy.
        """
        try:
            posted = await self._judge.write(draft, self._posts.put)
        except Refusal as refusal:
            self._figures.refused(refusal)
            if refusal.code == "step_needed":
                self._count_asked()
            raise
        self._figures.posted(draft, posted)
        return posted

    async def edit(self, number: int, draft: Draft, key: bytes) -> Posted:
        """Replace the text and the name of a message; equal ones change nothing.

        Raises:
            Refusal: not_found, not_yours, too_late, banned, address_banned or word_refused.
        """
        try:
            # One that waits is counted in its transaction.
            return await self._judge.write(draft, lambda judged: self._edit(number, judged, key))
        except Refusal as refusal:
            self._figures.refused(refusal)
            raise

    @again_if_outdated
    async def _edit(self, number: int, judged: Judged, key: bytes) -> Posted:
        draft = judged.draft
        async with self._turns.connection() as connection:
            async with ordered(connection):
                made = await edit.edit(connection, number, judged, key, self._window)
            if not made:
                await authorship.check(connection, number, key, self._window)
            change = made[-1] if made else await messages.last_change_of(connection, number)
            # Readers are not sent the text of a message that waits; its author is.
            own = change.message._replace(text=draft.text, name=draft.name, tombstone=None)
            posted = Posted(change, own)
            if posted.state == "waiting":
                for_link = await authorship.waits_for_link(connection, number)
                posted = posted._replace(waits_for_link=for_link)
        await self._publisher.committed(made)
        return posted

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
                await authorship.check(connection, number, key, self._window)
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
            await authorship.check(connection, number, key, self._window)
            return (await _get_own(connection, number, key)).message

    async def react(self, reaction: Reaction) -> Change:
        """Add one author's reaction to a message, at most once a kind, or remove it.

        Raises:
            Refusal: not_found, also for a deleted message; step_needed, as the brake says.
        """
        return await self._reactions.put(reaction)

    @again_if_outdated
    async def newest_page(self, thread: str = "") -> Page:
        """The newest messages, and the number of the newest change that they include."""
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            change = await messages.last_change(connection)
            return await pages.page(connection, thread, None, PAGE_SIZE, change)

    async def page(self, thread: str, before: int | None = None, limit: int = PAGE_SIZE) -> Page:
        """At most `limit` messages, newest first, with ids below `before`."""
        async with self._database.connection() as connection:
            return await pages.page(connection, thread, before, limit)

    async def conversation(self, number: int, after: int, key: bytes | None) -> Conversation:
        """A message with its replies, as the holder of this key sees it.

        Raises:
            Refusal: not_found.
        """
        async with self._database.connection() as connection:
            # Read first: a reader that follows from it may get a change that it shows already, but
            # misses none.
            change = await messages.last_change(connection)
            own = await _get_own(connection, number, key)
            may = await authorship.permission(connection, number, key, self._window)
            return Conversation(
                own.message,
                own.state,
                await pages.replies(connection, number, after, PAGE_SIZE),
                await reaction.given(connection, number, key) if key else frozenset(),
                may[0] or "denied",
                may[1],
                await rule.is_old(connection, number),
                change,
                own.waits_for_link,
            )

    async def replies(self, number: int, after: int = 0, limit: int = PAGE_SIZE) -> Replies:
        """At most `limit` replies to a message, oldest first, with ids above `after`.

        Raises:
            Refusal: not_found.
        """
        async with self._database.connection() as connection:
            await _get(connection, number)
            return await pages.replies(connection, number, after, limit)

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
            await audience.announce(connection, here.name, here.here, here.named)

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


async def _get_own(connection: Connection, number: int, key: bytes | None) -> Own:
    """A message with its state: one that is shown, or one that only its author is shown."""
    found = await messages.get(connection, number)
    if key is not None and (found is None or found.tombstone):
        own = await authorship.own(connection, number, key)
        if own is not None:
            return own
    if found is None:
        raise Refusal("not_found")
    return Own(found, "visible")
