from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from stena.message import Message, State

# `approve` shows messages that wait; `remove` shows messages no longer; `reject` does the same, and
# its author's browser is known no longer.
Action = Literal["approve", "remove", "reject"]
# Until when a decision can be undone with one tap; until its texts are erased, from the log.
UNDO_MINUTES, KEEP_DAYS = 10, 30


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
    """

    message: Message
    state: State
