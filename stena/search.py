from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from stena.refusal import Refusal
from stena.text import one_line
from stena.thread import slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.message import Message

QUERY_LIMIT = 200
# By relevance so many of the newest matches are ranked: to rank all would take longer the more
# there are.
MOST_RANKED = 500

Order = Literal["newest", "relevance"]
# Start and end, counted in characters.
Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of results ends.

    Attributes:
        id: the last message of the page.
        rank: the relevance of that message, if the order is by relevance.
        newest: the newest match at the time of the first page. Later ones are left out, since
            they would shift results from one page to the next.
    """

    id: int
    rank: int = 0
    newest: int = 0

    def __str__(self) -> str:
        return f"{self.newest}-{self.rank}-{self.id}" if self.newest else f"{self.id}"

    @classmethod
    def read(cls, given: str, order: Order) -> Cursor:
        """The inverse of `str`.

        Raises:
            Refusal: bad_place.
        """
        if not _CURSORS[order].fullmatch(given):
            raise Refusal("bad_place", "before")
        numbers = [int(digits) for digits in reversed(given.split("-"))]
        if max(numbers) > LAST_ID:
            raise Refusal("bad_place", "before")
        return cls(*numbers)


@dataclass(frozen=True, slots=True)
class Query:
    """A search, validated by `Query.of`.

    Attributes:
        thread: the wall to search; None for all walls, which only the team searches.
    """

    words: str
    order: Order = "newest"
    before: Cursor | None = None
    thread: str | None = ""

    @classmethod
    def of(cls, typed: str, order: str = "", before: str | None = None, thread: str = "") -> Query:
        """Normalize and validate the parameters.

        Raises:
            Refusal: query_empty, query_too_long, bad_order, bad_place or thread_invalid.
        """
        valid_order = _order(order or "newest")
        return cls(
            words=_words(typed),
            order=valid_order,
            before=None if before is None else Cursor.read(before, valid_order),
            thread=slug(thread),
        )

    @classmethod
    def everywhere(cls, typed: str, before: int | None) -> Query:
        """A search of all walls, newest first, in messages with ids below `before`.

        Raises:
            Refusal: query_empty or query_too_long.
        """
        cursor = None if before is None else Cursor(before)
        return cls(words=_words(typed), before=cursor, thread=None)


@dataclass(frozen=True, slots=True)
class Match:
    """A message that matches.

    Attributes:
        in_text: the matching words in its text.
        in_name: the matching words in its name.
    """

    message: Message
    in_text: Sequence[Span]
    in_name: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results.

    Attributes:
        next: the cursor to pass as `before` for the next page, None on the last page.
    """

    matches: Sequence[Match]
    next: Cursor | None


def _order(given: str) -> Order:
    if given not in {"newest", "relevance"}:
        raise Refusal("bad_order", "order")
    return "newest" if given == "newest" else "relevance"


def _words(typed: str) -> str:
    words = one_line(typed)
    if not words:
        raise Refusal("query_empty", "q")
    if len(words) > QUERY_LIMIT:
        raise Refusal("query_too_long", "q", limit=QUERY_LIMIT, length=len(words))
    return words


LAST_ID = 2**63 - 1
_CURSORS: dict[str, re.Pattern[str]] = {
    "newest": re.compile(r"[0-9]{1,19}"),
    "relevance": re.compile(r"[0-9]{1,19}-[0-9]{1,7}-[0-9]{1,19}"),
}
