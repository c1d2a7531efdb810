"""Ten thousand hostile texts, the same in every run: what somebody thought of, and mixtures."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from stena.message import TEXT_LIMIT, Draft
from stena.refusal import Refusal
from tests.browser.crowding import CROWDING
from tests.browser.hostile import TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SEED = 2021
# One in so many is as long as it may be, without a space or nearly so.
LONG = 50

WORDS = [
    "Good",
    "morning,",
    "wall.",
    "Доброе",
    "утро!",
    "שלום",
    "مرحبا",
    "你好",
    "नमस्ते",
    "สวัสดี",
    "ꦗꦮ",
    "မြန်",
]
MARKS = ["*", "**", "***", "`", "``", "```", "\n> ", "\n>", "\n\n", "_", "~~", "\\", "\n# ", "\n- "]
LINKS = [
    "https://",
    "http://",
    "HTTPS://",
    "https://a.example/",
    "https://пример.рф/",
    "http://1.2.3.4:80/",
]
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
UNSEEN = "\u200b\u200c\u200d\u2060\u2064\ufeff\u00ad\u034f\u180e\u3164\u115f\u2800\ufe0f\U000e007f"
SPACES = " \u00a0\u1680\u2003\u2009\u202f\u205f\u3000\t\n"
WIDE = "\ufdfd\U0001242b\u0bf8\ua9c5\u2e3b\u3301\u0dde\ufdfa\u2a0c\U00012031"
EMOJI = [
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "\U0001f44d\U0001f3fd",
    "\U0001f1fa\U0001f1e6",
    "1\ufe0f\u20e3",
    # Parts without the rest.
    "\U0001f1fa",
    "\u200d\U0001f466",
    "\U0001f3fd",
    "\U000e0067",
]
# Marks that stand on, under and through the letter before them, in several scripts.
PILED = [
    chr(code)
    for first, last in (
        (0x300, 0x36F),
        (0x483, 0x489),
        (0x20D0, 0x20F0),
        (0xE34, 0xE3A),
        (0xFE20, 0xFE2F),
    )
    for code in range(first, last + 1)
]
# Every plane that has characters, with private and unassigned ones, but for what is refused.
PLANES = [
    (0x20, 0x7E),
    (0xA0, 0x2FFF),
    (0x3000, 0xD7FF),
    (0xE000, 0xFDCF),
    (0xFDF0, 0xFFFD),
    (0x10000, 0x1FFFD),
    (0x20000, 0x2FFFD),
    (0xE0000, 0xE01EF),
]


def _some(of: Sequence[str], most: int = 24) -> Callable[[random.Random], str]:
    return lambda chance: "".join(chance.choices(of, k=chance.randint(1, most)))


def _word(of: Sequence[str], most: int = 24) -> Callable[[random.Random], str]:
    """A letter, and what clings to it."""
    return lambda chance: chance.choice(WORDS)[0] + _some(of, most)(chance)


def _any_character(chance: random.Random) -> str:
    return chr(chance.randint(*chance.choice(PLANES)))


KINDS: list[Callable[[random.Random], str]] = [
    lambda chance: chance.choice(TEXTS),
    lambda chance: chance.choice(TEXTS),
    lambda chance: " ".join(chance.choices(WORDS, k=chance.randint(1, 24))),
    lambda chance: chance.choice(LINKS) + _some("ab/?&=.*`()[]<>'\"é#%")(chance),
    lambda chance: "".join(_any_character(chance) for _ in range(12)),
    _word(TURNS),
    _word(UNSEEN),
    _word(PILED, 100),
    _some(EMOJI),
    _some(WIDE + SPACES),
    _some(MARKS),
]


def many(count: int) -> list[tuple[str, str]]:
    """So many texts and names, each as the wall keeps it."""
    chance = random.Random(SEED)  # noqa: S311 -- the same in every run
    found = [(text, "") for text in TEXTS] + list(CROWDING.values())
    kept = [_kept(text, name) for text, name in found]
    for text, name in _mixtures(chance):
        if len(kept) == count:
            break
        kept.append(_kept(text, name))
    return kept


def _mixtures(chance: random.Random) -> Iterator[tuple[str, str]]:
    while True:
        pieces = [chance.choice(KINDS)(chance) for _ in range(chance.randint(1, 8))]
        if chance.randrange(LONG) == 0:
            pieces = [piece.strip() or "x" for piece in pieces[:2]]
            pieces *= TEXT_LIMIT // len("".join(pieces)) + 1
        elif chance.random() < 0.5:
            pieces = _marked(pieces, chance)
        yield "".join(pieces), chance.choice(KINDS)(chance)


def _marked(pieces: list[str], chance: random.Random) -> list[str]:
    """Between marks that may or may not find each other."""
    marked = []
    for piece in pieces:
        mark = chance.choice(MARKS)
        marked += [mark, piece, mark, chance.choice([" ", "", "\n"])]
    return marked


def _kept(text: str, name: str) -> tuple[str, str]:
    """What the wall makes of it; shorter where it is too long, with a letter where it is blank."""
    while True:
        try:
            draft = Draft.of(text, name)
        except Refusal as refusal:
            if refusal.code == "text_empty":
                text = f"x{text}"
            elif refusal.field == "text":
                text = text[: len(text) * 9 // 10]
            else:
                name = "".join(filter(str.isprintable, name[: len(name) * 9 // 10]))
        else:
            return draft.text, draft.name or ""
