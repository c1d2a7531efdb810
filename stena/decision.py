from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from stena.message import Message, State
    from stena.report import Reported

# `approve` shows messages that wait; `remove` shows messages no longer; `reject` does the same, and
# its author's browser is known no longer; `restore` shows messages that were removed. `keep` says
# that reported messages may stay, and shows those that wait. `report` lets a message wait, for what
# visitors report of it.
Action = Literal["approve", "remove", "reject", "restore", "keep", "report"]
# Until when a decision can be undone with one tap; until its texts are erased, from the log.
UNDO_MINUTES, KEEP_DAYS = 10, 30
# How many messages one decision may be about: a commit of so many takes about a second.
MOST_AT_ONCE = 2000
# Further than that nobody needs to know exactly how many wait.
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Decision:
    """What a member of the team decided about messages.

    Attributes:
        member: the id of the member, None for the program itself.
        messages: the ids of those that were changed, in order.
        before: the state of each before.
        undone: when it was undone, None if it was not.
    """

    id: int
    made: datetime
    member: int | None
    action: Action
    messages: Sequence[int]
    before: Sequence[State]
    undone: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A message as the team sees it, in any state.

    Attributes:
        message: with its text, unless that is erased.
        why: the reason for which it waits or waited: the mode of its wall, or `reports`; None if
            unknown.
    """

    message: Message
    state: State
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """The messages of one browser from one id to another, both included.

    Attributes:
        oldest: the smallest id.
        newest: the largest id; its author is the browser's.
    """

    oldest: int
    newest: int


@dataclass(frozen=True, slots=True)
class Group:
    """Messages of one browser in one state: a card of the desk.

    Attributes:
        count: how many there are.
        shown: the newest few, newest first. A long text is cut where all are long together.
        reported: the open reports of the one message of a card, None where they are not asked for.
    """

    range: Range
    count: int
    shown: list[Held]
    reported: Reported | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """A page of groups, the one with the newest message first.

    Attributes:
        next: the id to pass as `before` for the next page, None on the last page.
        waiting: how many messages of all walls wait, counted up to MOST_COUNTED.
        change: a number that is another one after each change of what the page shows.
    """

    groups: list[Group]
    next: int | None
    waiting: int
    change: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision in the log.

    Attributes:
        name: of the member, None for the program itself.
        count: how many messages it changed.
        text: the beginning of the text of one of them; None if it is erased.
        undoable: whether it is undone neither yet nor too old for it.
        recent: whether it was made or undone within UNDO_MINUTES.
    """

    id: int
    made: datetime
    name: str | None
    action: Action
    count: int
    text: str | None
    undone: datetime | None
    undoable: bool
    recent: bool
