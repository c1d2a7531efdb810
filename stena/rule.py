from __future__ import annotations

from typing import Literal, NamedTuple, get_args

# Who may post: `open`, everyone; `first`, everyone, but a browser's messages wait until one of them
# was approved; `all`, everyone, and each message waits; `closed`, nobody.
Mode = Literal["open", "first", "all", "closed"]
MODES: tuple[Mode, ...] = get_args(Mode)
# The greatest weight of reports from which messages can be set to wait.
MOST_REPORTS = 100


class Rule(NamedTuple):
    """What holds for a wall; the thread of the main wall is empty."""

    thread: str
    mode: Mode
