"""The brake: when it holds newcomers back, and when it lets go; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Level = Literal[0, 1, 2]
LEVELS: tuple[Level, ...] = get_args(Level)
# Why it holds: `flood`, too many newcomers; `copies`, near copies of one text; `paid`, too many
# newcomers who paid, or too much of what they paid for was bad; `set`, an owner has set it.
Reason = Literal["flood", "copies", "paid", "set"]

# So many newcomers a minute are a flood on any wall, and so many times the usual number.
FEWEST, TIMES = 30, 3
# A flood is five times as many at least. With 5.5 newcomers a second, their number in a minute
# would be over the limit after 5.5 seconds; in 5 seconds it is over this share of it after two.
# If newcomers come at random just at the limit, 2.5 in 5 seconds, 13 do once in a million times.
SHORT_SECONDS, SHORT_SHARE = 5, 0.4
# So many times the limit of newcomers who paid are a flood by somebody who can pay.
TIMES_PAID = 10
# How long it has been below half of what sets a level when the level ends.
LETS_GO: dict[Level, timedelta] = {1: timedelta(seconds=120), 2: timedelta(seconds=300)}
# How long an owner can set it.
LONGEST_MINUTES = 7 * 24 * 60
# How long it stays off once an owner has released it on the desk.
RELEASED_MINUTES = 60
# What costs nobody attention, and so can be paid without end.
AUTOMATIC_WAYS = {"work", "time"}


def level_of(number: int | None) -> Level | None:
    """A number from 0 to 2 as a level."""
    return next((level for level in LEVELS if level == number), None)


class Arrivals(NamedTuple):
    """What was counted lately.

    Attributes:
        minute: newcomers in the last minute: those who posted, or were asked to pay first.
        short: the same in the last SHORT_SECONDS.
        paid: newcomers in the last minute who paid.
        usual: newcomers in a usual minute.
        copies: whether near copies of one text have arrived since the last look.
        closed: the ways of paying of which too many messages were bad.
    """

    minute: int
    short: int
    paid: int
    usual: float
    copies: bool
    closed: Sequence[str]

    @property
    def limit(self) -> float:
        return max(FEWEST, TIMES * self.usual)

    def level(self, share: float = 1) -> tuple[Level, Reason | None]:
        """The level for which these are enough, or for a share of what is needed; and why."""
        limit = self.limit * share
        if self.paid > TIMES_PAID * limit or set(self.closed) >= AUTOMATIC_WAYS:
            return 2, "paid"
        if self.minute > limit or self.short > SHORT_SHARE * limit:
            return 1, "flood"
        if self.copies:
            return 1, "copies"
        return 0, None


@dataclass(frozen=True, slots=True)
class Brake:
    """The brake as it sets itself.

    Attributes:
        level: 1, newcomers pay; 2, what they post waits; 0, nothing holds.
        since: when it reached its level.
        reason: why, None at level 0.
        newcomers, usual: the numbers in a minute for which it reached its level.
        low_since: since when a lower level would do, None if it would not.
    """

    level: Level = 0
    since: datetime | None = None
    reason: Reason | None = None
    newcomers: int | None = None
    usual: int | None = None
    low_since: datetime | None = None

    def after(self, now: datetime, seen: Arrivals) -> Brake:
        """The brake after a look: it rises at once, and lets go a level at a time."""
        level, reason = seen.level()
        if level > self.level:
            return Brake(level, now, reason, max(seen.minute, seen.paid), round(seen.usual))
        if self.level == 0:
            return self
        if seen.level(share=0.5)[0] >= self.level:
            return replace(self, low_since=None)
        # A time to come is from before the database's clock was set back.
        low_since = min(self.low_since or now, now)
        if now - low_since < LETS_GO[self.level]:
            return replace(self, low_since=low_since)
        if level == 0:
            return Brake()
        return Brake(level, now, reason, seen.minute, round(seen.usual))


class InForce(NamedTuple):
    """The brake that holds now, as the team is shown it.

    Attributes:
        level, since, reason, newcomers, usual: as of Brake.
        until: when it ends if an owner has set it; None if it sets itself.
        closed: the ways of paying that let a message wait.
    """

    level: Level
    since: datetime | None
    reason: Reason | None
    newcomers: int | None
    usual: int | None
    until: datetime | None
    closed: Sequence[str]
