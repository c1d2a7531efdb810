"""The version: on the command line, in the log, in the API document."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from stena import __version__
from tests.program import ROOT, ended, get, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address

CLONE = [("main.py",), ("-m", "stena")]


@pytest.mark.parametrize("program", CLONE, ids=" ".join)
def test_a_clone_that_is_not_installed_prints_its_version(program: tuple[str, ...]) -> None:
    done = ended(sys.executable, *program, "--version")
    assert (done.returncode, done.stdout) == (0, f"stena {__version__}\n")


def test_the_changelog_has_a_section_for_a_version_that_is_released() -> None:
    sections = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert sections[0] == "Unreleased"
    assert ".dev" in __version__ or sections[1] == __version__


def test_the_first_line_of_the_log_and_the_api_document_name_the_version_and_no_header_does(
    tmp_path: Path, address: Address
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as program:
        first = json.loads(program.log.splitlines()[0])
        assert (first["event"], first["version"]) == ("starting", __version__)
        status, document = get(f"{program.url}/api/openapi.json")
        assert status == 200
        assert json.loads(document)["info"]["version"] == __version__
        with urlopen(program.url) as answer:  # noqa: S310 -- our own http:// address
            assert __version__ not in str(answer.headers)
