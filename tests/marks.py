"""What may be missing where a text is shown formatted."""

from __future__ import annotations

from collections import Counter

# Stars, ticks, and what begins a quote; line ends next to it.
MARKS = set("*`> \n")


def is_as_typed(shown: str, typed: str) -> bool:
    """Whether `typed` is shown character by character in its order, but for marks."""
    rest = iter(typed)
    missing = Counter(typed) - Counter(shown)
    # `in` takes from the iterator until it has found the character.
    return all(character in rest for character in shown) and missing.keys() <= MARKS
