"""The benchmarks run; their figures are not checked here."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest
import yaml

from benchmarks.load import CREATE, rate
from benchmarks.programs import echo
from tests.program import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

LINES = yaml.safe_load((ROOT / "benchmarks/lines.yaml").read_text())


@pytest.mark.longest
@pytest.mark.once
def test_all_benchmarks_run_and_nothing_is_lost_in_them() -> None:
    lines = benchmarks()
    assert len(lines) == len(LINES), lines
    reported = [line for line in lines if "missed, repeated or out of order" in line]
    assert [line.split()[-3:] for line in reported] == [["0", "≤", "0"]] * 2


def test_a_part_of_the_benchmarks_runs_by_itself() -> None:
    assert len(benchmarks("formatting", "page")) == 3


def test_a_load_ends_even_if_it_is_stopped_while_it_begins(tmp_path: Path) -> None:
    with echo(tmp_path) as url:
        for tenths in range(30):
            assert rate(f"{url}/echo", tenths / 10_000, script=CREATE) >= 0


def benchmarks(*parts: str) -> list[str]:
    """The lines that the benchmarks print."""
    running = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-m", "benchmarks", "--small", *parts],
        cwd=ROOT,
        # In memory: where other tests write much, a server needs long to stop.
        env=environment(PYTHONPATH=".", TMPDIR=tempfile.gettempdir()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        output, errors = running.communicate(timeout=900)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGABRT)  # faulthandler prints what each thread waits for
        output, errors = running.communicate()
    assert running.returncode == 0, output + errors
    return output.splitlines()
