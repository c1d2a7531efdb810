"""All benchmarks in one go.

    make bench

Each comparison asks two sides in turn and counts the median of the pairs; machines are noisy, so
only ratios of one run mean anything.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import bare, formatting, page, peer, report, search, size, streams, weight, writing
from benchmarks.figures import FULL, SMALL
from stena import logs
from stena.store import embedded

PARTS = {
    part.__name__.rpartition(".")[2]: part
    for part in (bare, formatting, size, search, writing, peer, streams, page, weight)
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
                print(report.told(figure), flush=True)
                figures.append(figure)
    if not chosen.small and not chosen.parts:
        report.write(figures)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description="Measure all, and write it down."
    )
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], help="only these, not written down"
    )
    parser.add_argument(
        "--small",
        action="store_true",
        help="whether it works, not how fast it is; not written down",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
