from __future__ import annotations

from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.rule import NOTICE_LIMIT
from stena.text import lines

if TYPE_CHECKING:
    from collections.abc import Mapping


def notice(typed: str) -> str:
    """A valid notice; empty for none.

    Raises:
        Refusal: text_too_long.
    """
    text = lines(typed)
    if len(text) > NOTICE_LIMIT:
        raise Refusal("text_too_long", "text", limit=NOTICE_LIMIT, length=len(text))
    return text


def shown(notices: Mapping[str, str], thread: str) -> str:
    """The notice that is shown on a wall: its own, else that of the main wall; mostly empty."""
    return notices.get(thread) or notices.get("", "")
