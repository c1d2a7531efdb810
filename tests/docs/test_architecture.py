from __future__ import annotations

import re

from tests.docs.pages import PYPROJECT, blocks, prose, spans
from tests.program import ROOT


def test_the_layers_are_those_that_the_build_keeps() -> None:
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    [layers] = [one["layers"] for one in contracts if one["type"] == "layers"]
    [drawn] = blocks(ROOT / "ARCHITECTURE.md")
    assert drawn.text.splitlines() == layers


def test_every_file_of_the_program_has_its_place_in_the_architecture() -> None:
    placed = set(spans(prose(ROOT / "ARCHITECTURE.md")))
    modules = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "stena").rglob("*.py")
        if file.name != "__init__.py" and "migrations" not in file.parts
    ]
    assert [module for module in modules if module not in placed] == []


def test_every_package_that_is_needed_has_its_reason_in_the_architecture() -> None:
    reasons = prose(ROOT / "ARCHITECTURE.md").lower()
    project = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["local"]
    for name in (re.split(r"[\[><=]", package)[0] for package in project):
        assert re.search(rf"\b{name}\b", reasons), name


def test_what_the_style_quotes_stands_in_the_code() -> None:
    text = (ROOT / "STYLE.md").read_text()
    quoted = re.findall(r"^`([^`]+)`\n\n```python\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert len(quoted) == text.count("```python")
    for name, excerpt in quoted:
        assert f"\n{excerpt}\n" in (ROOT / name).read_text(), name
