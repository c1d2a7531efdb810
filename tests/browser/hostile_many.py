"""Ten thousand hostile texts, the same in every run: known attacks, and mixtures of them."""

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
# One in so many has the greatest length, with few spaces or none.
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
    # Incomplete parts.
    "\U0001f1fa",
    "\u200d\U0001f466",
    "\U0001f3fd",
    "\U000e0067",
]
# Combining marks of several scripts.
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
# Every plane with characters, private and unassigned ones too, except those refused.
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
    return lambda rng: "".join(rng.choices(of, k=rng.randint(1, most)))


def _word(of: Sequence[str], most: int = 24) -> Callable[[random.Random], str]:
    """A letter with combining marks."""
    return lambda rng: rng.choice(WORDS)[0] + _some(of, most)(rng)


def _any_character(rng: random.Random) -> str:
    return chr(rng.randint(*rng.choice(PLANES)))


KINDS: list[Callable[[random.Random], str]] = [
    lambda rng: rng.choice(TEXTS),
    lambda rng: rng.choice(TEXTS),
    lambda rng: " ".join(rng.choices(WORDS, k=rng.randint(1, 24))),
    lambda rng: rng.choice(LINKS) + _some("ab/?&=.*`()[]<>'\"é#%")(rng),
    lambda rng: "".join(_any_character(rng) for _ in range(12)),
    _word(TURNS),
    _word(UNSEEN),
    _word(PILED, 100),
    _some(EMOJI),
    _some(WIDE + SPACES),
    _some(MARKS),
]


def many(count: int) -> list[tuple[str, str]]:
    """So many texts and names, each as the wall stores it."""
    rng = random.Random(SEED)  # noqa: S311 -- the same in every run
    found = [(text, "") for text in TEXTS] + list(CROWDING.values())
    kept = [_kept(text, name) for text, name in found]
    for text, name in _mixtures(rng):
        if len(kept) == count:
            break
        kept.append(_kept(text, name))
    return kept


def _mixtures(rng: random.Random) -> Iterator[tuple[str, str]]:
    while True:
        pieces = [rng.choice(KINDS)(rng) for _ in range(rng.randint(1, 8))]
        if rng.randrange(LONG) == 0:
            pieces = [piece.strip() or "x" for piece in pieces[:2]]
            pieces *= TEXT_LIMIT // len("".join(pieces)) + 1
        elif rng.random() < 0.5:
            pieces = _marked(pieces, rng)
        yield "".join(pieces), rng.choice(KINDS)(rng)


def _marked(pieces: list[str], rng: random.Random) -> list[str]:
    """Put marks around the pieces, which may or may not pair."""
    marked = []
    for piece in pieces:
        mark = rng.choice(MARKS)
        marked += [mark, piece, mark, rng.choice([" ", "", "\n"])]
    return marked


def _kept(text: str, name: str) -> tuple[str, str]:
    """The text as the wall stores it; cut if too long, a letter added if blank."""
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
