"""How far a long command is, where somebody watches."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

WIDTH = 40
# A terminal far away takes its time.
SECONDS = 0.1


class Progress:
    """A bar on the terminal; nothing if the error output is none, or the whole is unknown."""

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._next = 0.0
        self._is_shown = whole > 0 and sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._is_shown:
            # Erase the line.
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def reach(self, done: int) -> None:
        if self._is_shown and (now := time.monotonic()) >= self._next:
            self._next = now + SECONDS
            share = min(done / self._whole, 1)
            bar = "#" * round(share * WIDTH)
            sys.stderr.write(f"\r[{bar:-<{WIDTH}}] {share:4.0%}")
            sys.stderr.flush()
