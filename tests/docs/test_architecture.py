from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DOCS, PYPROJECT, blocks, prose, rows, spans
from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

ARCHITECTURE = ROOT / "ARCHITECTURE.md"
STYLE = ROOT / "STYLE.md"

# A pattern of each name that is no longer used, and the name that replaced it.
OLD_NAMES = {
    r"\bTeller\b|\bteller\.py": "Publisher",
    r"(?<!JSON )\bFeed\b(?! reader)|\bfeed\.py": "Broadcaster",
    r"\bInbox\b|\binbox\.py": "WriteQueue",
    r"\bLibrary\b|\blibrary\.py": "SearchIndex",
    r"\bHead\b|\bhead\(\)|\bhead\.py": "PageCache, newest_page",
    r"\bFinished\b|\bfinished\.py": "PreparedResponse",
    # The tool of a host prints a line that begins with this word.
    r"`Opening`|class Opening": "ResponseHead",
    # And an owner's introduction may begin with this one.
    r"`News`|class News|\bnews\.py": "Announcement, Batch",
    r"\bStanding\b": "Permission, SchemaState",
    r"`turn`|\bturn\(": "ordered",
    r"\bflood\.py": "rate_limit.py",
    r"\bforms\.py": "inputs",
    r"\bwords\.py": "i18n.py",
    r"\bownership\.py": "run_as.py",
    r"\bdirectory\.py": "sitemap_ids.py",
    r"(?<!\w)keys\.py": "app_keys.py",
    r"\bby chance\b": "random",
    # The page still says "Only the author can edit".
    r"(?<!Only )\b[Ww]hoever\b": "the client, the visitor, anyone with",
    r"\bfor who (?:came|comes|knew|knows)\b": "for clients that",
    r"\bplayed\b": "simulated",
    r"\btaken (?:all )?together\b": "a batch",
    r"\b(?:take|taken|takes|took) down\b": "deleted by its author, removed by a moderator",
}
# Where no old name is left: files and folders, or patterns of them.
CLEAN = ("*.md", "benchmarks", "docs", "rehearsal", "stena", "tests", "torture")
# What keeps the names of its time.
HISTORY = (ROOT / "CHANGELOG.md", ROOT / "stena/migrations", Path(__file__))
SUFFIXES = {".css", ".html", ".js", ".md", ".py", ".yaml"}


def test_the_layers_are_those_that_the_build_keeps() -> None:
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    layers = [one["layers"] for one in contracts if one["type"] == "layers"]
    _journey, *drawn = blocks(ARCHITECTURE)
    assert [block.text.splitlines() for block in drawn] == layers


def test_the_files_on_the_journey_of_a_message_exist() -> None:
    journey, *_ = blocks(ARCHITECTURE)
    named = re.findall(r"[\w/]+\.(?:js|py)\b", journey.text)
    assert named
    assert [name for name in named if not (ROOT / "stena" / name).exists()] == []


def test_every_file_of_the_program_has_its_place_in_the_architecture() -> None:
    placed = set(spans(section("Rooms")))
    modules = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "stena").rglob("*.py")
        if file.name != "__init__.py" and "migrations" not in file.parts
    ]
    assert [module for module in modules if module not in placed] == []


def test_the_words_of_the_glossary_are_in_the_modules_beside_them() -> None:
    glossary = [row for row in rows(section("Glossary")) if spans(row[0])]
    assert glossary
    for word, _, where in glossary:
        code = "".join((ROOT / module).read_text() for module in spans(where))
        assert [name for name in spans(word) if name not in code] == [], where


def test_what_a_newcomer_asks_for_is_where_the_architecture_says() -> None:
    answers = [spans(row[1]) for row in rows(section("Where is …")) if spans(row[1])]
    assert answers
    for answer in answers:
        code = ""
        for span in answer:
            if span.endswith(".py"):
                code = (ROOT / span).read_text()
            else:
                assert span in code, answer


def test_every_page_on_the_design_is_linked_from_the_architecture() -> None:
    linked = set(re.findall(r"\]\((docs/design/[\w-]+\.md)\)", section("Where to read on")))
    assert linked == {str(page.relative_to(ROOT)) for page in (DOCS / "design").glob("*.md")}


def test_every_package_that_is_needed_has_its_reason() -> None:
    reasons = prose(DOCS / "design" / "dependencies.md").lower()
    project = PYPROJECT["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    packages = [*project["dependencies"], *extras]
    for name in (re.split(r"[\[><=]", package)[0] for package in packages):
        assert re.search(rf"\b{name}\b", reasons), name


def test_what_the_style_quotes_stands_in_the_code() -> None:
    text = STYLE.read_text()
    quoted = re.findall(r"^`([^`]+)`\n\n```python\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert len(quoted) == text.count("```python")
    for name, excerpt in quoted:
        assert f"\n{excerpt}\n" in (ROOT / name).read_text(), name


@pytest.mark.parametrize("place", CLEAN)
def test_no_old_name_is_left(place: str) -> None:
    files = list(files_in(place))
    assert files
    found = [
        f"{file.relative_to(ROOT)}:{number}: {match[0]}: now {new}"
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), 1)
        # Its table shows old names beside the new ones.
        if not (file == STYLE and line.startswith("|"))
        for old, new in OLD_NAMES.items()
        for match in re.finditer(old, line)
    ]
    assert found == []


def files_in(place: str) -> Iterator[Path]:
    """The files that a pattern means, with those in its folders, and without history."""
    for path in sorted(ROOT.glob(place)):
        for file in [path, *path.rglob("*")]:
            kept = file in HISTORY or any(parent in HISTORY for parent in file.parents)
            if file.is_file() and file.suffix in SUFFIXES and not kept:
                yield file


def section(heading: str) -> str:
    """What stands below a heading of the architecture."""
    _, found, rest = ARCHITECTURE.read_text().partition(f"\n## {heading}\n")
    assert found, heading
    return rest.partition("\n## ")[0]
