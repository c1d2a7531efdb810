from __future__ import annotations

from typing import Literal

from pydantic import Field

from stena.settings.section import Section


class Logging(Section):
    """The log, on standard error."""

    format: Literal["auto", "text", "json"] = Field(
        "auto",
        description=(
            "`text` is for people, `json` for programs. `auto`: text on a terminal, JSON elsewhere."
        ),
        examples=["json"],
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The lowest level that is logged.", examples=["info"]
    )
    requests: bool = Field(
        False,  # noqa: FBT003 -- pydantic's way to give a default
        description="Log one line for each request, without IP addresses.",
        examples=["true"],
    )
