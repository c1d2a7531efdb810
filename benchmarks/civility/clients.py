"""Requests to the wall, as they come through a proxy from many addresses."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from multidict import CIMultiDictProxy

    from benchmarks.civility.walls import Wall

# The wall answers within 5 seconds.
PATIENCE = aiohttp.ClientTimeout(total=30)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    text: str


class Clients:
    """All clients of one wall."""

    def __init__(self, wall: Wall, session: aiohttp.ClientSession) -> None:
        self._wall = wall
        self._session = session

    async def get(self, address: str, path: str, **headers: str) -> Answer:
        return await self._ask("GET", address, path, headers)

    async def post(
        self, address: str, path: str, *, json: object = None, form: object = None, **headers: str
    ) -> Answer:
        """Post JSON or a form. The answer may be a redirect, which is not followed."""
        return await self._ask("POST", address, path, headers, json, form)

    async def _ask(  # noqa: PLR0913, PLR0917 -- what a request consists of
        self,
        method: str,
        address: str,
        path: str,
        headers: Mapping[str, str],
        json: object = None,
        form: object = None,
    ) -> Answer:
        async with self._session.request(
            method,
            f"{self._wall.url}{path}",
            headers={**headers, "X-Forwarded-For": address},
            json=json,
            data=form,
            allow_redirects=False,
        ) as response:
            return Answer(response.status, response.headers, await response.text())


@asynccontextmanager
async def clients(
    wall: Wall, jar: aiohttp.abc.AbstractCookieJar | None = None
) -> AsyncGenerator[Clients]:
    """Clients without cookies, or with one jar for all of their requests."""
    connector = aiohttp.TCPConnector(limit=0)
    # An empty jar is falsy.
    jar = aiohttp.DummyCookieJar() if jar is None else jar
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=jar, timeout=PATIENCE
    ) as session:
        yield Clients(wall, session)
