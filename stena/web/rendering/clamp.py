"""Which texts are so long that a page shows their first lines only, until a reader wants all.

The server estimates it, so that a page is right before any script runs. How many lines are shown,
the style sheet says. A text that is a little longer is shown whole, since the button would take as
much room.
"""

from __future__ import annotations

import re
from typing import Literal

Clamped = Literal["", "narrow", "always"]

# The lines that wall.css shows, with those that the button saves at least.
LINES = 14
# Letters in a line of a card: on a screen of 640 px and more, and on a phone.
WIDE, NARROW = 60, 34
# Chinese, Japanese and Korean letters, and emoji: as wide as two others.
_TWICE = re.compile(
    "[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U0001f000-\U0003ffff]"
)


def clamped(text: str) -> Clamped:
    """Whether only the first lines are shown: on every screen, on a narrow one, or not at all."""
    if len(text) * 2 <= LINES * NARROW and text.count("\n") < LINES:
        return ""
    widths = [len(line) + len(_TWICE.findall(line)) for line in text.split("\n")]
    if _lines(widths, WIDE) > LINES:
        return "always"
    return "narrow" if _lines(widths, NARROW) > LINES else ""


def _lines(widths: list[int], letters: int) -> int:
    return sum(max(1, -(-width // letters)) for width in widths)
