"""The terms of a text, and how probably they are those of spam; pure.

A term is a word of the skeleton of a text, or two words that are neighbours. It is stored as a
digest, so that what was learned from a text does not keep its words.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from stena.word import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# The beginning of a text that is read, in characters, and how many different terms it has at most.
READ, MOST_TERMS = 1500, 200
# As PostgreSQL's bigint.
DIGEST_BYTES = 8
# So many texts of each kind have to be learned before a probability says anything.
ENOUGH = 20
# From this probability on a text resembles spam. From 0.9 on, up to 15 % of honest texts do.
SURE = 0.99
# The defaults of SpamBayes: how much a guess counts beside what was learned, and which guess; how
# far from it a term has to be to count, and how many of the farthest do.
STRENGTH, GUESS = 0.45, 0.5
NEAREST, MOST_FARTHEST = 0.1, 150


class Terms(NamedTuple):
    """What is stored of a text.

    Attributes:
        text: a digest of all that was read of it; equal for copies, however they are disguised.
        terms: digests of its terms, each once.
    """

    text: int
    terms: Sequence[int]


class Count(NamedTuple):
    """How many texts of each kind there are, or have a term."""

    spam: int
    wanted: int

    @property
    def is_enough(self) -> bool:
        return min(self) >= ENOUGH


def terms_of(text: str, key: bytes) -> Terms:
    """The terms of a text; none if it has no letters and no digits.

    A text of READ characters takes half a millisecond.

    Args:
        text: of a message.
        key: a secret, so that the digests mean nothing elsewhere.
    """
    words = words_of(text[:READ])
    different = islice(dict.fromkeys(_words_and_pairs(words)), MOST_TERMS)
    return Terms(_digest(" ".join(words), key), [_digest(term, key) for term in different])


def _words_and_pairs(words: Sequence[str]) -> Iterator[str]:
    for word, following in pairwise(words):
        yield word
        yield f"{word} {following}"
    yield from words[-1:]


def _digest(term: str, key: bytes) -> int:
    digest = blake2b(term.encode(), digest_size=DIGEST_BYTES, key=key).digest()
    return int.from_bytes(digest, "big", signed=True)


def probability(counts: Iterable[Count], learned: Count) -> float:
    """How probably a text is spam, 0 to 1; 0.5 if nothing says so or the contrary.

    Each term has a probability, which is nearer to a guess the fewer texts have it, and these are
    combined by Fisher's method: Robinson, "A Statistical Approach to the Spam Problem", Linux
    Journal 107, 2003. The result is no frequency: it is near 0 or 1, or near 0.5.

    Args:
        counts: of the terms of the text that were learned.
        learned: how many texts of each kind were; both more than 0.
    """
    each = [_probability(count, learned) for count in counts]
    farthest = sorted(
        (one for one in each if abs(one - GUESS) >= NEAREST), key=lambda one: -abs(one - GUESS)
    )[:MOST_FARTHEST]
    by_chance_spam = _chance(1 - one for one in farthest)
    by_chance_wanted = _chance(farthest)
    return (1 + by_chance_wanted - by_chance_spam) / 2


def _probability(count: Count, learned: Count) -> float:
    spam, wanted = count.spam / learned.spam, count.wanted / learned.wanted
    times = count.spam + count.wanted
    return (STRENGTH * GUESS + times * spam / (spam + wanted)) / (STRENGTH + times)


def _chance(probabilities: Iterable[float]) -> float:
    """The chance that random probabilities have a product as small as these (Fisher)."""
    logarithms = [math.log(one) for one in probabilities]
    half = -sum(logarithms)
    # The survival function of the chi-squared distribution with two degrees of freedom for each.
    term = total = math.exp(-half)
    for place in range(1, len(logarithms)):
        term *= half / place
        total += term
    return min(total, 1.0) if logarithms else 1.0
