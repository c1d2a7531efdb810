"""Keeps the event loop free: a thread for long work, and turns for what has to be done on the loop.

One thread, one piece of work after the other: Python runs one thread at a time, so more of them
would leave the event loop a smaller share and finish no sooner.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

# Requests that would wait longer are refused.
MOST_WAITING = 50

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker")
_waiting = 0
_turns: deque[asyncio.Future[None]] = deque()


async def run(
    work: Callable[[*Arguments], Result], *arguments: *Arguments, patient: bool = False
) -> Result:
    """The result of `work`.

    Raises:
        Refusal: busy, unless the caller is `patient`.
    """
    global _waiting  # noqa: PLW0603 -- one thread in the process, one number
    if _waiting >= MOST_WAITING and not patient:
        raise Refusal("busy")
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_thread, work, *arguments)
    finally:
        _waiting -= 1


async def own_iteration() -> None:
    """Wait until nobody else has the present iteration of the event loop.

    What is rendered in one iteration keeps all other requests waiting: several large pages that are
    ready at the same time would be rendered in one go.
    """
    loop = asyncio.get_running_loop()
    granted = loop.create_future()
    _turns.append(granted)
    if len(_turns) == 1:
        loop.call_soon(_grant)
    await granted


def _grant() -> None:
    granted = _turns[0]
    if not granted.done():
        granted.set_result(None)
    _turns.popleft()
    if _turns:
        _turns[0].get_loop().call_soon(_grant)
