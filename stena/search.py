from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from stena.message import slug
from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.message import Message

QUERY_LIMIT = 200

Order = Literal["newest", "relevance"]
# Start and end, counted in characters.
Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where among the results a page ends.

    Attributes:
        id: the last message of it.
        rank: how well that matches, where the best come first.
        newest: the newest match there was when the search began: what comes later would push
            others from one page to the next.
    """

    id: int
    rank: int = 0
    newest: int = 0

    def __str__(self) -> str:
        return f"{self.newest}-{self.rank}-{self.id}" if self.newest else f"{self.id}"

    @classmethod
    def read(cls, given: str, order: Order) -> Place:
        """The place that `str` has made.

        Raises:
            Refusal: bad_place.
        """
        if not _PLACES[order].fullmatch(given):
            raise Refusal("bad_place", "before")
        numbers = [int(digits) for digits in reversed(given.split("-"))]
        if max(numbers) > LAST_ID:
            raise Refusal("bad_place", "before")
        return cls(*numbers)


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for, made acceptable by `Query.of`."""

    words: str
    order: Order = "newest"
    before: Place | None = None
    thread: str = ""

    @classmethod
    def of(cls, typed: str, order: str = "", before: str | None = None, thread: str = "") -> Query:
        """Tidy what was typed.

        Raises:
            Refusal: query_empty, query_too_long, query_characters, bad_order, bad_place or
                thread_invalid.
        """
        wanted = _order(order or "newest")
        return cls(
            words=_words(typed),
            order=wanted,
            before=None if before is None else Place.read(before, wanted),
            thread=slug(thread),
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A message that was found.

    Attributes:
        in_text: the words of its text that were looked for.
        in_name: those of its name.
    """

    message: Message
    in_text: Sequence[Span]
    in_name: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of the results.

    Attributes:
        next: what to ask others `before`, None where there are none.
    """

    matches: Sequence[Match]
    next: Place | None


def _order(given: str) -> Order:
    if given not in {"newest", "relevance"}:
        raise Refusal("bad_order", "order")
    return "newest" if given == "newest" else "relevance"


def _words(typed: str) -> str:
    words = unicodedata.normalize("NFC", " ".join(typed.split()))
    # Cc: control characters, Cs: halves of surrogate pairs, which have no UTF-8.
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in words):
        raise Refusal("query_characters", "q")
    if not words:
        raise Refusal("query_empty", "q")
    if len(words) > QUERY_LIMIT:
        raise Refusal("query_too_long", "q", limit=QUERY_LIMIT, length=len(words))
    return words


LAST_ID = 2**63 - 1
_PLACES: dict[str, re.Pattern[str]] = {
    "newest": re.compile(r"[0-9]{1,19}"),
    "relevance": re.compile(r"[0-9]{1,19}-[0-9]{1,7}-[0-9]{1,19}"),
}
