"""Run all benchmarks.

    make bench

Each comparison measures two sides alternately and takes the median of the pairs. Machines are
noisy, so compare only ratios of one run.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import (
    bare,
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
    )
}


def main() -> None:
    chosen = arguments()
    logs.set_up("text", "warning")
    figures = []
    with (
        tempfile.TemporaryDirectory() as name,
        embedded.run(Path(name) / "postgres") as url,
    ):
        for part in chosen.parts or PARTS:
            for figure in PARTS[part].measure(Path(name), url, SMALL if chosen.small else FULL):
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
    return parser.parse_args()


if __name__ == "__main__":
    main()
