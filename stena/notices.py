from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from stena.notice import shown
from stena.refusal import Refusal
from stena.store import notice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from stena.store.database import Database

    Subscriber = Callable[[Mapping[str, str], Mapping[str, str]], Awaitable[None]]

# How soon a process learns of a notice that another one has set. It is read and not announced, so
# that it works behind a pooler, and after a lost connection, as it does otherwise.
LOOK_SECONDS = 2.0


class Notices:
    """The notices of all walls, as this process knows them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, str] = {}
        # Whether one was ever set, as far as this process knows; None until it has looked.
        self._has_history: bool | None = None
        self._subscribers: list[Subscriber] = []

    def shown(self, thread: str) -> str:
        """The notice on a wall, mostly empty."""
        return shown(self._known, thread)

    @property
    def has_history(self) -> bool:
        """Whether a reader may show a notice: there is one, or there was.

        Without this a reader could not know that the one that it shows was removed while it was
        away.
        """
        return self._has_history is not False

    def subscribe(self, subscriber: Subscriber) -> None:
        """Await `subscriber` with the notices before and after each change from now on."""
        self._subscribers.append(subscriber)

    async def look(self) -> None:
        """Read the notices, and tell the subscribers if they have changed.

        Raises:
            Refusal: unavailable.
        """
        async with self._database.connection() as connection:
            now = await notice.all_notices(connection)
            if self._has_history is None:
                self._has_history = await notice.was_ever_set(connection)
        if now:
            self._has_history = True
        before, self._known = self._known, now
        if now != before:
            for subscriber in self._subscribers:
                await subscriber(before, now)

    async def keep_current(self) -> None:
        """Look every few seconds, until cancelled."""
        while True:
            # The database layer logs a failure, and the next look may succeed.
            with suppress(Refusal):
                await self.look()
            await asyncio.sleep(LOOK_SECONDS)
