"""What background jobs do with many texts: in a thread if they are long together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Result = TypeVar("Result")

# Texts with more characters together are read in a thread: a thousand take up to a millisecond.
SHORT = 4000


async def result(work: Callable[[], Result], texts: Iterable[str]) -> Result:
    """The result of work that reads the texts; the event loop stays free."""
    if sum(map(len, texts)) <= SHORT:
        return work()
    return await asyncio.to_thread(work)
