"""Tests that the article still holds, with a section for each row of the table in the docs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.article import tls
from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the repository, which a test may change."""
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.check_output(listed, cwd=ROOT, text=True).split("\0")
    folder = tmp_path / "repository"
    for name in filter(None, names):
        # git lists files that are deleted but not committed yet.
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def socket_file(postgres: str) -> Path:
    """The socket of the server."""
    [folder] = parse_qs(urlsplit(postgres).query)["host"]
    return Path(folder) / ".s.PGSQL.5432"


@pytest.fixture
def tls_way(socket_file: Path) -> Generator[tls.Way]:
    with tls.with_tls(socket_file) as way:
        yield way


@pytest.fixture
def plain_way(socket_file: Path) -> Generator[tls.Way]:
    with tls.without_tls(socket_file) as way:
        yield way
