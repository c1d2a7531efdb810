from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from stena import ban
from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import time

# Who may post: `open`, everyone; `first`, everyone, but a browser's messages wait until one of them
# was approved; `all`, everyone, and each message waits; `closed`, nobody.
Mode = Literal["open", "first", "all", "closed"]
MODES: tuple[Mode, ...] = get_args(Mode)
# The addresses that a newcomer writes, a browser that is not known: `show`, they are links;
# `plain`, they are text; `wait`, they are text, and the message waits.
Links = Literal["show", "plain", "wait"]
LINKS: tuple[Links, ...] = get_args(Links)
# A part of the policy, which is all that the team sets beside its decisions about messages. In the
# log a change of it has the name of the part as its action.
Part = Literal["rule", "pin", "lock", "notice", "ban", "word", "brake"]
PARTS: tuple[Part, ...] = get_args(Part)
# Moderators may change all parts but these, and of the bans not all: `needs_owner`.
OWNERS_ONLY: set[Part] = {"rule", "word", "brake"}
# Those that are about a message, whose id is their subject.
ABOUT_MESSAGES: set[Part] = {"pin", "lock"}
# How many messages of one wall can be pinned.
MOST_PINNED = 3
# Characters in a notice.
NOTICE_LIMIT = 300
# The greatest weight of reports from which messages can be set to wait, and that of a wall for
# which none was set.
MOST_REPORTS, REPORTS = 100, 3
# Longer than an hour nobody keeps a text to send it again.
MOST_SLOW_SECONDS = 3600
MOST_CLOSE_DAYS = 3650
LONGEST_TIME_ZONE = 60


class Hours(NamedTuple):
    """The times of the day between which the mode of a wall holds, in its time zone.

    Attributes:
        start: when it begins; later than `end` for hours that go on after midnight, equal to it
            for the whole day.
        end: when it ends.
        outside: the mode for the rest of the day.
    """

    start: time
    end: time
    outside: Mode

    @property
    def all_day(self) -> bool:
        return self.start == self.end


class Rule(NamedTuple):
    """What holds for a wall; the thread of the main wall is empty.

    What is None holds as on the main wall; on the main wall, as it does without a rule.

    Attributes:
        mode: whose messages are taken, and whose wait.
        hours: when the mode holds; all the time without a rule.
        time_zone: of the hours, an IANA name; UTC without a rule.
        slow_seconds: how long a browser pauses between two posts (slow mode); 0 without a rule.
        close_days: how old a conversation is when it takes no more replies; 0 for never, as
            without a rule.
        links: what becomes of the links of newcomers; `plain` without a rule.
        reports: the weight of reports from which a message waits, 0 for never; REPORTS without a
            rule.
    """

    thread: str
    mode: Mode = "open"
    hours: Hours | None = None
    time_zone: str | None = None
    slow_seconds: int | None = None
    close_days: int | None = None
    links: Links | None = None
    reports: int | None = None


def zone_name(name: str) -> str:
    """The IANA name of a time zone.

    Raises:
        Refusal: bad_time_zone.
    """
    try:
        if len(name) <= LONGEST_TIME_ZONE:
            return ZoneInfo(name).key
    except (LookupError, ValueError, OSError):
        pass
    raise Refusal("bad_time_zone", "time_zone")


def needs_owner(part: str, *rows: Mapping[str, Any] | None) -> bool:
    """Whether only an owner may make a change of the policy, or undo it.

    Args:
        part: what is changed.
        rows: the row before the change and the one after it; None where there is none.
    """
    if part == "ban":
        return any(row is not None and ban.needs_owner(row) for row in rows)
    return part in OWNERS_ONLY
