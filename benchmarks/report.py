"""Write the figures into docs/benchmarks.md and its Russian twin, and draw the picture."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
import yaml
from matplotlib import pyplot as plt

from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.figures import Figure

    Language = Literal["en", "ru"]

PAGES: dict[Language, Path] = {
    "en": ROOT / "docs/benchmarks.md",
    "ru": ROOT / "docs/ru/benchmarks.md",
}
PICTURE = ROOT / "docs/benchmarks.svg"
LINES = Path(__file__).parent / "lines.yaml"
BETWEEN = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
# Those that are not in the line's own words.
UNITS: dict[Language, dict[str, str]] = {
    "en": {"ms": " ms", "s": " s", "kB": " kB", "B/s": " B/s", "%": " %"},
    "ru": {"ms": " мс", "s": " с", "kB": " кБ", "B/s": " Б/с", "%": " %"},  # noqa: RUF001 -- Russian
}
HEADINGS: dict[Language, tuple[str, str, str]] = {
    "en": ("what", "measured", "target"),
    "ru": ("что", "измерено", "цель"),
}
DARK, WARM = "#3b1f1b", "#e9724c"


@dataclass(frozen=True, slots=True)
class Line:
    """The description of a figure in both languages, and its target."""

    en: str
    ru: str
    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


def summary(figure: Figure) -> str:
    """One line for a terminal."""
    line = _line(figure)
    verdict = "" if line.met(figure.value) else "   MISSED"
    return f"{line.en:97} {_value(figure, 'en'):>18} {_target(figure, 'en'):>10}{verdict}"


def write(figures: Sequence[Figure]) -> None:
    """Write the figures into both pages and draw the picture."""
    for language, page in PAGES.items():
        before, after = BETWEEN.split(page.read_text(encoding="utf-8"))
        page.write_text(before + _table(figures, language) + after, encoding="utf-8")
    _draw([figure for figure in figures if figure.range])


def _table(figures: Sequence[Figure], language: Language) -> str:
    rows = [HEADINGS[language], ("---", "---", "---")]
    for figure in figures:
        value = _value(figure, language)
        shown = value if _line(figure).met(figure.value) else f"**{value}**"
        rows.append((getattr(_line(figure), language), shown, _target(figure, language)))
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{table}\n\n{_machine(language)}\n"


def _draw(ratios: Sequence[Figure]) -> None:
    """Draw a bar for each ratio, the range of its pairs, and its target."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "stena", "svg.fonttype": "none"})
    picture, axes = plt.subplots(figsize=(9.5, 0.42 * len(ratios) + 0.8), layout="constrained")
    for place, figure in enumerate(reversed(ratios)):
        assert figure.range is not None
        axes.barh(place, figure.value, color=WARM, height=0.6)
        axes.hlines(place, *figure.range, color=DARK, linewidth=1.2)
        if (least := _line(figure).least) is not None:
            axes.plot(least, place, "|", color=DARK, markersize=16, markeredgewidth=2)
    names = [_line(figure).en.replace("`", "") for figure in reversed(ratios)]
    axes.set_yticks(range(len(ratios)), names)
    axes.set_xscale("log")
    axes.axvline(1, color=DARK, linewidth=0.6)
    axes.set_xticks([0.5, 1, 2, 5, 10, 30, 100], ["0.5", "1", "2", "5", "10", "30", "100"])
    axes.set_xticks([], minor=True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("throughput ratio (|: target)")
    picture.savefig(PICTURE, metadata={"Date": None})


def _line(figure: Figure) -> Line:
    """The line of a figure; lines of streams contain the number of streams."""
    name, numbers = re.sub(r"\d+ ", "", figure.name, count=1), re.findall(r"\d+ ", figure.name)
    if not figure.name.startswith("streams"):
        return _lines()[figure.name]
    found = _lines()[name]
    streams = f"{int(numbers[0]):,}"
    return Line(
        found.en.format(streams=streams),
        found.ru.format(streams=streams.replace(",", " ")),
        found.least,
        found.most,
    )


@cache
def _lines() -> dict[str, Line]:
    return {name: Line(**line) for name, line in yaml.safe_load(LINES.read_bytes()).items()}


def _value(figure: Figure, language: Language) -> str:
    shown = _number(figure.value, language) + UNITS[language].get(figure.unit, "")
    if figure.range:
        least, most = (_number(value, language) for value in figure.range)
        shown += f" ({least} … {most})"
    return shown


def _target(figure: Figure, language: Language) -> str:
    line = _line(figure)
    sign, bound = ("≥", line.least) if line.least is not None else ("≤", line.most)
    return (
        ""
        if bound is None
        else f"{sign} {_number(bound, language)}{UNITS[language].get(figure.unit, '')}"
    )


def _number(value: float, language: Language) -> str:
    """Three significant digits, or all digits of a whole number."""
    shown = f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"  # noqa: PLR2004 -- three digits
    return shown.replace(".", ",") if language == "ru" else shown


def _machine(language: Language) -> str:
    python, cores = platform.python_version(), os.cpu_count()
    if language == "ru":
        return f"Python {python}, {platform.system()}, ядер: {cores}."
    return f"Python {python} on {platform.system()}, {cores} cores."
