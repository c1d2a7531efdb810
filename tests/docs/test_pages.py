from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, SETTINGS, blocks, prose, spans
from tests.program import ROOT

# Files that the program and `make` create, and that are not in the repository.
MADE = {"data/", "dist/", "data/lock", ".venv/", ".venv-3.13/", "shots/index.html"}


def test_every_page_has_its_twin_in_russian() -> None:
    # Not those in docs/design/: they are for programmers, in English only.
    english = {page.name for page in DOCS.glob("*.md")}
    assert english
    assert {page.name for page in (DOCS / "ru").glob("*.md")} == english


def test_both_languages_set_the_same_things() -> None:
    english, russian = map(blocks, SETTINGS)
    assert english == russian


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        other = (page.parent / name).resolve() if name else page
        assert other.exists(), target
        assert not anchor or anchor in anchors(other), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = {span for span in spans(prose(page)) if looks_like_a_file(span)} - MADE
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub generates for the headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def looks_like_a_file(span: str) -> bool:
    """Not `/healthz`, not `application/json`: begins with a name in the root, or has a suffix."""
    if not re.fullmatch(r"\.?\w[\w./-]*", span):
        return False
    first = span.partition("/")[0]
    suffixes = {".py", ".md", ".yaml", ".toml", ".ini", ".sh", ".txt", ".lock", ".po", ".png"}
    return (
        span.endswith("/")
        or Path(span).suffix in suffixes
        or ("/" in span and (ROOT / first).is_dir())
    )
