"""What is wrong with a field of a JSON body, as a refusal."""

from __future__ import annotations

from stena.brake import LONGEST_MINUTES
from stena.decision import MOST_AT_ONCE
from stena.refusal import Refusal
from stena.web.inputs import rule
from stena.web.inputs.numbers import LAST_ID

# The smallest and the largest value of each number.
_BOUNDS = {
    **dict.fromkeys(("id", "reply_to", "decision", "ban"), (1, LAST_ID)),
    **{field: (0, most) for field, most in rule.MOST.items()},
    "level": (0, 2),
    "minutes": (1, LONGEST_MINUTES),
}
_CODES = {
    "kind": "bad_kind",
    "on": "bad_switch",
    "as_team": "bad_switch",
    "spam": "bad_switch",
    "sure": "bad_switch",
    "refuses": "bad_switch",
    "dry_run": "bad_switch",
    "days": "bad_days",
    "target": "bad_target",
    "mode": "bad_mode",
    "hours": "bad_hours",
    "time_zone": "bad_time_zone",
    "links": "bad_links",
    "step": "bad_step",
}


def refusal(mistake: str, field: str) -> Refusal:
    """The refusal of a body for a field of it.

    Args:
        mistake: the type of pydantic's first error.
        field: of the body, or the one that contains what is wrong.
    """
    if mistake == "missing" and field not in {"hours", "step"}:
        return Refusal("field_missing", field)
    if field == "ids":
        return Refusal("bad_ids", field, most=MOST_AT_ONCE, last=LAST_ID)
    if field in _BOUNDS:
        least, most = _BOUNDS[field]
        return Refusal("bad_number", field, least=least, most=most)
    return Refusal(_CODES.get(field, "bad_type"), field)
