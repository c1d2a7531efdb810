from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from stena.message import Message, State

ChangeKind = Literal["created", "edited", "reacted", "deleted", "removed"]


class Change(NamedTuple):
    """Something that happened to a message.

    Attributes:
        number: its place in the total order of all changes, which is the order of commits.
        message: the message after the change.
        state: the message's state after the change.
        created_at_change: the number of the change by which the message appeared, the last time;
            0 if it was never shown.
        edited_at_change: the number of the change that gave the message its present text.
        hidden_at_change: the number of the change by which the message disappeared, the last time;
            0 if it never did.
    """

    number: int
    message: Message
    state: State
    created_at_change: int
    edited_at_change: int
    hidden_at_change: int = 0

    def kind(self, after: int) -> ChangeKind | None:
        """The event for a reader that knows all changes up to `after`; None for no event.

        Only the last change of a message is sent, so it has to cover all that the reader missed.
        Readers learn nothing of a message that was never shown, and of one that they know to be
        gone.
        """
        if self.state != "visible":
            if not self.created_at_change or self.hidden_at_change <= after:
                return None
            return "deleted" if self.state == "deleted" else "removed"
        if self.created_at_change > after:
            return "created"
        return "edited" if self.edited_at_change > after else "reacted"

    def place(self, after: int) -> int:
        """The number under which the event is sent: as early as what it covers began.

        A reader that is cut off and resumes from this number then knows every older message.
        """
        places: dict[ChangeKind | None, int] = {
            "created": self.created_at_change,
            "edited": self.edited_at_change,
        }
        return places.get(self.kind(after), self.number)


class Posted(NamedTuple):
    """The result of posting a draft, or of an edit.

    Attributes:
        change: the change that created the message, now or when the draft was first sent; or that
            edited it.
        message: the message as its author sees it: with its text, also while it waits.
        linked: whether the draft's private link belongs to the message; False for a repeat,
            whose message has the link of the first draft.
        waits_for_link: whether it waits because of a link in it.
        is_new: whether this draft made the message; False for a repeat, and for an edit.
        why: the reason for which a new message waits, as it is stored; None if it is shown.
    """

    change: Change
    message: Message
    linked: bool = False
    waits_for_link: bool = False
    is_new: bool = False
    why: str | None = None

    @property
    def state(self) -> State:
        """The message's state, whether its place is shown or not."""
        return self.change.message.tombstone or self.change.state
