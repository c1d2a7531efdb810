"""The rules of one wall, as an owner's form and as JSON: each becomes new values of a Rule."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from stena.refusal import Refusal
from stena.rule import (
    LINKS,
    MODES,
    MOST_CLOSE_DAYS,
    MOST_REPORTS,
    MOST_SLOW_SECONDS,
    Hours,
    Links,
    Mode,
    zone_name,
)
from stena.thread import slug
from stena.web.inputs.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# In a form: no hours, although the main wall has some.
ALL_DAY = "none"
WHOLE_DAY = Hours(time(), time(), "closed")
MOST = {
    "slow_seconds": MOST_SLOW_SECONDS,
    "close_days": MOST_CLOSE_DAYS,
    "reports": MOST_REPORTS,
}
TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"

Choice = TypeVar("Choice", bound=str)


class TypedHours(BaseModel):
    model_config = ConfigDict(strict=True)

    start: str = Field(alias="from", pattern=f"^{TIME}$")
    end: str = Field(alias="to", pattern=f"^{TIME}$")
    outside: Mode


class TypedRule(BaseModel):
    """The rules of one wall. One that is missing stays; null is that of the main wall."""

    model_config = ConfigDict(strict=True)

    thread: Annotated[str, AfterValidator(slug)] = ""
    mode: Mode
    hours: TypedHours | None = None
    time_zone: Annotated[str, AfterValidator(zone_name)] | None = None
    slow_seconds: int | None = Field(None, ge=0, le=MOST["slow_seconds"])
    close_days: int | None = Field(None, ge=0, le=MOST["close_days"])
    links: Links | None = None
    reports: int | None = Field(None, ge=0, le=MOST["reports"])

    def given(self) -> dict[str, Any]:
        """The new values by the attributes of a Rule."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"thread"}}
        if hours := given.get("hours"):
            given["hours"] = _hours(hours.start, hours.end, hours.outside)
        return given


def from_form(sent: Mapping[str, str]) -> dict[str, Any]:
    """The new values by the attributes of a Rule; an empty field is the rule of the main wall.

    Raises:
        Refusal: bad_mode, bad_hours, bad_time_zone, bad_links or bad_number.
    """
    given: dict[str, Any] = {"mode": chosen("mode", sent.get("mode"), MODES, "bad_mode")}
    if outside := sent.get("outside"):
        given["hours"] = WHOLE_DAY if outside == ALL_DAY else _hours_of(sent, outside)
    elif "outside" in sent:
        given["hours"] = None
    if "time_zone" in sent:
        given["time_zone"] = zone_name(sent["time_zone"].strip()) if sent["time_zone"] else None
    if "links" in sent:
        links = sent["links"]
        given["links"] = chosen("links", links, LINKS, "bad_links") if links else None
    for name, most in MOST.items():
        if name in sent:
            given[name] = whole(name, [sent[name]], most, 0) if sent[name] else None
    return given


def chosen(field: str, sent: str | None, choices: Sequence[Choice], code: str) -> Choice:
    """The choice that was sent.

    Raises:
        Refusal: one with this code.
    """
    for choice in choices:
        if sent == choice:
            return choice
    raise Refusal(code, field)


def _hours_of(sent: Mapping[str, str], outside: str) -> Hours:
    mode = chosen("hours", outside, MODES, "bad_hours")
    return _hours(sent.get("from", ""), sent.get("to", ""), mode)


def _hours(start: str, end: str, outside: Mode) -> Hours:
    try:
        return Hours(time.fromisoformat(start), time.fromisoformat(end), outside)
    except ValueError:
        raise Refusal("bad_hours", "hours") from None
