"""What was committed, told to the feed: by this process, and by the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from stena.refusal import Refusal
from stena.store import message as messages

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from stena.change import Change
    from stena.feed import Feed
    from stena.store.database import Database
    from stena.store.news import News

log = structlog.get_logger(__name__)

# How many changes are told at once, at most; a second's worth of a wall on which all write.
MOST_AT_ONCE = 5000
AGAIN_SECONDS = 1.0


class Teller:
    """Keeps the feed of this process up with the database."""

    def __init__(self, database: Database, feed: Feed) -> None:
        self._database = database
        self._feed = feed
        self._catching_up = asyncio.Lock()

    def tell(self, made: Sequence[Change]) -> bool:
        """Tell our own changes, before their authors get an answer; False where it takes longer.

        They may be told as they are where nobody else's can be missing between them and the
        last that was told; numbers are handed out in the order of commits.
        """
        try:
            return self._tell(made)
        except Exception:
            # They are committed all the same, and whoever made them is told so.
            log.exception("telling_failed")
            return True

    async def committed(self, made: Sequence[Change]) -> None:
        """The same, however long it takes."""
        if self.tell(made):
            return
        try:
            await self.catch_up(made[-1].number)
        except Refusal:
            pass  # the news will tell them
        except Exception:
            log.exception("telling_failed")

    def _tell(self, made: Sequence[Change]) -> bool:
        if not made:
            return True
        first, last = made[0].number, made[-1].number
        if not self._feed.begun:
            self._feed.begin(first - 1)
        if [change.number for change in made] == list(range(self._feed.last + 1, last + 1)):
            self._feed.tell(made)
        elif not self._feed.wanted:
            self._feed.skip(last)
        else:
            return False
        return True

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
            if number is None or number > self._feed.last:
                await self._tell_all()

    async def follow(
        self, heard: AsyncGenerator[News], settle: Callable[[], Awaitable[None]]
    ) -> None:
        """Keep the feed up with what other processes commit, for as long as this one runs.

        `settle` is awaited before each look: what is on its way here tells itself.
        """
        try:
            async for news in heard:
                if news == "lost":
                    self._feed.heard = False
                    continue
                await settle()
                number = None if news == "look" else news
                # A refusal is said in the log; the news may be the last for long, so try again.
                while not await self._caught_up(number):  # noqa: ASYNC110 -- a database sets no event
                    await asyncio.sleep(AGAIN_SECONDS)
        finally:
            self._feed.heard = False

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

    async def _keep_up(self, number: int) -> None:
        """Tell what was committed up to `number`, as far as anybody wants to know."""
        if self._feed.begun and not self._feed.wanted:
            self._feed.skip(number)
        else:
            await self.catch_up(number)

    async def _tell_all(self) -> None:
        """Tell what has happened since, as of one moment.

        Read in parts, a message that changes in between would be in none of them, or in two.
        """
        async with self._database.connection() as connection:
            found = await messages.changes(connection, self._feed.last, MOST_AT_ONCE + 1)
            if len(found) > MOST_AT_ONCE:
                self._feed.skip(await messages.last_change(connection))
            else:
                self._feed.tell(found)
