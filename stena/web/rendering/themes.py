"""Style sheets of one theme, whatever the visitor's system prefers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.wire.look import THEMES

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFERS_DARK = b"(prefers-color-scheme: dark)"
# What replaces the media query: it never matches in the light theme, always in the dark one.
MATCHES = dict(zip(THEMES, (b"not all", b"all"), strict=True))


def pinned(sheets: Mapping[str, bytes]) -> dict[str, bytes]:
    """Each sheet in each theme, under names like light.wall.css."""
    return {
        f"{theme}.{name}": sheet.replace(PREFERS_DARK, matches)
        for theme, matches in MATCHES.items()
        for name, sheet in sheets.items()
    }
