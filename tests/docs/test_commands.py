from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stena.settings import Common
from stena.store import revision
from tests.docs.pages import API, PUBLISH, PYPROJECT, READMES, blocks, prose, spans
from tests.program import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_every_make_that_is_named_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (*READMES, ROOT / "CONTRIBUTING.md"):
        assert makes(page) <= targets, page.name


def test_what_must_hold_before_a_change_lands_is_what_the_readme_calls() -> None:
    called = set(re.findall(r"^make ([a-z-]+)", (ROOT / ".ci/run").read_text(), re.MULTILINE))
    for page in READMES:
        assert makes(page) - {"run"} == called, page.name


def test_the_readmes_show_the_same_commands() -> None:
    english, russian = map(blocks, READMES)
    assert english
    assert english == russian


def test_the_address_that_is_shown_is_where_the_wall_listens() -> None:
    here = f"http://localhost:{Common().port}"
    for page in (*READMES, *API):
        assert set(re.findall(r"http://localhost:\d+", page.read_text())) == {here}, page.name


def test_the_revision_that_is_shown_is_the_newest() -> None:
    for page in PUBLISH:
        assert re.findall(r"^(\w+) \(head\)$", page.read_text(), re.MULTILINE) == [
            revision.NEWEST
        ], page


def test_the_python_that_is_asked_for_is_the_one_that_is_needed() -> None:
    needed = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    for page in (*READMES, ROOT / "CONTRIBUTING.md"):
        assert set(re.findall(r"Python (\d\.\d+)", page.read_text())) == {needed}, page.name


def test_the_pythons_that_are_named_are_those_that_the_project_supports() -> None:
    supported = [one.rpartition(" ")[2] for one in PYPROJECT["project"]["classifiers"]]
    for page in (*READMES, ROOT / "CONTRIBUTING.md"):
        [named] = re.findall(r"Python (3[\d., or или]*\d)", page.read_text())
        assert re.findall(r"\d\.\d+", named) == supported, page.name
    assert supported[0] == PYPROJECT["project"]["requires-python"].removeprefix(">=")


def makes(page: Path) -> set[str]:
    """The make targets that a page mentions."""
    code = [*spans(prose(page)), *(block.text for block in blocks(page))]
    return {target for text in code for target in re.findall(r"\bmake ([a-z-]+)", text)}
