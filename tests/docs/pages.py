"""The pages of the documentation, and functions to parse them."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, NamedTuple

from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
READMES = (ROOT / "README.md", ROOT / "README.ru.md")
SETTINGS = (DOCS / "settings.md", DOCS / "ru" / "settings.md")
API = (DOCS / "api.md", DOCS / "ru" / "api.md")
METRICS = (DOCS / "metrics.md", DOCS / "ru" / "metrics.md")
PUBLISH = (DOCS / "publish.md", DOCS / "ru" / "publish.md")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


class Block(NamedTuple):
    """A fenced code block."""

    kind: str
    text: str


def blocks(page: Path) -> list[Block]:
    found = re.findall(r"^```([\w ]*)\n(.*?)\n```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [Block(*one) for one in found]


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def spans(text: str) -> list[str]:
    """The code spans."""
    return re.findall(r"`([^`\n]+)`", text)


def rows(page: Path | str) -> Iterator[list[str]]:
    """The cells of every line of every table, of a page or of a part of its prose."""
    text = page if isinstance(page, str) else prose(page)
    for line in text.splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]
