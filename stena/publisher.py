"""Publishes committed changes in this process: its own, and those of other processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from stena.deadline import held
from stena.refusal import Refusal
from stena.store import history
from stena.store import message as messages
from stena.store.history import Witness

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from stena.broadcaster import Broadcaster
    from stena.change import Change
    from stena.store.announcements import Announced, Announcement
    from stena.store.database import Connection, Database

log = structlog.get_logger(__name__)

# The most changes in one batch: about a second's worth of a wall under full load.
MOST_AT_ONCE = 5000
MOST_BYTES_AT_ONCE = 4 * 1024 * 1024
RETRY_SECONDS = 1.0


class Publisher:
    """Keeps the broadcaster of this process up to date with the database."""

    def __init__(self, database: Database, broadcaster: Broadcaster) -> None:
        self._database = database
        self._broadcaster = broadcaster
        self._reading = asyncio.Lock()
        # The number of the newest read that has begun, and of the newest that has succeeded.
        self._begun = self._done = 0
        # A message as new as what was published last.
        self._witness: Witness | None = None

    def publish(self, made: Sequence[Change]) -> bool:
        """Publish this process's changes. Return False if a gap must first be read.

        Numbers are assigned in the order of commits, so changes whose numbers continue from the
        last published one leave out nothing that another process committed.
        """
        try:
            return self._publish(made)
        except Exception:
            # The changes are committed, so the posts have succeeded.
            log.exception("publishing_failed")
            return True

    async def committed(self, made: Sequence[Change]) -> None:
        """Publish this process's changes, after reading the gap before them if there is one."""
        if self.publish(made):
            return
        try:
            await self.catch_up()
        except Refusal:
            pass  # the next announcement publishes them
        except Exception:
            log.exception("publishing_failed")

    def _publish(self, made: Sequence[Change]) -> bool:
        if not made:
            return True
        first, last = made[0].number, made[-1].number
        if not self._broadcaster.started:
            self._broadcaster.start(first - 1)
        elif not self._broadcaster.is_current or last <= self._broadcaster.last:
            # Another database may have taken the place of the one that LISTEN was lost with, and
            # one that went back assigns numbers again.
            return False
        if [change.number for change in made] == list(range(self._broadcaster.last + 1, last + 1)):
            self._pass_on(made, last)
        elif not self._broadcaster.has_readers:
            self._broadcaster.skip(last)
        else:
            return False
        return True

    def _pass_on(self, changes: Sequence[Change], last: int) -> None:
        self._broadcaster.publish(changes, last)
        for change in reversed(changes):
            if change.created_at_change == change.number:
                self._witness = Witness(change.message.id, change.message.created)
                break

    async def catch_up(self, number: int | None = None) -> None:
        """Publish all committed changes, and begin anew if the database went back.

        Return at once if `number` is published already.

        Raises:
            Refusal: unavailable.
        """
        asked = self._begun
        async with held(self._reading):
            # A read that began after this call has found whatever was committed before it.
            if self._done > asked or (number is not None and number <= self._broadcaster.last):
                return
            self._begun += 1
            async with self._database.connection() as connection:
                await self._read(connection)
            self._done = self._begun

    async def _read(self, connection: Connection) -> None:
        known = self._broadcaster.last
        position = await history.position(connection, self._witness)
        # A post of this process may have started it meanwhile.
        if not self._broadcaster.started:
            self._broadcaster.start(position.last)
        elif position.last < known or not position.holds:
            log.warning("database_went_back", known=known, now=position.last)
            self._witness = None
            self._broadcaster.begin_anew(position.last)
        elif position.last > self._broadcaster.last:
            await self._publish_missed(connection)
        self._witness = max(filter(None, (self._witness, position.newest)), default=None)

    async def follow(
        self, announced: AsyncGenerator[Announcement], settle: Callable[[], Awaitable[None]]
    ) -> None:
        """Publish what other processes commit, until cancelled.

        `settle` is awaited before each read: changes that this process is writing publish
        themselves.
        """
        try:
            async for announcement in announced:
                if announcement == "lost":
                    self._broadcaster.is_current = False
                    continue
                await settle()
                changes = None if announcement == "look" else announcement
                # The database layer logs a failure; the next announcement may be long in coming,
                # so this one is tried again.
                while not await self._caught_up(changes):  # noqa: ASYNC110 -- a database sets no event
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._broadcaster.is_current = False

    async def _caught_up(self, announced: Announced | None) -> bool:
        try:
            if announced is None:
                await self.catch_up()
            else:
                await self._keep_up(announced)
        except Refusal:
            self._broadcaster.is_current = False
        else:
            self._broadcaster.is_current = True
        return self._broadcaster.is_current

    async def _keep_up(self, announced: Announced) -> None:
        """Publish what was announced; without readers, skip to it and save the read.

        Anyone with a connection to the database can announce a number that no change has, so one
        that is far ahead is looked up.
        """
        number, known = announced.last, self._broadcaster.last
        near = self._broadcaster.started and number - known <= MOST_AT_ONCE
        if near and announced.hidden_from is not None and announced.hidden_from <= known + 1:
            self._broadcaster.publish([], number)
        elif near and not self._broadcaster.has_readers:
            self._broadcaster.skip(number)
        else:
            await self.catch_up(number)

    async def _publish_missed(self, connection: Connection) -> None:
        """Publish what was committed since, read in one statement.

        Read in parts, a message that changes in between would be in none of them, or in two.
        """
        missed = await messages.changes(
            connection, self._broadcaster.last, MOST_AT_ONCE, MOST_BYTES_AT_ONCE
        )
        if missed is None:
            self._broadcaster.skip(await messages.last_change(connection))
        else:
            self._pass_on(missed.changes, missed.last)
