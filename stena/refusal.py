from __future__ import annotations


class Refusal(Exception):  # noqa: N818 -- an answer to the visitor, not an error of the program
    """Raised when a request is rejected for a reason that the visitor can be given.

    Attributes:
        code: the stable name of the reason; web/refusals.py gives each its HTTP status and
            its sentence, docs/api.md lists them all.
        field: the invalid input, as the visitor's form or JSON names it.
        numbers: values that the sentence mentions, such as a limit.
    """

    def __init__(self, code: str, field: str | None = None, **numbers: int) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.numbers = numbers
