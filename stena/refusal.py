from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Refusal(Exception):  # noqa: N818 -- an answer to the visitor, not an error of the program
    """Raised when a request is rejected for a reason that the visitor can be given.

    Attributes:
        code: the stable name of the reason; web/refusals.py gives each its HTTP status and
            its sentence, docs/api.md lists them all.
        field: the invalid input, as the visitor's form or JSON names it.
        numbers: values that the sentence mentions, such as a limit.
        until: when the reason ends by itself, None if that is unknown.
        time_zone: in which the sentence names that time, an IANA name.
    """

    def __init__(
        self,
        code: str,
        field: str | None = None,
        *,
        until: datetime | None = None,
        time_zone: str = "UTC",
        **numbers: int | str,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.numbers = numbers
        self.until = until
        self.time_zone = time_zone


class Stale(Refusal):
    """Raised when what was judged before a write holds no longer; it is judged again."""

    def __init__(self) -> None:
        super().__init__("busy")
