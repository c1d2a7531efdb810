"""How long a visitor waits: one deadline for all that a request waits for, however often."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

# A visitor is answered within 5 seconds, whatever the database does: 4 for it, 1 for us.
PATIENCE = 4.0


# The deadline of a request, in a list that the tasks it starts share; the list is empty before the
# request waits for the first time. What runs outside of requests has none. A task that outlives its
# request, or works for several, is created with a context of its own.
_request: ContextVar[list[float] | None] = ContextVar("request", default=None)


def begin() -> None:
    """A request begins. Its time does when it first waits: its body may take long to arrive."""
    _request.set([])


def deadline() -> float:
    """When the request has waited long enough, in the loop's time; else PATIENCE from now."""
    request = _request.get()
    if request:
        return request[0]
    latest = asyncio.get_running_loop().time() + PATIENCE
    if request is not None:
        request.append(latest)
    return latest


@asynccontextmanager
async def in_time() -> AsyncGenerator[None]:
    """Wait until the deadline.

    Raises:
        Refusal: unavailable.
    """
    try:
        async with asyncio.timeout_at(deadline()):
            yield
    except TimeoutError as error:
        raise Refusal("unavailable") from error


@asynccontextmanager
async def held(lock: asyncio.Lock) -> AsyncGenerator[None]:
    """Hold the lock; only waiting for it counts against the deadline.

    Raises:
        Refusal: unavailable.
    """
    async with in_time():
        await lock.acquire()
    try:
        yield
    finally:
        lock.release()
