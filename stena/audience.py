from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A process that has not announced its readers for so long has ended.
EXPIRY_SECONDS = 60.0


class Audience:
    """The number of readers, in this process and in the others on the same database.

    Attributes:
        name: identifies this process to the others.
        here: the number of readers in this process.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = secrets.token_hex(4)
        self.here = 0
        self._clock = clock
        self._elsewhere: dict[str, tuple[int, float]] = {}

    def update(self, name: str, readers: int) -> None:
        """Record the number of readers that a process announced."""
        if name != self.name:
            self._elsewhere[name] = (readers, self._clock())

    @property
    def total(self) -> int:
        now = self._clock()
        for name, (_, announced) in list(self._elsewhere.items()):
            if now - announced > EXPIRY_SECONDS:
                del self._elsewhere[name]
        return self.here + sum(readers for readers, _ in self._elsewhere.values())
