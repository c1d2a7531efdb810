from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from stena.decision import KEEP_DAYS
from stena.refusal import Refusal
from stena.store import desk_change, visibility
from stena.store import erasure as erasures
from stena.store.order import announce, ordered

if TYPE_CHECKING:
    from stena.decision import Erasing
    from stena.member import Session
    from stena.publisher import Publisher
    from stena.store.database import Database
    from stena.store.order import Turns

# How long a request goes on with the erasure that it asked for: a wall of a million messages has
# been looked through by then. The background does the rest.
SECONDS = 2.0
# How often the background looks for erasures that another process or an earlier one has left.
LOOK_SECONDS = 5.0
# How often the texts of old removals are looked for.
REMOVED_SECONDS = 3600


class Erasure:
    """Erases everything of a browser, at once and for ever, and what was removed long ago.

    Messages are not indexed by their author, since that would cost each post. So the wall is looked
    through, from its newest message to its oldest, for all erasures that are asked for together:
    however many strangers ask, one is looked through at a time. A step is one transaction, which
    also notes how far it came, so any process can go on after a kill.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(self, database: Database, publisher: Publisher, turns: Turns) -> None:
        self._database = database
        self._publisher = publisher
        self._turns = turns
        # However many ask, a process spends one connection on it.
        self._walking = asyncio.Lock()

    async def ask_for(self, session: Session, message: int) -> int:
        """Erase everything of the browser that wrote a message, for an owner.

        Returns:
            The id of the erasure.

        Raises:
            Refusal: owner_only, not_fresh; not_found if no browser is known for the message; busy.
        """
        session.member.check_is_owner()
        if not session.fresh:
            raise Refusal("not_fresh", "code")
        async with self._database.connection() as connection:
            author = await erasures.author(connection, message)
        if author is None:
            raise Refusal("not_found")
        return await self._ask(author, session.member.id)

    async def ask_for_own(self, author: bytes) -> Erasing | None:
        """The same for the author, by the digest of the browser's key; as far as it came by now."""
        return await self.progress(await self._ask(author, None))

    async def progress(self, number: int) -> Erasing | None:
        """How far an erasure has come, None if there is none, or an author's was done long ago."""
        async with self._database.connection() as connection:
            return await erasures.progress(connection, number)

    async def of_message(self, message: int) -> int | None:
        """How many of the newest messages are of the browser that wrote this one.

        None if no browser is known for it.
        """
        async with self._database.connection() as connection:
            author = await erasures.author(connection, message)
            return None if author is None else await erasures.count(connection, author)

    async def own(self, author: bytes) -> tuple[int, Erasing | None]:
        """How many of the newest messages are of a browser, and the erasure that is under way."""
        async with self._database.connection() as connection:
            running = await erasures.running(connection, author)
            return await erasures.count(connection, author), running

    async def run(self) -> None:
        """Go on with what is asked for, until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            pause, start = LOOK_SECONDS, clock()
            # The database layer logs a failure, and the next try may succeed.
            with suppress(Refusal):
                async with self._walking:
                    if await self._step():
                        # Half of the time is for everybody else.
                        pause = clock() - start
            await asyncio.sleep(pause)

    async def erase_removed(self) -> None:
        """Erase the texts of messages that were removed KEEP_DAYS ago, until cancelled."""
        while True:
            # The database layer logs a failure, and the next try may succeed.
            with suppress(Refusal):
                while await self._erase_some():
                    pass
            await asyncio.sleep(REMOVED_SECONDS)

    async def _erase_some(self) -> bool:
        async with self._database.connection() as connection:
            return await visibility.erase_old(connection, KEEP_DAYS)

    async def _ask(self, author: bytes, member: int | None) -> int:
        clock = asyncio.get_running_loop().time
        until = clock() + SECONDS
        async with self._turns.connection() as connection, ordered(connection):
            number = await erasures.ask(connection, author, member)
        if number is None:
            raise Refusal("busy")
        # What is left is done in the background.
        with suppress(Refusal, TimeoutError):
            while clock() < until and await self._is_open(number):
                async with asyncio.timeout_at(until):
                    await self._walking.acquire()
                try:
                    await self._step()
                finally:
                    self._walking.release()
        return number

    async def _is_open(self, number: int) -> bool:
        async with self._database.connection() as connection:
            return await erasures.is_open(connection, number)

    async def _step(self) -> bool:
        """Look through a part of the wall, and erase what is found. Return False without one."""
        async with self._database.connection() as connection:
            walk = await erasures.walk(connection)
            if walk is None:
                await erasures.forget_done(connection)
                return False
            found = await erasures.find(connection, walk)
        async with self._turns.connection() as connection, ordered(connection):
            made = await erasures.erase(connection, walk, found)
            await desk_change.note(connection)
            await announce(connection, made)
        await self._publisher.committed(made)
        return True
