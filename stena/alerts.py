from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from contextvars import Context
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import structlog

from stena.alert import ABOUT, Delivery, Undelivered
from stena.refusal import Refusal
from stena.store import alert, decision, desk, lease
from stena.store import report as reports
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stena.alert import Alert, Channel, ChannelState, Kind, Quiet, Situation
    from stena.decision import Held
    from stena.report import Reported
    from stena.store.database import Database

    Compose = Callable[[Delivery, "Now"], Alert]

log = structlog.get_logger(__name__)

# The name of the lease.
LEASE = "alerts"
# The pause between two looks. Shorter than a lease lasts.
LOOK_SECONDS = 2.0
# The pause after a look that failed.
FAILED_SECONDS = 10.0
# How long an attempt lasts at most. Shorter than alert.CLAIM_SECONDS.
SEND_SECONDS = 30.0
# How long a test lasts at most, as somebody waits for its result.
TEST_SECONDS = 10.0
# How many messages of a kind an alert shows.
SHOWN = 3


class Now(NamedTuple):
    """What the desk shows at the time when an alert is sent.

    Attributes:
        waiting: how many messages wait.
        waits: the newest of them.
        reported: the newest messages with open reports.
    """

    waiting: int
    waits: Sequence[Held]
    reported: Sequence[Reported]


class Alerts:
    """Makes alerts of what happened, and delivers each to every channel.

    One process of all does it, the one that holds the lease. It holds no connection to the
    database while it sends, so a slow channel delays neither a post nor another channel.
    """

    def __init__(
        self,
        database: Database,
        channels: Sequence[Channel],
        compose: Compose,
        quiet: Quiet | None = None,
    ) -> None:
        """Create the job.

        Args:
            database: where the alerts are.
            channels: to which they are delivered.
            compose: puts an alert into words.
            quiet: the hours in which nothing is sent but what is urgent.
        """
        self._database = database
        self._channels = {channel.name: channel for channel in channels}
        self._compose = compose
        self._quiet = quiet
        self._holder = secrets.token_bytes(16)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._tests = {name: asyncio.Lock() for name in self._channels}

    async def run(self) -> None:
        """Make and deliver alerts, until cancelled."""
        is_set_up = False
        try:
            while True:
                pause = LOOK_SECONDS
                try:
                    if not is_set_up:
                        await self._set_up()
                        is_set_up = True
                    if self._channels and await self._step():
                        self._deliver()
                except Refusal:
                    pass  # the database layer logs it, and the next look may succeed
                except Exception:
                    # The wall serves without it, so this is no reason to give the process up.
                    log.exception("alerts_failed")
                    pause = FAILED_SECONDS
                await asyncio.sleep(pause)
        finally:
            for task in self._sending.values():
                task.cancel()
            if self._sending:
                await asyncio.wait(self._sending.values())

    @again_if_outdated
    async def _set_up(self) -> None:
        async with self._database.connection() as connection:
            await alert.set_up(connection, list(self._channels))

    @again_if_outdated
    async def _step(self) -> bool:
        """Make the alerts that are due. Returns whether this process is the one that delivers."""
        async with self._database.connection() as connection:
            if not await alert.is_pending(connection):
                return False
            async with connection.transaction():
                if not await lease.take(connection, LEASE, self._holder):
                    return False
                found = await alert.situation(connection)
                for kind in found.due(self._quiet):
                    await alert.make(connection, kind, _facts(kind, found))
                if found.attack is not None and found.level:
                    # The attack of which the team knows goes on.
                    await alert.forget(connection, "brake")
            return True

    def _deliver(self) -> None:
        for name in self._channels:
            task = self._sending.get(name)
            if task is None or task.done():
                self._sending[name] = asyncio.create_task(self._deliver_to(name))

    async def _deliver_to(self, name: str) -> None:
        try:
            while delivery := await self._claim(name):
                await self._send(name, delivery)
        except Refusal:
            pass  # as in run
        except Exception:
            log.exception("alerts_failed", channel=name)

    @again_if_outdated
    async def _claim(self, name: str) -> Delivery | None:
        async with self._database.connection() as connection:
            return await alert.claim(connection, name)

    @again_if_outdated
    async def _now(self) -> Now:
        # Read when the alert is sent: what was removed since it was made is not in it.
        async with self._database.connection() as connection:
            return Now(
                await desk.waiting(connection),
                await decision.held(connection, "waiting", None, SHOWN),
                await reports.reported(connection, None, SHOWN),
            )

    async def _send(self, name: str, delivery: Delivery) -> None:
        now = await self._now()
        if delivery.kind in {"messages", "urgent"} and not now.waiting and not now.reported:
            # The team has decided about all of it.
            async with self._database.connection() as connection:
                await alert.drop(connection, delivery.id)
            return
        failure = await self._attempt(name, self._compose(delivery, now), SEND_SECONDS)
        async with self._database.connection() as connection:
            if failure is None:
                await alert.delivered(connection, name, delivery.id)
            else:
                await alert.failed(connection, name, delivery.id, failure)

    async def _attempt(self, name: str, sent: Alert, seconds: float) -> Undelivered | None:
        """Send an alert. Returns why it was not delivered, if it was not."""
        try:
            async with asyncio.timeout(seconds):
                await self._channels[name].send(sent)
        except Undelivered as error:
            failure = error
        except TimeoutError:
            failure = Undelivered("timeout")
        except Exception:
            log.exception("alerts_failed", channel=name)
            failure = Undelivered("failed")
        else:
            log.info("alert_sent", channel=name, kind=sent.kind, id=str(sent.id))
            return None
        log.warning(
            "alert_not_sent",
            channel=name,
            kind=sent.kind,
            reason=failure.reason,
            status=failure.status,
            detail=failure.detail,
        )
        return failure

    async def test(self, name: str) -> Undelivered | None:
        """Send a test through a channel, now. Returns why it was not delivered, if it was not.

        Raises:
            Refusal: not_found if there is no such channel; busy while another test is sent.
        """
        if name not in self._channels:
            raise Refusal("not_found")
        if self._tests[name].locked():
            raise Refusal("busy")
        # The peer may take longer than the request may wait for the database.
        return await asyncio.create_task(self._test(name), context=Context())

    async def _test(self, name: str) -> Undelivered | None:
        async with self._tests[name]:
            delivery = Delivery(uuid4(), "test", datetime.now(UTC), {})
            sent = self._compose(delivery, Now(0, (), ()))
            failure = await self._attempt(name, sent, TEST_SECONDS)
        # The result counts; where it is not noted, the database layer logs that.
        with suppress(Refusal):
            async with self._database.connection() as connection:
                if failure is None:
                    await alert.delivered(connection, name, None)
                else:
                    await alert.note_failure(connection, name, failure)
        return failure

    async def is_failing(self) -> bool:
        """Whether a channel has failed for a day."""
        return bool(self._channels) and any(one.is_failing for one in await self.channels())

    async def channels(self) -> list[ChannelState]:
        """The channels that are set up."""
        async with self._database.connection() as connection:
            return await alert.channels(connection)


def _facts(kind: Kind, found: Situation) -> Mapping[str, int | str | None]:
    """What an alert says beside its numbers."""
    if kind in {"attack", "over"}:
        if found.attack is not None:
            return found.attack
        risen = found.events["brake"]
        return {**risen.facts, "since": risen.first.isoformat()}
    first = min(found.events[one].first for one in ABOUT[kind] if one in found.events)
    return {"since": first.isoformat()}
