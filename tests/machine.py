"""What a machine may lack, such as the right to mount.

A test that needs it is skipped there, but never where `.ci/run` decides whether a change lands.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def lacks(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def mounted(folder: Path, kind: str, options: str) -> Generator[None]:
    """An empty file system of this kind in a new folder; only root may mount one."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", kind, "-o", options, kind, str(folder)], check=False, capture_output=True
    )
    if done.returncode:
        lacks("nothing may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
