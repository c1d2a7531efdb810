from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import structlog

from stena import long_texts
from stena.decision import MOST_AT_ONCE
from stena.figure import waited
from stena.gibberish import is_gibberish
from stena.refusal import Refusal
from stena.sketch import sketch
from stena.store import arrival, decision, desk_change, detected, figure, lease, outbox
from stena.store import brake as brakes
from stena.store import sketch as sketches
from stena.store import sweep as sweeps
from stena.store.order import announce, ordered
from stena.store.outdated import again_if_outdated
from stena.store.sketch import Sketched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.alert import Facts
    from stena.brake import Brake
    from stena.change import Change
    from stena.publisher import Publisher
    from stena.store.brake import BrakeState
    from stena.store.database import Connection, Database
    from stena.store.detected import Mark, Read
    from stena.store.order import Turns

log = structlog.get_logger(__name__)

# The name of the lease.
LEASE = "detection"
# The pause between two steps while messages are posted or the brake holds. While there are more
# messages than one step reads, a step takes this share of the time.
STEP_SECONDS, SHARE = 1.0, 1 / 4
# The pause after a step that failed.
FAILED_SECONDS = 10.0
# How often it looks although nothing was announced.
LOOK_SECONDS = 60.0
# How often old rows are looked for.
FORGET_SECONDS = 60.0


class Detection:
    """Detects floods of newcomers and near copies, and sets the brake.

    One process of all does it, the one that holds the lease; the others try to take it as long as
    there is something posted that it has not read. Where nothing is posted and nothing holds, no
    process asks the database for anything but every LOOK_SECONDS. Without it posting goes on, and a
    brake lets go.
    """

    def __init__(self, database: Database, publisher: Publisher, turns: Turns) -> None:
        self._database = database
        self._publisher = publisher
        self._turns = turns
        self._holder = secrets.token_bytes(16)
        self._news = asyncio.Event()
        self._asked = 0
        self._forgotten = -FORGET_SECONDS

    def wake(self, _: object = None) -> None:
        """Something was posted, in this process or another."""
        self._news.set()

    def count_asked(self) -> None:
        """A newcomer was asked to pay, and so no message was written."""
        self._asked += 1
        self.wake()

    async def run(self) -> None:
        """Step by step, until cancelled."""
        is_active = False
        while True:
            pause, start = STEP_SECONDS, time.monotonic()
            try:
                is_active, has_more = await self._step()
                if has_more:
                    pause = (time.monotonic() - start) / SHARE
            except Refusal:
                pass  # the database layer logs it, and the next step may succeed
            except Exception:
                # The wall serves without it, so this is no reason to give the process up.
                log.exception("detection_failed")
                pause = FAILED_SECONDS
            await asyncio.sleep(pause)
            if not is_active:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._news.wait()
            self._news.clear()

    async def _step(self) -> tuple[bool, bool]:
        """Read what was posted since the last step of any process, and act on it.

        Returns:
            Whether the next step has something to do in any case, and whether more is left to read.
        """
        found = await self._read()
        if found is None:
            # Its holder may have died before it read what was posted.
            return await self._is_behind(), False
        mark, read = found
        sketching = partial(_sketch_all, read, mark.key)
        sketched = await long_texts.result(sketching, (one.text for one in read))
        made, level = await self._act(mark, read, sketched)
        await self._publisher.committed(made)
        await self._forget()
        return bool(read or level), detected.is_full(read)

    @again_if_outdated
    async def _read(self) -> tuple[Mark, list[Read]] | None:
        """What has changed since the mark; None while another process holds the lease."""
        asked, self._asked = self._asked, 0
        try:
            async with self._database.connection() as connection, connection.transaction():
                if asked:
                    await arrival.add_asked(connection, asked)
                if not await lease.take(connection, LEASE, self._holder):
                    return None
                mark = await detected.mark(connection)
                return mark, await detected.read(connection, mark)
        except BaseException:
            self._asked += asked
            raise

    @again_if_outdated
    async def _is_behind(self) -> bool:
        async with self._database.connection() as connection:
            return await detected.is_behind(connection)

    @again_if_outdated
    async def _act(
        self, mark: Mark, read: Sequence[Read], sketched: Sequence[Sketched]
    ) -> tuple[list[Change], int]:
        """Keep what was found, set the brake, and let wait what has to; one transaction.

        Returns:
            The changes in order, and the level that the brake has set itself; none, and 0, if
            another process was faster.
        """
        async with self._turns.connection() as connection, connection.transaction():
            if not await lease.take(connection, LEASE, self._holder):
                return [], 0
            before = await brakes.state(connection)
            if read:
                if not await detected.move(connection, mark, read):
                    return [], 0
                await _keep(connection, mark, read, sketched, is_usual=before.level == 0)
            if not read and before.brake.level == 0:
                return [], 0
            return await _brake(connection, before)

    async def _forget(self) -> None:
        if time.monotonic() - self._forgotten < FORGET_SECONDS:
            return
        async with self._database.connection() as connection:
            has_more = await arrival.forget(connection)
            has_more = await sketches.forget(connection) or has_more
        if not has_more:
            self._forgotten = time.monotonic()


def _sketch_all(read: Sequence[Read], key: bytes) -> list[Sketched]:
    """Sketches of the messages of newcomers that have a text."""
    return [
        Sketched(one, sketch(one.text, key), is_gibberish(one.text)) for one in read if one.text
    ]


async def _keep(
    connection: Connection,
    mark: Mark,
    read: Sequence[Read],
    sketched: Sequence[Sketched],
    *,
    is_usual: bool,
) -> None:
    """Count newcomers, and keep sketches of their messages."""
    new = [one for one in read if one.is_newcomers and one.id > mark.message]
    came = [one.created for one in new if not one.is_paid]
    paid = [one.created for one in new if one.is_paid]
    await arrival.add(connection, came, paid, is_usual=is_usual)
    if deleted := [one.id for one in read if one.is_deleted]:
        await sketches.drop(connection, deleted)
    if sketched:
        await sketches.add(connection, sketched)
        await sketches.find_waves(connection, [one.read.id for one in sketched if one.hashes])


async def _brake(connection: Connection, before: BrakeState) -> tuple[list[Change], int]:
    """Set the brake, and let messages wait. Returns the changes in order, and its level."""
    level = before.level
    unwanted = await sweeps.unwanted(connection, level, before.since, MOST_AT_ONCE)
    is_released = before.set_level == 0
    seen = await arrival.lately(connection, copies=bool(unwanted) and not is_released)
    brake = before.brake.after(before.now, seen)
    now = before._replace(brake=brake)
    if not unwanted and now.level <= level and brake.level == before.brake.level:
        # Nothing that a post could be judged by changes, so the order lock is not needed.
        await sweeps.settle_waves(connection)
        await brakes.renew(connection, brake, seen.closed, before.sweep)
        return [], brake.level
    async with ordered(connection):
        if brake.level and not before.brake.level and not is_released:
            await outbox.write(connection, "brake", facts=_why(brake))
        made, sweep = await _sweep(connection, now)
        await sweeps.settle_waves(connection)
        await brakes.renew(connection, brake, seen.closed, sweep if now.level else None)
        await desk_change.note(connection)
        await announce(connection, made)
    return made, brake.level


def _why(brake: Brake) -> Facts:
    return {"reason": brake.reason, "newcomers": brake.newcomers, "usual": brake.usual}


async def _sweep(connection: Connection, now: BrakeState) -> tuple[list[Change], int | None]:
    """Let messages wait that may not stay at this level, as parts of one decision.

    Returns:
        The changes in order, and the decision. Once it is undone, nothing is swept until the brake
        has let go.
    """
    unwanted = await sweeps.unwanted(connection, now.level, now.since, MOST_AT_ONCE)
    # An owner who has released the brake is not contradicted.
    if not unwanted or now.set_level == 0:
        return [], now.sweep
    made, decided = await decision.make(connection, "sweep", list(unwanted), None, first=now.sweep)
    await sweeps.explain(connection, unwanted)
    if decided:
        await figure.add(connection, waited(unwanted[one] for one in decided.messages))
        await outbox.write(connection, "waits", times=len(decided.messages))
    return made, now.sweep or (decided.id if decided else None)
