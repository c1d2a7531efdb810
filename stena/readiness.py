from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING

from stena.deadline import in_time
from stena.refusal import Refusal
from stena.store import revision

if TYPE_CHECKING:
    from stena.store.database import Database

# For how long a result stands: anyone may ask, at no cost to their budget.
READY_SECONDS = 1.0


class Readiness:
    """Whether the database answers and is migrated: checked once a second, for all that ask."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._checked: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Return if the wall can serve.

        Raises:
            Refusal: not_migrated or unavailable.
        """
        if self._checked is None:
            # It may outlive the request that asked first.
            self._checked = asyncio.create_task(self._ask(), context=Context())
            self._checked.add_done_callback(self._forget)
        async with in_time():
            await asyncio.shield(self._checked)

    async def _ask(self) -> None:
        async with self._database.connection() as connection:
            if await revision.schema_state(connection) == "behind":
                raise Refusal("not_migrated")

    def _forget(self, checked: asyncio.Task[None]) -> None:
        def forget() -> None:
            self._checked = None

        if checked.cancelled() or checked.exception():
            forget()
        else:
            checked.get_loop().call_later(READY_SECONDS, forget)
