"""Runs axe-core in a page; each violation is one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import axe_playwright_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

SOURCE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
EVERYTHING = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # Disabled by default, although it belongs to WCAG 2.2 AA.
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
# The rules that depend on colours or width, for a page that was checked already.
LOOKS = {
    "runOnly": {
        "type": "rule",
        "values": [
            "color-contrast",
            "link-in-text-block",
            "scrollable-region-focusable",
            "target-size",
        ],
    },
    "resultTypes": ["violations"],
}


async def faults(page: Page, part: str = "") -> list[str]:
    """The violations that axe finds; on the second call only those that depend on the looks.

    Args:
        page: an open page.
        part: a selector of the elements that are examined; empty for all.
    """
    # Evaluated, because the page's policy blocks scripts that are not the wall's own.
    known = await page.evaluate("'axe' in window")
    if not known:
        await page.evaluate(SOURCE)
    options = LOOKS if known else EVERYTHING
    found = await page.evaluate(
        "([part, options]) => axe.run(part || document, options)", [part, options]
    )
    return list(_lines(found["violations"]))


def _lines(violations: list[dict[str, Any]]) -> Iterator[str]:
    for violation in violations:
        for node in violation["nodes"]:
            why = " ".join(node["failureSummary"].split("\n")[1:]).strip()
            # A sticky element covers something until the reader scrolls.
            if "partially obscured" in why:
                continue
            place = " ".join(str(one) for one in node["target"])
            yield f"{violation['id']} at {place}: {why} [{node['html'][:120]}]"
