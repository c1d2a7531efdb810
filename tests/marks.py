"""Formatted text: what its HTML may contain, and what it may omit."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

# Emphasis, code, quotes.
MARKS = set("*`>")
ATTRIBUTES = {
    "p": {"dir": "auto"},
    "blockquote": {"dir": "auto"},
    "a": {"href": "", "rel": "nofollow ugc noopener noreferrer"},
    "em": {},
    "strong": {},
    "code": {},
}


def is_as_typed(shown: str, typed: str) -> bool:
    """Whether `typed` is shown with every character in order, except marks and blank lines."""
    rest = iter(typed)
    missing = Counter(typed) - Counter(shown)
    # `in` advances the iterator to the character.
    in_order = all(character in rest for character in shown)
    return in_order and all(one in MARKS or one.isspace() for one in missing)


class Shown(HTMLParser):
    """HTML as a browser parses it; an element that is not ours fails the test."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.blocks: list[str] = []
        self.feed(str(html))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            assert re.match("https?://[^/]", given["href"] or "")
            given["href"] = ""
        assert given == ATTRIBUTES[tag]
        if tag in {"p", "blockquote"}:
            assert self.open == []
            self.blocks.append("")
        else:
            assert self.open
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.blocks[-1] += data
