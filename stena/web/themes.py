"""Styles of one theme, for a site that has only one: whatever the visitor's system likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LIKES_DARK = b"(prefers-color-scheme: dark)"
# What stands for the visitor's liking: in the dark theme it always holds, in the light one never.
THEMES = {"light": b"not all", "dark": b"all"}


def pinned(sheets: Mapping[str, bytes]) -> dict[str, bytes]:
    """Each of the sheets in each theme, as light.wall.css."""
    return {
        f"{theme}.{name}": sheet.replace(LIKES_DARK, holds)
        for theme, holds in THEMES.items()
        for name, sheet in sheets.items()
    }
