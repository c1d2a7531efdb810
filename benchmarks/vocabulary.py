"""Words as a wall has them: a few all the time, most hardly ever, and each in several forms.

Nobody has ever said them, but the stemmers of PostgreSQL take their endings off.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Language(NamedTuple):
    """What its words are made of."""

    consonants: str
    vowels: str
    endings: tuple[str, ...]


RUSSIAN = Language("бвгджзклмнпрстфхш", "аеиоуя", ("", "а", "у", "ом", "ы", "ов", "ами", "ах"))  # noqa: RUF001 -- Russian
ENGLISH = Language("bdfgklmnprstvz", "aeiou", ("", "s", "ed", "ing"))
STEMS = 50_000
# So many words a message on average, and at least and at most.
MEAN, LEAST, MOST = 16, 4, 120
# Zipf and Mandelbrot: how frequent the word of a rank is; the first is in every third message.
SHIFT = 2.7


class Vocabulary:
    """The same words in each run, the most frequent first."""

    def __init__(self) -> None:
        self._chance = random.Random(1)  # noqa: S311 -- nothing to guess
        stems: dict[str, Language] = {}
        while len(stems) < STEMS:
            # Three in four are Russian.
            language = RUSSIAN if len(stems) % 4 else ENGLISH
            stems[self._stem(language)] = language
        self._stems = list(stems.items())
        shares = (1 / (rank + SHIFT) for rank in range(STEMS))
        self._shares = list(itertools.accumulate(shares))

    def texts(self, count: int) -> Iterator[str]:
        for _ in range(count):
            length = min(LEAST + int(self._chance.expovariate(1 / (MEAN - LEAST))), MOST)
            ranks = self._chance.choices(range(STEMS), cum_weights=self._shares, k=length)
            yield " ".join(map(self._form, ranks))

    def word(self, ranks: range) -> str:
        """A word of one of these ranks, in one of its forms."""
        return self._form(self._chance.choice(ranks))

    def _form(self, rank: int) -> str:
        stem, language = self._stems[rank]
        return stem + self._chance.choice(language.endings)

    def _stem(self, language: Language) -> str:
        pick = self._chance.choice
        syllables = pick((2, 2, 3))
        begun = "".join(pick(language.consonants) + pick(language.vowels) for _ in range(syllables))
        return begun + pick(language.consonants)
