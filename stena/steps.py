from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stena.store import passkey

if TYPE_CHECKING:
    from stena.store.database import Database

# How soon a process notices that the clock of the database was set. Until then one that was started
# later takes its tickets for old ones.
READ_AGAIN_SECONDS = 60.0


class Steps:
    """What this process needs to ask newcomers for a step, and to check those that were taken.

    Attributes:
        question: the owner's, empty for none.
        answer: to the question.
    """

    def __init__(self, database: Database, *, question: str = "", answer: str = "") -> None:
        self._database = database
        self.question = question
        self.answer = answer
        # The key, and the database's time when the process's monotonic clock was 0.
        self._sealing: tuple[bytes, float] | None = None
        self._read_again = 0.0

    async def now(self) -> float:
        """The seconds since 1970, by the clock of the database.

        Raises:
            Refusal: unavailable.
        """
        _, now = await self.sealing()
        return now

    async def sealing(self) -> tuple[bytes, float]:
        """The key that seals tickets, the same for all processes, and the seconds since 1970.

        Read at most once in READ_AGAIN_SECONDS, so that a check costs no statement. The time is
        the database's: the clocks of several machines may differ.

        Raises:
            Refusal: unavailable.
        """
        if self._sealing is None or time.monotonic() > self._read_again:
            # Others go on with what is known meanwhile.
            self._read_again = time.monotonic() + READ_AGAIN_SECONDS
            async with self._database.connection() as connection:
                # From before the answer, so that a late one makes nobody wait longer.
                asked = time.monotonic()
                key, now = await passkey.sealing(connection)
            self._sealing = key, now.timestamp() - asked
        key, start = self._sealing
        return key, start + time.monotonic()
