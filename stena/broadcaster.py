from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stena.change import Change

    Subscriber = Callable[["Batch"], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive changes; of several changes of one message only the last.

    Attributes:
        since: the number of the newest change that was published before.
        last: the number of the newest change that it covers.
        changes: in order, without those of messages that were never shown.
        skipped: whether changes are left out that readers need.
        anew: whether the database went back: what was published after `since` is not in it.
    """

    since: int
    last: int
    changes: Sequence[Change] = ()
    skipped: bool = False
    anew: bool = False


class Broadcaster:
    """Passes committed changes, in order, to the subscribers in this process.

    Stateless fan-out: no history, no back-pressure. Subscribers that need history read the
    database.

    Attributes:
        last: the number of the newest change that was published.
        started: whether `last` is known; False until the first `start`.
        has_readers: whether a subscriber needs the changes themselves, and not only the fact
            that something changed.
        is_current: False while changes that other processes commit may go unnoticed.
    """

    def __init__(self) -> None:
        self.last = 0
        self.started = False
        self.has_readers = False
        self.is_current = False
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` with each batch from now on."""
        self._subscribers.append(subscriber)

    def start(self, last: int) -> None:
        """Start after change `last`, the newest in the database; older ones are not published."""
        self.last = last
        self.started = True

    def begin_anew(self, last: int) -> None:
        """Go on after change `last` of another history: the numbers after it are assigned again."""
        self._pass(Batch(last, last, anew=True))

    def skip(self, number: int) -> None:
        """Advance to `number` without publishing the changes themselves."""
        if number > self.last:
            self._pass(Batch(self.last, number, skipped=True))

    def publish(self, changes: Sequence[Change], last: int) -> None:
        """Publish the changes after `self.last`, up to `last`; older ones were published before.

        Args:
            changes: in order; those of messages that were never shown may be left out.
            last: the number of the newest change that is published by that.
        """
        if last > self.last:
            # A decision may change the place of a message twice, with its last reply and by itself.
            newest = {change.message.id: change.number for change in changes}
            news = [
                change
                for change in changes
                if change.number == newest[change.message.id] and change.kind(self.last)
            ]
            self._pass(Batch(self.last, last, news))

    def _pass(self, batch: Batch) -> None:
        for subscriber in self._subscribers:
            subscriber(batch)
        # Last: if a subscriber raised, the batch is published once more.
        self.last = batch.last
