from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from stena.message import Page
from stena.refusal import Refusal
from stena.store import message as messages
from stena.store import revision
from stena.store.inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from stena.feed import Feed
    from stena.message import Change, Draft, Message
    from stena.store.database import Database
    from stena.store.news import News

PAGE_SIZE = 50
# How many changes are read from the database at once.
STRETCH = 500
AGAIN_SECONDS = 1.0


class Wall:
    """What one can do to the wall: one method, one transaction.

    Every method raises Refusal("unavailable") where the database does not answer in time.
    """

    def __init__(self, database: Database, feed: Feed) -> None:
        self._database = database
        self._feed = feed
        self._inbox = Inbox(database, self._committed)
        self._catching_up = asyncio.Lock()

    async def post(self, draft: Draft) -> Change:
        """Put a message on the wall; it returns once the message is committed and told.

        The same draft with the same nonce gives the change that it made the first time.
        """
        return await self._inbox.put(draft)

    async def head(self) -> Page:
        """The newest messages, with the number of the newest change that is in them."""
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            change = await messages.last_change(connection)
            found = await messages.newest(connection, None, PAGE_SIZE + 1)
        return _page(found, PAGE_SIZE, change)

    async def page(self, before: int | None = None, limit: int = PAGE_SIZE) -> Page:
        """At most `limit` messages, newest first, with ids below `before`."""
        async with self._database.connection() as connection:
            found = await messages.newest(connection, before, limit + 1)
        return _page(found, limit)

    async def message(self, number: int) -> Message:
        """One message of the wall.

        Raises:
            Refusal: not_found, also for a message that is not shown.
        """
        async with self._database.connection() as connection:
            found = await messages.get(connection, number)
        if found is None:
            raise Refusal("not_found")
        return found

    async def changes(self, after: int, limit: int) -> list[Change]:
        """At most `limit` changes with numbers above `after`, in order."""
        async with self._database.connection() as connection:
            return await messages.changes(connection, after, limit)

    async def catch_up(self, number: int | None = None) -> None:
        """Tell the feed what was committed, by anybody; up to `number` at least."""
        async with self._catching_up:
            if not self._feed.begun:
                async with self._database.connection() as connection:
                    last = await messages.last_change(connection)
                # A post of our own may have begun it meanwhile.
                if not self._feed.begun:
                    self._feed.begin(last)
                    return
            while number is None or number > self._feed.last:
                found = await self.changes(self._feed.last, STRETCH)
                self._feed.tell(found)
                if len(found) < STRETCH:
                    return

    async def follow(self, heard: AsyncGenerator[News]) -> None:
        """Keep the feed up with what other processes commit, for as long as this one runs."""
        try:
            async for news in heard:
                if news == "lost":
                    self._feed.heard = False
                    continue
                # What is announced is mostly our own, and tells itself in a moment.
                await self._inbox.settle()
                number = None if news == "look" else news
                # A refusal is said in the log; the news may be the last for long, so try again.
                while not await self._caught_up(number):  # noqa: ASYNC110 -- a database sets no event
                    await asyncio.sleep(AGAIN_SECONDS)
        finally:
            self._feed.heard = False

    async def ready(self) -> None:
        """Make sure that the database answers and has been migrated far enough.

        Raises:
            Refusal: not_migrated or unavailable.
        """
        async with self._database.connection() as connection:
            if await revision.standing(connection) == "behind":
                raise Refusal("not_migrated")

    async def _caught_up(self, number: int | None) -> bool:
        try:
            if number is None:
                await self.catch_up()
            else:
                await self._keep_up(number)
        except Refusal:
            self._feed.heard = False
        else:
            self._feed.heard = True
        return self._feed.heard

    async def _committed(self, made: Sequence[Change]) -> None:
        """Tell our own changes, before their authors get an answer.

        They may be told as they are where nobody else's can be missing between them and the
        last that was told; numbers are handed out in the order of commits.
        """
        if not self._feed.begun:
            self._feed.begin(made[0].number - 1)
        if [change.number for change in made] == list(
            range(self._feed.last + 1, self._feed.last + 1 + len(made))
        ):
            self._feed.tell(made)
            return
        # They are committed, whatever happens here: the news will tell them.
        with suppress(Refusal):
            await self._keep_up(made[-1].number)

    async def _keep_up(self, number: int) -> None:
        """Tell what was committed up to `number`, as far as anybody wants to know."""
        if self._feed.begun and not self._feed.wanted:
            self._feed.skip(number)
        else:
            await self.catch_up(number)


def _page(found: list[Message], limit: int, change: int = 0) -> Page:
    kept = found[:limit]
    return Page(kept, next=kept[-1].id if len(found) > limit else None, change=change)
