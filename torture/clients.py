"""Requests to the programs, and a record of each."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine

    from torture.programs import Program

# A visitor is answered within 5 seconds; a program that is frozen answers later or never.
PATIENCE = 7.0
UNAVAILABLE, BROKEN = 503, 500


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and the time that it took.

    Attributes:
        start: by the clock of the event loop; the same for `end`.
        program: its number.
        path: without the query.
        status: 0 if there was no answer.
    """

    start: float
    end: float
    program: int
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    cookies: dict[str, str]


@dataclass(slots=True)
class Clients:
    """All clients together.

    Attributes:
        requests: all that have ended.
        wrong: answers that the wall never gives, whatever happens to it; a sentence each.
    """

    session: aiohttp.ClientSession
    requests: list[Request] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def ask(
        self,
        program: Program,
        path: str,
        body: object = None,
        *,
        cookies: str = "",
        patience: float = PATIENCE,
    ) -> Answer | None:
        """The answer; None if there is none within so many seconds.

        A body is sent as JSON. An answer to a path below /api/ is parsed.
        """
        clock = asyncio.get_running_loop().time
        start, status, answer = clock(), 0, None
        try:
            async with self.session.request(
                "GET" if body is None else "POST",
                f"{program.url}{path}",
                json=body,
                headers={"Cookie": cookies} if cookies else {},
                timeout=aiohttp.ClientTimeout(total=patience),
            ) as response:
                content = await response.read()
                status = response.status
                parsed = await response.json() if path.startswith("/api/") else content.decode()
                given = {name: morsel.value for name, morsel in response.cookies.items()}
                answer = Answer(status, parsed, given)
        except (aiohttp.ClientError, TimeoutError):
            pass
        path = path.partition("?")[0]
        self.requests.append(Request(start, clock(), program.number, path, status))
        if status >= BROKEN and status != UNAVAILABLE:
            self.wrong.append(f"{program} answered {path} with {status}: {answer}")
        return answer


@asynccontextmanager
async def background(*work: Coroutine[Any, Any, None]) -> AsyncGenerator[list[asyncio.Task[None]]]:
    """Tasks that are cancelled at the end. Raises what one of them has raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


@asynccontextmanager
async def clients() -> AsyncGenerator[Clients]:
    # Each request has a connection of its own, so that it may meet any process of a program.
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
        yield Clients(session)
