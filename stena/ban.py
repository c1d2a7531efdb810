from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

# What is banned: a `browser`; the newcomers at an `address`, or in a `network`. An address is one
# of IPv4 or the first 64 bits of one of IPv6, a network all that have 24 or 48 bits in common.
BanTarget = Literal["browser", "address", "network"]
TARGETS: tuple[BanTarget, ...] = get_args(BanTarget)
# For how many days each can be banned.
DAYS = (1, 7, 30)
# For how many days moderators ban it at most. Others may share an address, and many a network.
MODERATORS_DAYS: dict[BanTarget, int] = {"browser": 7, "address": 1, "network": 0}


class Terms(NamedTuple):
    """What a ban does.

    Attributes:
        days: how long it holds.
        refuses: whether messages are refused; otherwise they wait.
        target: what is banned.
    """

    days: int
    refuses: bool = False
    target: BanTarget = "browser"

    @property
    def needs_owner(self) -> bool:
        return self.refuses or self.days > MODERATORS_DAYS[self.target]


@dataclass(frozen=True, slots=True)
class Ban:
    """A browser whose messages wait, or are refused; or the newcomers at an address or a network.

    Attributes:
        message: the id of the message because of which it was set.
        name: of the member who set it.
        text: the beginning of the text of that message; None if it is erased.
    """

    id: int
    target: BanTarget
    since: datetime
    until: datetime
    days: int
    refuses: bool
    message: int
    name: str | None
    text: str | None

    @property
    def needs_owner(self) -> bool:
        """Whether only an owner lifts it."""
        return Terms(self.days, self.refuses, self.target).needs_owner


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom the ban of an address or a network would affect.

    Attributes:
        messages: how many others wrote from there, without those of the browser itself.
        browsers: how many other browsers wrote them.
        known: how many of these are known, so that the ban does not hold for them.
        newest: the newest of these messages: their ids, and the beginning of their texts.
        is_own: whether the member who asks writes from there.
    """

    target: BanTarget
    messages: int
    browsers: int
    known: int
    newest: Sequence[tuple[int, str]]
    is_own: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom the bans of the address and of the network of a message would affect.

    Attributes:
        message: its id.
        since: the first day of the week whose messages are counted; the addresses of others
            cannot be compared with it.
        reaches: of its address, and of its network.
        is_everyone: whether all visitors seem to come from this address.
    """

    message: int
    since: date
    reaches: Sequence[Reach]
    is_everyone: bool


def needs_owner(row: Mapping[str, Any]) -> bool:
    """Whether only an owner sets or ends the ban of a logged row."""
    return Terms(row["days"], row["refuses"], row["kind"]).needs_owner
