from __future__ import annotations


class Refusal(Exception):  # noqa: N818 -- it is the wall's answer, not a fault of the program
    """The wall says no.

    Attributes:
        code: the stable name of the reason; web/errors.py gives each its HTTP status and
            its sentence, docs/api.md lists them all.
        field: the input at fault, as the visitor's form or JSON names it.
        numbers: what the sentence mentions, such as a limit.
    """

    def __init__(self, code: str, field: str | None = None, **numbers: int) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.numbers = numbers
