from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import Page
from stena.refusal import Refusal
from stena.store import message as messages
from stena.store import revision

if TYPE_CHECKING:
    from stena.message import Draft, Message
    from stena.store.database import Database

PAGE_SIZE = 50


class Wall:
    """What one can do to the wall: one method, one transaction.

    Every method raises Refusal("unavailable") where the database does not answer in time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def post(self, draft: Draft) -> Message:
        """Put a message on the wall; it returns once the message is committed.

        The same draft with the same nonce gives the message that it made the first time.
        """
        async with self._database.connection() as connection:
            return await messages.insert(connection, draft)

    async def page(self, before: int | None = None, limit: int = PAGE_SIZE) -> Page:
        """At most `limit` messages, newest first, with ids below `before`."""
        async with self._database.connection() as connection:
            found = await messages.newest(connection, before, limit + 1)
        kept = found[:limit]
        return Page(kept, next=kept[-1].id if len(found) > limit else None)

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

    async def ready(self) -> None:
        """Make sure that the database answers and has been migrated far enough.

        Raises:
            Refusal: not_migrated or unavailable.
        """
        async with self._database.connection() as connection:
            if await revision.standing(connection) == "behind":
                raise Refusal("not_migrated")
