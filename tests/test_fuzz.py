from __future__ import annotations

import sys

from tests.program import ROOT, ended


def test_a_thousand_hostile_requests_bring_no_error_of_the_wall() -> None:
    done = ended(sys.executable, "-m", "tests.fuzz", "--requests", "1000", "--seed", "1", cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
