from __future__ import annotations

import asyncio
from collections import Counter

import structlog

log = structlog.get_logger(__name__)

# An attack is one line a minute and not one line a request.
SECONDS = 60


class Tally:
    """Counts events for the log: the first of a kind is logged at once, the others by the minute.

    A line has the kind and a number, and nothing of the clients.
    """

    def __init__(self, event: str, kind: str) -> None:
        """Create an empty tally; `event` is the name of the lines, and `kind` of their key."""
        self._event = event
        self._kind = kind
        # Without those that have been logged.
        self._counts: Counter[str] = Counter()
        self._explained: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def count(self, kind: str, number: int = 1) -> None:
        self._begin()
        if kind in self._counts:
            self._counts[kind] += number
        else:
            self._counts[kind] = 0
            log.warning(self._event, **{self._kind: kind}, count=number)

    def explain(self, event: str, **facts: str) -> None:
        """Log what may be the cause, once in a minute."""
        self._begin()
        if event not in self._explained:
            self._explained.add(event)
            log.warning(event, **facts)

    def close(self) -> None:
        """Log what was counted since the last line."""
        if self._timer is not None:
            self._timer.cancel()
            self._flush()

    def _begin(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SECONDS, self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._explained.clear()
        counts, self._counts = self._counts, Counter()
        for kind, count in counts.items():
            if count:
                log.warning(self._event, **{self._kind: kind}, count=count, seconds=SECONDS)
