from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from stena.message import Message

Kind = Literal["created", "edited", "reacted", "hidden"]


class Change(NamedTuple):
    """Something that happened to a message.

    Attributes:
        number: its place in the one order of all changes, the order of their commits.
        message: as it is since.
        shown: False for a message that is not shown any more.
        appeared: the number of the change by which it came to the wall.
        worded: that of the change which gave it the words it has.
    """

    number: int
    message: Message
    shown: bool
    appeared: int
    worded: int

    def kind(self, after: int) -> Kind:
        """What happened for somebody who knows all changes up to `after`.

        Of what happened to one message since, only the last is told, so it has to say all.
        """
        if not self.shown:
            return "hidden"
        if self.appeared > after:
            return "created"
        return "edited" if self.worded > after else "reacted"

    def place(self, after: int) -> int:
        """Where they are told so: as early as it began, and not where it happened last.

        Whoever is cut off in between then knows of every message that is older than that.
        """
        places = {"created": self.appeared, "edited": self.worded}
        return places.get(self.kind(after), self.number)


class Posted(NamedTuple):
    """What became of a draft.

    Attributes:
        change: the one that made its message, now or when it was sent before.
        linked: whether the draft's private link is the message's; not where it was made before.
    """

    change: Change
    linked: bool
