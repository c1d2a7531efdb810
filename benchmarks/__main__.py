"""Run all benchmarks.

    make bench

Each comparison measures two sides alternately and takes the median of the pairs. Machines are
noisy, so compare only ratios of one run.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks import (
    bare,
    civility,
    crowd,
    formatting,
    hostile,
    page,
    peer,
    report,
    search,
    size,
    streams,
    weight,
    writing,
)
from benchmarks.figures import FULL, SMALL
from stena import logs
from stena.store import embedded

PARTS = {
    part.__name__.rpartition(".")[2]: part
    for part in (
        bare,
        crowd,
        formatting,
        hostile,
        size,
        search,
        writing,
        peer,
        streams,
        page,
        weight,
        civility,
    )
}


def main() -> None:
    chosen = arguments()
    logs.set_up("text", "warning")
    scale = replace(SMALL if chosen.small else FULL, seed=chosen.seed)
    figures = []
    with (
        tempfile.TemporaryDirectory() as name,
        embedded.run(Path(name) / "postgres") as url,
    ):
        for part in chosen.parts or PARTS:
            for figure in PARTS[part].measure(Path(name), url, scale):
                print(report.summary(figure), flush=True)
                figures.append(figure)
    if not chosen.small and not chosen.parts:
        report.write(figures)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description="Run the benchmarks and write the report."
    )
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], help="run only these, and write no report"
    )
    parser.add_argument(
        "--small",
        action="store_true",
        help="test that the benchmarks work; the figures mean nothing, no report",
    )
    parser.add_argument("--seed", type=int, default=1, help="of what the part civility plans")
    return parser.parse_args()


if __name__ == "__main__":
    main()
