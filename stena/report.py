from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from stena.message import digest
from stena.refusal import Refusal
from stena.text import lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stena.message import Message, State
    from stena.source import Source

WORDS_LIMIT = 500
Reason = Literal["spam", "insult", "personal_data", "unlawful", "other"]
REASONS: tuple[Reason, ...] = get_args(Reason)
# What harms somebody with each hour that it is shown.
URGENT: frozenset[Reason] = frozenset({"personal_data", "unlawful"})


class Report(NamedTuple):
    """What a visitor reports, validated by `Report.of`.

    Attributes:
        message: the message's id.
        words: what the visitor adds, None for nothing.
        author: the digest of the visitor's key, None without a key.
        is_suspect: whether a newcomer pays for it although the wall is calm.
        is_paid: whether its author took the step that was asked for.
        source: where it comes from, None if that is unknown.
    """

    message: int
    reason: Reason
    words: str | None
    author: bytes | None
    is_suspect: bool = False
    is_paid: bool = False
    source: Source | None = None

    @property
    def act(self) -> bytes:
        """By what a ticket for it is known again; the words may change meanwhile."""
        return f"report\0{self.message}\0{self.reason}\0".encode() + (self.author or b"")

    @classmethod
    def of(cls, message: int, reason: str, words: str | None, key: str | None) -> Report:
        """Normalise and validate what was sent.

        Raises:
            Refusal: bad_reason, words_too_long or key_invalid.
        """
        known = next((one for one in REASONS if one == reason), None)
        if known is None:
            raise Refusal("bad_reason", "reason")
        text = lines(words or "")
        if len(text) > WORDS_LIMIT:
            raise Refusal("words_too_long", "words", limit=WORDS_LIMIT, length=len(text))
        return cls(message, known, text or None, None if key is None else digest(key))


@dataclass(frozen=True, slots=True)
class Reported:
    """A message with its open reports, as the team sees it.

    Attributes:
        message: with its text, also while it waits.
        count: the number of the reports, also of those that weigh nothing.
        weight: the sum of their weights.
        reasons: how many reports give each reason, without the reasons that none gives.
        words: the newest words of the reports, newest first.
    """

    message: Message
    state: State
    count: int
    weight: float
    reasons: Mapping[Reason, int]
    words: Sequence[str]

    @property
    def urgent(self) -> bool:
        """Whether a report says that the message harms somebody."""
        return not URGENT.isdisjoint(self.reasons)
