"""The judge knows the truth about each message, and counts what was visible."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.civility.clients import Clients
    from benchmarks.civility.plan import Kind
    from benchmarks.civility.senders import Delivery

# From which the judge looks.
ADDRESS = "198.19.0.1"
FOUND = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees of a message.

    Attributes:
        visible: whether its text is shown.
        linked: whether the link in it can be pressed.
    """

    visible: bool = False
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """The messages of one kind.

    Attributes:
        sent: how many were posted, whatever became of them.
        at_once: that were shown with the answer.
        visible: that were visible some seconds after they were posted.
        linked: whose link could be pressed then.
        waited: that had to wait for the owner.
        refused: that were refused for good.
        asked: for which a payment was asked.
        paid: for which it was made.
        left: that were visible in the end, before the owner tidied up.
    """

    sent: int
    at_once: int
    visible: int
    linked: int
    waited: int
    refused: int
    asked: int
    paid: int
    left: int


class Judge:
    """Judges one wall."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self.deliveries: list[Delivery] = []
        self._truth: dict[int, Delivery] = {}
        self._seen: dict[int, Seen] = {}
        self._left: dict[int, Seen] = {}

    def note(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if delivery.id is not None:
            self._truth[delivery.id] = delivery

    def is_spam(self, message: int) -> bool:
        """Whether it is spam. Messages that nobody of the plan has posted are not."""
        return message in self._truth and self._truth[message].post.is_spam

    def age(self, message: int, now: float) -> float:
        return now - self._truth[message].at

    def spam_share(self, page: Iterable[int]) -> float:
        """The share of a page that is spam; 0 of an empty page."""
        judged = [self.is_spam(message) for message in page]
        return sum(judged) / len(judged) if judged else 0

    async def look(self, delivery: Delivery) -> None:
        """See whether a message is visible, some seconds after it was posted."""
        if delivery.id is not None:
            self._seen[delivery.id] = await self._look(delivery)

    async def look_in_the_end(self) -> None:
        for delivery in self.deliveries:
            if delivery.id is not None:
                self._left[delivery.id] = await self._look(delivery)

    def visible(self, kind: Kind, after: float = 0) -> tuple[int, int]:
        """How many messages of a kind were visible, and of how many.

        Args:
            kind: which ones.
            after: those that were posted at least so many seconds after the first.
        """
        found = [one for one in self.deliveries if one.post.kind == kind]
        begin = min((one.at for one in found), default=0)
        late = [one for one in found if one.at >= begin + after]
        return sum(_of(self._seen, one).visible for one in late), len(late)

    def count(self, wanted: Callable[[Delivery], bool]) -> Count:
        found = [one for one in self.deliveries if wanted(one)]
        seen = [_of(self._seen, one) for one in found]
        return Count(
            sent=len(found),
            at_once=sum(one.end == "shown" for one in found),
            visible=sum(one.visible for one in seen),
            linked=sum(one.linked for one in seen),
            waited=sum(one.end == "waiting" for one in found),
            refused=sum(one.end == "refused" for one in found),
            asked=sum(one.asked for one in found),
            paid=sum(one.asked and one.end in {"shown", "waiting"} for one in found),
            left=sum(_of(self._left, one).visible for one in found),
        )

    async def _look(self, delivery: Delivery) -> Seen:
        answer = await self._clients.get(ADDRESS, f"/api/messages.get?id={delivery.id}")
        if answer.status != FOUND:
            return Seen()
        message = json.loads(answer.text)["message"]
        if message["removed"] or message["deleted"]:
            return Seen()
        return Seen(visible=True, linked=await self._is_linked(delivery))

    async def _is_linked(self, delivery: Delivery) -> bool:
        link = delivery.post.link
        if link is None:
            return False
        page = await self._clients.get(ADDRESS, f"/m/{delivery.id}")
        return f'href="{html.escape(link)}"' in page.text


def _of(seen: dict[int, Seen], delivery: Delivery) -> Seen:
    return seen.get(delivery.id, Seen()) if delivery.id is not None else Seen()
