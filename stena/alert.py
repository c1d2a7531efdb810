"""An alert: what the team is sent because something happened, and when; pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID
    from zoneinfo import ZoneInfo

# What happened: messages began to wait; messages were reported, or for a reason that is urgent; the
# brake rose.
Event = Literal["waits", "reported", "urgent", "brake"]
# What is sent: a digest of `waits` and `reported`; of `urgent`; an attack began; it is over. `test`
# is sent by a button.
Kind = Literal["messages", "urgent", "attack", "over", "test"]
Facts: TypeAlias = "Mapping[str, int | str | None]"

# How long the first event waits for others. A flood that raises the brake does so within it.
SETTLE = timedelta(seconds=5)
# How long after an alert the next one of its kind is sent at the earliest.
DIGEST, URGENT = timedelta(minutes=15), timedelta(minutes=5)
# While an attack goes on, how long digests wait: the alert that it is over has the numbers.
ATTACK = timedelta(hours=1)


class Quiet(NamedTuple):
    """The hours of the day in which nothing is sent but what is urgent.

    Attributes:
        start: when they begin; later than `end` for hours that go on after midnight.
        end: when they end.
        zone: the time zone of both.
    """

    start: time
    end: time
    zone: ZoneInfo

    def holds(self, now: datetime) -> bool:
        local = now.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


class Happened(NamedTuple):
    """The events of a kind that nothing was sent about.

    Attributes:
        times: how many.
        first: when the first one happened.
        facts: of the first one.
    """

    times: int
    first: datetime
    facts: Facts


class Situation(NamedTuple):
    """What the job that makes alerts finds.

    Attributes:
        now: the time of the database.
        level: of the brake.
        events: what happened, by its kind.
        made: when an alert of each kind was made the last time.
        attack: the facts of the attack of which the team knows, None if it knows of none.
    """

    now: datetime
    level: int
    events: Mapping[Event, Happened]
    made: Mapping[Kind, datetime]
    attack: Facts | None

    def due(self, quiet: Quiet | None) -> list[Kind]:
        """The alerts that are to be made now."""
        due: list[Kind] = []
        if "urgent" in self.events and self._is_past("urgent", URGENT):
            due.append("urgent")
        if quiet is None or not quiet.holds(self.now):
            due += self._ordinary()
        return due

    def _ordinary(self) -> list[Kind]:
        if self.attack is not None and not self.level:
            return ["over"]
        # One in waves is no more alerts than what goes on without it.
        if not self._is_past("over", DIGEST):
            return []
        if self.attack is None and "brake" in self.events:
            # It is over already if nothing could be sent meanwhile: then one alert says all.
            return ["attack" if self.level else "over"]
        found = [self.events[kind] for kind in DIGESTED if kind in self.events]
        if not found:
            return []
        if self.attack is not None and not self._is_past("attack", ATTACK):
            return []
        is_settled = self.now - min(one.first for one in found) >= SETTLE
        return ["messages"] if is_settled and self._is_past("messages", DIGEST) else []

    def _is_past(self, kind: Kind, pause: timedelta) -> bool:
        made = self.made.get(kind)
        # A time to come is from before the database's clock was set back.
        return made is None or not timedelta(0) <= self.now - made < pause


# What a digest is about.
DIGESTED: tuple[Event, ...] = ("waits", "reported")
# The events that each alert is about: they are forgotten with it.
ABOUT: dict[Kind, tuple[Event, ...]] = {
    "messages": DIGESTED,
    "urgent": ("urgent",),
    "attack": ("brake",),
    "over": ("brake", *DIGESTED),
}
# Of these an alert that could not be sent yet is replaced by the next one, which has its numbers.
MERGED: tuple[Kind, ...] = ("messages", "urgent")


class Delivery(NamedTuple):
    """An alert that one channel has to deliver.

    Attributes:
        id: the same each time when it is sent again.
        kind: what it is.
        made: when it was made.
        facts: the numbers in it.
    """

    id: UUID
    kind: Kind
    made: datetime
    facts: Facts


class Alert(NamedTuple):
    """An alert as it is sent, in the language of the wall.

    Attributes:
        id, kind, made, facts: as of Delivery.
        subject: one line.
        text: some lines, the last one with the link.
        url: of the page of the desk that it is about; empty if the wall does not know its address.
    """

    id: UUID
    kind: Kind
    made: datetime
    subject: str
    text: str
    url: str
    facts: Facts


# Why an alert was not delivered: the peer cannot be reached; does not answer in time; has no valid
# certificate; or no TLS; refuses the password or the token; refuses the alert, or the recipient;
# does not know the address; asks for a pause; answers what nobody understands; leads elsewhere; has
# an address that is not public; `blocked`, the recipient does not want it; `failed`, our mistake.
Reason = Literal[
    "unreachable",
    "timeout",
    "certificate",
    "no_tls",
    "sign_in",
    "refused",
    "recipient",
    "not_found",
    "too_many",
    "server",
    "garbage",
    "redirect",
    "not_public",
    "blocked",
    "failed",
]


class Undelivered(Exception):  # noqa: N818 -- it reads as what happened
    """An alert was not delivered.

    Attributes:
        reason: why.
        status: the number that the peer answered, None without one.
        pause: for how many seconds the peer asks to wait.
        detail: for the log; without secrets.
    """

    def __init__(
        self, reason: Reason, status: int | None = None, *, pause: float = 0, detail: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.pause = pause
        self.detail = detail


class Channel(Protocol):
    """A way to the team."""

    @property
    def name(self) -> str:
        """One of its kind."""

    async def send(self, alert: Alert) -> None:
        """Return once the peer has taken the alert.

        Raises:
            Undelivered: it has not, or nobody knows.
        """


class ChannelState(NamedTuple):
    """How a channel does, as the team is shown it.

    Attributes:
        name: of the channel.
        delivered: when an alert was delivered the last time, None if none was.
        failed: when an attempt failed the last time.
        reason: why the last attempt failed; None if it did not.
        status: the number that the peer answered then.
        is_failing: whether attempts have failed for a day.
        pending: how many alerts it has not delivered.
    """

    name: str
    delivered: datetime | None
    failed: datetime | None
    reason: Reason | None
    status: int | None
    is_failing: bool
    pending: int
