"""Parses docs/publish.md into commands and their expected output."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal.workshop import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PAGE = ROOT / "docs" / "publish.md"
FENCE = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# A placeholder for anything within a line; alone on a line, for any lines.
ANYTHING = "…"


@dataclass(slots=True)
class Step:
    """A block of commands.

    Attributes:
        commands: as on the page, a line each unless it ends with a backslash.
        seen: lines that they should print, in this order.
        logged: lines that the app's log should then contain.
    """

    commands: tuple[str, ...]
    seen: tuple[str, ...] = ()
    logged: tuple[str, ...] = ()


def steps(page: Path = PAGE) -> list[Step]:
    found: list[Step] = []
    for kind, what, text in FENCE.findall(page.read_text()):
        if kind == "sh":
            found.append(Step(tuple(re.split(r"(?<!\\)\n", text))))
        elif kind == "text" and what == "log":
            found[-1].logged = tuple(text.splitlines())
        elif kind == "text":
            found[-1].seen = tuple(text.splitlines())
    return found


def missing(expected: Iterable[str], text: str) -> str | None:
    """The first line that is not in the text after the lines before it."""
    lines = iter(ANSI.sub("", text).replace("\r", "\n").splitlines())
    for pattern in expected:
        if pattern == ANYTHING:
            continue
        # The CLI marks apps with a symbol only in terminals that can show it.
        parts = pattern.replace("⬢ ", "").split(ANYTHING)
        wanted = re.compile(".*".join(map(re.escape, parts)))
        if not any(wanted.search(line) for line in lines):
            return pattern
    return None
