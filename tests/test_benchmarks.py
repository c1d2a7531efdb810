"""The benchmarks run; their figures are not checked here."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

from tests.program import ROOT, environment

LINES = yaml.safe_load((ROOT / "benchmarks/lines.yaml").read_text())


@pytest.mark.longest
def test_all_benchmarks_run_and_nothing_is_lost_in_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--small"],
        cwd=ROOT,
        env=environment(PYTHONPATH="."),
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(LINES), done.stdout
    reported = [line for line in lines if "missed, repeated or out of order" in line]
    assert [line.split()[-3:] for line in reported] == [["0", "≤", "0"]] * 2
