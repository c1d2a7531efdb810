"""Whole numbers from outside: ids, limits, the numbers of changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

# The largest bigint, and so the largest id.
LAST_ID = 2**63 - 1


def is_id(given: str) -> bool:
    return bool(_DIGITS.fullmatch(given)) and int(given) <= LAST_ID


def in_path(request: web.Request) -> int:
    """The id in the path.

    Raises:
        Refusal: not_found, for a number that no message can have.
    """
    given = request.match_info["id"]
    # Python converts no number of more than 4,300 digits.
    if not is_id(given):
        raise Refusal("not_found")
    return int(given)


def in_query(request: web.Request, field: str, most: int, least: int = 1) -> int | None:
    """A whole number from `least` to `most` in the query; None if it is missing or empty.

    Raises:
        Refusal: bad_number.
    """
    if not request.rel_url.raw_query_string:
        return None
    given = request.query.getall(field, [])
    # An empty field of a form arrives as an empty string.
    return None if given in ([], [""]) else whole(field, given, most, least)


def whole(field: str, given: Sequence[str], most: int, least: int = 1) -> int:
    """The one whole number in `given`.

    Raises:
        Refusal: bad_number.
    """
    if len(given) > 1 or not _DIGITS.fullmatch(given[0]) or not least <= int(given[0]) <= most:
        raise Refusal("bad_number", field, least=least, most=most)
    return int(given[0])


_DIGITS = re.compile(r"[0-9]{1,19}")
