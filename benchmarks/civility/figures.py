"""What the scenarios amount to: the figures with targets, and a table of every kind."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from benchmarks.civility.plan import FLOODS, HONEST, SPAM
from benchmarks.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from benchmarks.civility.judge import Count
    from benchmarks.civility.scenarios import Finding
    from benchmarks.civility.senders import Delivery
    from benchmarks.figures import Scale

# Those that do not pay: nothing of them should get through.
UNPAID = FLOODS[:4]
HEADINGS = (
    "sent",
    "at once",
    "visible",
    "linked",
    "waited",
    "refused",
    "asked",
    "paid",
    "left",
)


def of(findings: Mapping[str, Finding], scale: Scale) -> Generator[Figure]:
    """The figures that have targets.

    Args:
        findings: of each scenario by its name.
        scale: of the scenarios. After as long as the other floods nothing more of S5 should pass.
    """
    for kind in UNPAID:
        visible, count = findings[kind].judge.visible(kind)
        yield Figure(f"civility {kind}", _percent(visible, count), "%")
    visible, count = findings["S5"].judge.visible("S5", scale.flood)
    yield Figure("civility S5", _percent(visible, count), "%")
    alone = findings["alone"].judge
    yield Figure("civility S6", alone.count(of_kind("S6")).visible, "messages")
    yield Figure("civility S7", alone.count(of_kind("S7")).linked, "messages")
    floods = [findings[kind] for kind in FLOODS]
    newcomers = [findings[kind].judge.count(of_kind("newcomer")) for kind in UNPAID]
    yield Figure("civility newcomers", _share_at_once(newcomers), "%")
    paid = [findings["S5"].judge.count(of_kind("newcomer"))]
    yield Figure("civility newcomers S5", _share_at_once(paid), "%")
    honest = [
        finding.judge.count(lambda one: not one.post.is_spam) for finding in findings.values()
    ]
    yield Figure("civility refused", sum(count.refused for count in honest), "messages")
    surge = findings["surge"].judge
    yield Figure("civility surge", surge.count(of_kind("surge")).waited, "messages")
    bare = surge.count(lambda one: one.post.kind == "surge" and not one.post.has_scripts)
    yield Figure("civility surge without scripts", _share_at_once([bare]), "%")
    taps = sum(findings[kind].taps for kind in UNPAID)
    sent = sum(findings[kind].judge.count(of_kind(kind)).sent for kind in UNPAID)
    yield Figure("civility taps", 100 * taps / sent, "taps")
    # A wall that was never as usual again counts as one that was after the longest time.
    calm = [scale.tried_for if finding.calm is None else finding.calm for finding in floods]
    yield Figure("civility calm", max(calm), "s")


def table(findings: Mapping[str, Finding]) -> str:
    """Every kind of message in every scenario, for a terminal."""
    lines = []
    for name, finding in findings.items():
        calm = "" if finding.calm is None else f", as usual {finding.calm:.0f} s after the end"
        share = max((look.share for look in finding.looks), default=0)
        lines.append(
            f"\n{name}: {finding.taps} taps of the owner, {finding.reports} reports of readers, "
            f"at most {100 * share:.0f} % spam on the newest page{calm}"
        )
        lines.append(" " * 18 + "".join(f"{heading:>9}" for heading in HEADINGS))
        for kind in (*SPAM, *HONEST):
            count = finding.judge.count(of_kind(kind))
            if count.sent:
                lines.append(f"  {kind:16}" + "".join(f"{value:9}" for value in astuple(count)))
    return "\n".join(lines)


def of_kind(kind: str) -> Callable[[Delivery], bool]:
    """Whether a delivery is of this kind."""
    return lambda delivery: delivery.post.kind == kind


def _share_at_once(counts: Sequence[Count]) -> float:
    """Of those whose sender pays where that is asked for, so all of them."""
    return _percent(sum(one.at_once for one in counts), sum(one.sent for one in counts))


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole
