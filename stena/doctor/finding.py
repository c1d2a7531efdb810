from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was found, why it matters, and how to fix it."""

    level: Level
    about: str
    what: str
    why: str = ""
    mend: str = ""

    def __str__(self) -> str:
        return " ".join(
            filter(None, (f"{self.level}: {self.about}: {self.what}", self.why, self.mend))
        )
