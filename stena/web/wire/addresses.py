"""The addresses of the wall's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from stena.web.wire.look import FRAME

if TYPE_CHECKING:
    from stena.web.wire.look import Look


def at(look: Look, path: str, **query: object) -> str:
    """The address of a page; from a frame, in that frame, with its theme and language."""
    if not look.framed:
        return _with_query(look.base + path, query)
    kept = {"theme": look.theme, "lang": look.asked_language}
    below = look.base + FRAME
    return _with_query(below if path == "/" else below + path, query | kept)


def _with_query(path: str, query: dict[str, object]) -> str:
    asked = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(asked, safe='/')}" if asked else path
