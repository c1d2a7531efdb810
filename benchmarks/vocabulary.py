"""Random words with the frequencies of a language: few are common, most are rare, all have forms.

The words are invented, but the stemmers of PostgreSQL remove their endings.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Language(NamedTuple):
    """The letters and the endings of its words."""

    consonants: str
    vowels: str
    endings: tuple[str, ...]


RUSSIAN = Language("бвгджзклмнпрстфхш", "аеиоуя", ("", "а", "у", "ом", "ы", "ов", "ами", "ах"))  # noqa: RUF001 -- Russian
ENGLISH = Language("bdfgklmnprstvz", "aeiou", ("", "s", "ed", "ing"))
STEMS = 50_000
# Words per message: the mean, the minimum and the maximum.
MEAN, LEAST, MOST = 16, 4, 120
# Zipf-Mandelbrot law: the frequency of a rank. The first word is in every third message.
SHIFT = 2.7


class Vocabulary:
    """The same words in each run, the most frequent first."""

    def __init__(self) -> None:
        self._random = random.Random(1)  # noqa: S311 -- nothing secret
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
            length = min(LEAST + int(self._random.expovariate(1 / (MEAN - LEAST))), MOST)
            ranks = self._random.choices(range(STEMS), cum_weights=self._shares, k=length)
            yield " ".join(map(self._form, ranks))

    def word(self, ranks: range) -> str:
        """A word of one of these ranks, in one of its forms."""
        return self._form(self._random.choice(ranks))

    def _form(self, rank: int) -> str:
        stem, language = self._stems[rank]
        return stem + self._random.choice(language.endings)

    def _stem(self, language: Language) -> str:
        pick = self._random.choice
        syllables = pick((2, 2, 3))
        begun = "".join(pick(language.consonants) + pick(language.vowels) for _ in range(syllables))
        return begun + pick(language.consonants)
