"""How much of the newest page was spam, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.civility.plan import FLOODS
from benchmarks.civility.walls import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from matplotlib.axes import Axes

    from benchmarks.civility.scenarios import Finding

SLOW = {"alone": "nobody looks", "watched": "an owner looks"}
COLOURS = ("#3b1f1b", "#e9724c", "#c5283d", "#255f85", "#8a9b3e")


def draw(findings: Mapping[str, Finding], file: Path) -> None:
    """Draw the floods in seconds, and the slow spam in days."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "stena", "svg.fonttype": "none"})
    picture, (floods, days) = plt.subplots(
        1, 2, figsize=(9.5, 3.4), layout="constrained", sharey=True
    )
    _lines(floods, ((kind, findings[kind]) for kind in FLOODS), 1)
    _lines(days, ((label, findings[name]) for name, label in SLOW.items()), 24 * HOUR)
    floods.set_title("a flood (S1 to S5)", loc="left")
    floods.set_xlabel("seconds from its beginning")
    floods.set_ylabel("spam on the newest page, %")
    days.set_title("slow spam (S6, S7), then a flood (S8)", loc="left")
    days.set_xlabel("days")
    picture.savefig(file, metadata={"Date": None})
    plt.close(picture)


def _lines(axes: Axes, drawn: Iterable[tuple[str, Finding]], unit: float) -> None:
    for (label, finding), colour in zip(drawn, COLOURS, strict=False):
        looks = [look for look in finding.looks if look.at >= finding.begin]
        moments = [(look.at - finding.begin) / unit for look in looks]
        axes.plot(moments, [100 * look.share for look in looks], label=label, color=colour)
    axes.set_ylim(-2, 102)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
