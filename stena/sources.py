from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from stena.deadline import held
from stena.refusal import Refusal
from stena.source import Source, SourceKey
from stena.store import source
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.store.database import Database

# How often the keys are read, and old digests looked for. While there are many of these, that takes
# a share of the time.
LOOK_SECONDS = 3600
SHARE = 1 / 20
# Keys that are older were not read when they should have been.
LONGEST_SECONDS = 2 * LOOK_SECONDS
# The digests of so many addresses are kept, since a busy one posts again and again: making them
# would take a tenth of a post.
MOST_MADE = 1000


class _Known(NamedTuple):
    """What the process knows.

    Attributes:
        keys: the newest first.
        until: the monotonic time until which there is no newer one.
        made: the digests of some addresses with these keys. The addresses themselves are not kept,
            but Python's keyed hashes of them (SipHash).
    """

    keys: Sequence[SourceKey]
    until: float
    made: dict[int, Source]


class Sources:
    """Makes digests of addresses with the keys of the last weeks, as this process knows them."""

    def __init__(self, database: Database, secret: str) -> None:
        """Know no key yet.

        Args:
            database: that has the keys.
            secret: the owner's, the same on all machines; empty for none.
        """
        self._database = database
        self._secret = secret
        self._known = _Known((), 0, {})
        self._reading = asyncio.Lock()

    async def of(self, address: str, network: str) -> Source:
        """The digests of an address and of its network, which follows from it.

        Raises:
            Refusal: unavailable. The keys are read once an hour, not for each request.
        """
        if time.monotonic() >= self._known.until:
            async with held(self._reading):
                if time.monotonic() >= self._known.until:
                    await self._read()
        known, place = self._known, hash(address)
        source = known.made.get(place)
        if source is None:
            if len(known.made) >= MOST_MADE:
                known.made.clear()
            source = known.made[place] = Source.of(known.keys, address, network)
        return source

    async def run(self) -> None:
        """Read the keys, and forget old ones with their digests, until cancelled."""
        while True:
            pause = float(LOOK_SECONDS)
            # The database layer logs a failure, and the next try may succeed.
            with suppress(Refusal):
                start = time.monotonic()
                if await self._forget():
                    pause = (time.monotonic() - start) / SHARE
                await self._read()
            await asyncio.sleep(pause)

    @again_if_outdated
    async def _read(self) -> None:
        start = time.monotonic()
        async with self._database.connection() as connection:
            stored, seconds = await source.keys(connection)
        keys = [SourceKey.of(week, key, self._secret) for week, key in stored]
        self._known = _Known(keys, start + min(seconds, LONGEST_SECONDS), {})

    @again_if_outdated
    async def _forget(self) -> bool:
        async with self._database.connection() as connection:
            return await source.forget(connection)
