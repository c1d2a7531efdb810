"""What people and spammers write, by the grammar in texts.yaml."""

from __future__ import annotations

import re
import string
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    import random

GRAMMAR = Path(__file__).parent / "texts.yaml"
PIECE = re.compile(r"\{([\w.]+)\}")
SENTENCE = re.compile(r"(?:^|(?<=[.!?] ))(?!https:)\w")
# Of the messages, written in Russian; of the letters, replaced in a disguised text.
RUSSIAN, DISGUISED = 0.7, 0.3
ZERO_WIDTH = "\u200b"


class Texts:
    """Writes messages. Equal dice write equal messages."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def honest(self) -> str:
        return self.write(f"{self._language()}.honest")

    def wish(self) -> str:
        return self.write(f"{self._language()}.wish")

    def name(self) -> str | None:
        """Half of the people give one."""
        return self.write("name") if self._dice.random() < 0.5 else None  # noqa: PLR2004 -- half

    def handle(self) -> str:
        return f"{self._letters(4, 8)}_{self._dice.randrange(1000)}"

    def link(self) -> str:
        return f"https://{self._letters(5, 9)}.example/{self._letters(3, 12)}"

    def spun(self, handle: str) -> str:
        """The same offer in other words, disguised in one of three ways."""
        text = self.write("spam.spun", handle=handle)
        disguise = self._dice.choice((self._look_alikes, self._zero_width, self._spaced))
        return disguise(text)

    def gibberish(self) -> str:
        return " ".join(self._letters(2, 12) for _ in range(self._dice.randint(4, 14)))

    def write(self, piece: str, **given: str) -> str:
        """A line of the grammar for this piece, with the pieces in it written too."""
        line = self._expand(piece, given)
        return SENTENCE.sub(lambda found: found[0].upper(), line)

    def _expand(self, piece: str, given: dict[str, str]) -> str:
        if piece in given:
            return given[piece]
        line = self._dice.choice(_grammar()[piece])
        return PIECE.sub(lambda found: self._expand(found[1], given), line)

    def _language(self) -> str:
        return "ru" if self._dice.random() < RUSSIAN else "en"

    def _letters(self, least: int, most: int) -> str:
        return "".join(
            self._dice.choices(string.ascii_lowercase, k=self._dice.randint(least, most))
        )

    def _look_alikes(self, text: str) -> str:
        pairs = {pair[0]: pair[1] for pair in _grammar()["look_alikes"]}
        return "".join(
            pairs[letter] if letter in pairs and self._dice.random() < DISGUISED else letter
            for letter in text
        )

    def _zero_width(self, text: str) -> str:
        return "".join(
            letter + ZERO_WIDTH if self._dice.random() < DISGUISED else letter for letter in text
        )

    def _spaced(self, text: str) -> str:
        words = text.split(" ")
        return " ".join(
            " ".join(word) if self._dice.random() < DISGUISED else word for word in words
        )


@cache
def _grammar() -> dict[str, list[str]]:
    """The lines of each piece."""
    read = yaml.safe_load(GRAMMAR.read_bytes())
    return {
        piece: lines if isinstance(lines, list) else lines.split(" | ")
        for piece, lines in read.items()
    }
