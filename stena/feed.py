from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stena.change import Change

    Follower = Callable[["Stretch"], None]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Changes one after the other, each message's last among them.

    Attributes:
        since: the number up to which everything was told before.
        changes: in order; none where something happened that nobody wanted to know, or too much.
    """

    since: int
    changes: Sequence[Change]


class Feed:
    """The changes that are committed, in order, told to whoever follows them in this process.

    It holds no change and waits for nobody: who needs what came before asks the database, and
    who is slow keeps up by itself or is dropped by its own keeper.

    Attributes:
        last: the number of the newest change that was told.
        begun: False until somebody knew where to start.
        wanted: whether somebody follows what happens, and not only that something does.
        heard: False while nobody can say whether another process has committed something.
    """

    def __init__(self) -> None:
        self.last = 0
        self.begun = False
        self.heard = False
        self.wanted = False
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Have it called with each stretch of changes."""
        self._followers.append(follower)

    def begin(self, last: int) -> None:
        """Start after the newest change that the database has; nothing older is told."""
        self.last = last
        self.begun = True

    def skip(self, number: int) -> None:
        """Pass over all up to `number`: nobody wants to know what happened, or it is too much."""
        if number > self.last:
            self._pass_on(number, [])

    def tell(self, changes: Sequence[Change]) -> None:
        """Tell what follows `last`; what was told before is passed over."""
        news = [change for change in changes if change.number > self.last]
        if news:
            self._pass_on(news[-1].number, news)

    def _pass_on(self, last: int, changes: Sequence[Change]) -> None:
        stretch = Stretch(self.last, changes)
        self.last = last
        for follower in self._followers:
            follower(stretch)
