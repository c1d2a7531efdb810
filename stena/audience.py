from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A process that has not said for so long how many look at its pages has gone.
GONE_SECONDS = 60.0


class Audience:
    """How many are looking, in this process and in the others on the same database.

    Attributes:
        name: by which others know this process.
        here: how many are looking in this process.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = secrets.token_hex(4)
        self.here = 0
        self._clock = clock
        self._elsewhere: dict[str, tuple[int, float]] = {}

    def heard(self, name: str, readers: int) -> None:
        """What a process says of itself."""
        if name != self.name:
            self._elsewhere[name] = (readers, self._clock())

    @property
    def total(self) -> int:
        now = self._clock()
        for name, (_, said) in list(self._elsewhere.items()):
            if now - said > GONE_SECONDS:
                del self._elsewhere[name]
        return self.here + sum(readers for readers, _ in self._elsewhere.values())
