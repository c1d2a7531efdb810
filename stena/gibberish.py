"""Whether a text is random letters; pure.

Words of all languages that are written in Latin or Cyrillic letters have vowels, and few of them
have many consonants in a row. Random letters have few vowels and many such runs. This is a guess:
an honest text full of abbreviations can look like that. So it only decides whether a message waits,
and only while a wall is flooded.
"""

from __future__ import annotations

import re
import unicodedata

# A shorter text, or one with fewer words, says too little.
FEWEST_LETTERS, FEWEST_WORDS, SHORTEST_WORD = 20, 3, 4
# Of the letters so many are in words with such a run or with "q" before a consonant, and at most so
# many are vowels.
SHARE_OF_LETTERS, SHARE_OF_VOWELS = 0.45, 0.36

_ACCENT = re.compile("[\u0300-\u036f]")
# Addresses, names of files and numbers have no words.
_CODE = re.compile(r"[\w/@]\.\w|[\d_@#/\\]")
_WORD = re.compile("[a-zœæøłđßıа-ӿ]+")  # noqa: RUF001 -- Latin and Cyrillic
_VOWEL = re.compile("[aeiouyœæøıаеиоуыэюяєіүұөә]")  # noqa: RUF001 -- as above
# Of several consonants that one sound is written with, and of those that are often together.
_ONE_SOUND = re.compile(
    "shch|tsch|sch|[cskztp]h|[cszdr]z|ck|ng|ts?t|st|ts|ct|ств|ст|вз|зд|гл|стр|[ьъ]"
)
_UNSAYABLE = re.compile(f"(?:(?!{_VOWEL.pattern}){_WORD.pattern[:-1]}){{4}}|q(?!{_VOWEL.pattern})")


def is_gibberish(text: str) -> bool:
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", text.casefold()))
    chunks = [chunk for chunk in plain.split() if not _CODE.search(chunk)]
    long = [word for word in _WORD.findall(" ".join(chunks)) if len(word) >= SHORTEST_WORD]
    letters = "".join(long)
    if len(long) < FEWEST_WORDS or len(letters) < FEWEST_LETTERS:
        return False
    unsayable = sum(len(word) for word in long if _UNSAYABLE.search(_ONE_SOUND.sub("s", word)))
    if unsayable < SHARE_OF_LETTERS * len(letters):
        return False
    return len(_VOWEL.findall(letters)) <= SHARE_OF_VOWELS * len(letters)
