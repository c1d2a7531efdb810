from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from stena.refusal import Refusal
from stena.rule import needs_owner
from stena.text import lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from stena.message import Message, State
    from stena.report import Reported
    from stena.rule import Part

# `approve` shows messages that wait; `remove` shows messages no longer; `reject` does the same, and
# its author's browser is known no longer; `restore` shows messages that were removed. `keep` says
# that reported messages may stay, and shows those that wait. `report` lets a message wait, for what
# visitors report of it; `sweep` does so for what the brake finds.
# `erase` erased everything of a browser, and is about no message that there still is.
Action = Literal["approve", "remove", "reject", "restore", "keep", "report", "sweep", "erase"]
# What the messages of a card have in common: one browser, near copies of one text, why the brake
# lets them wait, or the banned address or network from which they came.
Kind = Literal["browser", "wave", "brake", "gibberish", "address", "network"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# Why messages wait that the wall itself takes for spam, although it may be wrong.
SUSPECT = {"wave", "brake", "gibberish"}
# Until when a decision can be undone with one tap; until its texts are erased, from the log.
UNDO_MINUTES, KEEP_DAYS = 10, 30
# How many messages one decision may be about: a commit of so many takes about a second.
MOST_AT_ONCE = 2000
# What a group of the desk counts beyond those that its page reads.
MOST_FURTHER = 20_000
# How much the log keeps of the ground of a legal removal, and of who asked for it, in characters.
GROUND_LIMIT, ASKER_LIMIT = 500, 200
# Further than that nobody needs to know exactly how many wait.
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Decision:
    """What a member of the team decided about messages, or changed in the policy.

    Attributes:
        member: the id of the member, None for the program itself.
        messages: the ids of those that were changed, in order.
        before: the state of each before.
        undone: when it was undone, None if it was not.
        subject: which part of the policy was changed, None for messages. Of a rule or a notice, the
            thread; of a pin or a lock, the id of the message.
        first: the decision of which this one is a later part, None if it stands alone.
        ground: of a removal for legal reasons, as the member wrote it; None for any other.
        asked_by: who asked for it.
    """

    id: int
    made: datetime
    member: int | None
    action: Action | Part
    messages: Sequence[int]
    before: Sequence[State]
    undone: datetime | None
    subject: str | None
    first: int | None = None
    ground: str | None = None
    asked_by: str | None = None


class Law(NamedTuple):
    """Why messages are removed for legal reasons; the log keeps it."""

    ground: str
    asked_by: str

    @classmethod
    def of(cls, ground: str, asked_by: str) -> Law:
        """Normalise and validate what a member wrote.

        Raises:
            Refusal: ground_empty or ground_too_long, for either field.
        """
        return cls(
            _words("ground", ground, GROUND_LIMIT), _words("asked_by", asked_by, ASKER_LIMIT)
        )


def _words(field: str, typed: str, limit: int) -> str:
    text = lines(typed)
    if not text:
        raise Refusal("ground_empty", field)
    if len(text) > limit:
        raise Refusal("ground_too_long", field, limit=limit, length=len(text))
    return text


@dataclass(frozen=True, slots=True)
class Held:
    """A message as the team sees it, in any state.

    Attributes:
        message: with its text, unless that is erased.
        why: the reason for which it waits or waited: the mode of its wall, `links` or
            `reports`; None if unknown.
        resembles_spam: whether its text resembles what the team removed as spam, while it waits.
    """

    message: Message
    state: State
    why: str | None = None
    resembles_spam: bool = False

    @property
    def is_suspect(self) -> bool:
        """Whether it waits because the wall takes it for spam, or resembles it."""
        return self.state == "waiting" and (self.why in SUSPECT or self.resembles_spam)


@dataclass(frozen=True, slots=True)
class Range:
    """The messages of one card from one id to another, both included.

    Attributes:
        oldest: the smallest id.
        newest: the largest id. Others are of the card if they have in common with it, or with the
            oldest if it is deleted, what the messages of a card have.
        seen: the number of the newest change that a page with them includes; None for no page.
    """

    oldest: int
    newest: int
    seen: int | None = None


class Seen(NamedTuple):
    """What a member saw of messages before deciding about them.

    Attributes:
        state: of all of them; None if they may have several.
        change: the number of the newest change that the member saw; None if it is unknown.
    """

    state: State | None = None
    change: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Messages in one state that belong together: a card of the desk.

    Attributes:
        kind: what they have in common.
        count: how many there are.
        shown: the newest few, newest first. A long text is cut where all are long together.
        reported: the open reports of the one message of a card, None where they are not asked for.
    """

    range: Range
    count: int
    shown: list[Held]
    reported: Reported | None = None
    kind: Kind = "browser"

    @property
    def is_suspect(self) -> bool:
        """Whether any of the messages that are shown is."""
        return any(held.is_suspect for held in self.shown)


@dataclass(frozen=True, slots=True)
class Groups:
    """A page of groups, the one with the newest message first.

    Attributes:
        next: the id to pass as `before` for the next page, None on the last page.
        waiting: how many messages of all walls wait, counted up to MOST_COUNTED.
        change: a number that is another one after each change of what the page shows.
        seen: the number of the newest change of a message that the page includes.
    """

    groups: list[Group]
    next: int | None
    waiting: int
    change: int
    seen: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision in the log.

    Attributes:
        subject: as in Decision.
        former: the row of the policy before the change, None if there was none.
        latter: the row after it.
        name: of the member, None for the program itself.
        count: how many messages it changed, with its later parts.
        conversation: the id of the message to which an answer to one of them would go.
        ground, asked_by: as in Decision.
        text: the beginning of the text of one of them; None if it is erased.
        undoable: whether it is undone neither yet nor too old for it.
        recent: whether it was made or undone within UNDO_MINUTES.
    """

    id: int
    made: datetime
    name: str | None
    action: Action | Part
    subject: str | None
    former: dict[str, Any] | None
    latter: dict[str, Any] | None
    count: int
    conversation: int | None
    text: str | None
    undone: datetime | None
    undoable: bool
    recent: bool
    ground: str | None
    asked_by: str | None

    @property
    def needs_owner(self) -> bool:
        """Whether only an owner may undo it."""
        return needs_owner(self.action, self.former, self.latter)


@dataclass(frozen=True, slots=True)
class Erasing:
    """How far the erasure of everything of a browser has come.

    Attributes:
        name: of the owner who asked for it, None for the author.
        erased: how many messages are erased.
        share: of the wall that has been looked through, 0 to 1.
    """

    name: str | None
    erased: int
    share: float
    is_done: bool
