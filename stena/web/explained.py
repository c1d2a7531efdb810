"""A refusal in the visitor's language, and its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from stena.step import StepNeeded
from stena.web.i18n import day, translations
from stena.web.refusals import ONE_TOO_LONG, REFUSALS, RETRY_AFTER, TOO_LONG

if TYPE_CHECKING:
    from datetime import datetime

    from stena.refusal import Refusal
    from stena.step import Step


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal in the visitor's language; programs use `code` and `field`.

    Attributes:
        retry_after: in how many seconds the request may succeed, if its status says so.
        until: when the reason ends by itself, None if that is unknown.
        step: what is asked for, if it is step_needed.
    """

    status: int
    code: str
    field: str | None
    sentence: str
    retry_after: int = RETRY_AFTER
    until: datetime | None = None
    step: Step | None = None


def explain(language: str, refusal: Refusal, **details: str) -> Explained:
    """The refusal's status and its sentence; `details` fill in what the refusal cannot know."""
    status, sentence = REFUSALS[refusal.code]
    numbers: dict[str, Any] = {**refusal.numbers, **details, "field": refusal.field}
    if sentence == TOO_LONG:
        numbers["over"] = numbers["length"] - numbers["limit"]
        sentence = ONE_TOO_LONG if numbers["over"] == 1 else TOO_LONG
    translated = translations(language).gettext(sentence)
    until = refusal.until
    if until:
        there = until.astimezone(ZoneInfo(refusal.time_zone))
        numbers |= {
            "until": day(language, there),
            "time": f"{there:%H:%M}",
            "time_zone": refusal.time_zone,
        }
    return Explained(
        status,
        refusal.code,
        refusal.field,
        translated % numbers,
        retry_after=int(refusal.numbers.get("seconds", RETRY_AFTER)),
        until=until,
        step=refusal.step if isinstance(refusal, StepNeeded) else None,
    )


def shape(explained: Explained) -> dict[str, dict[str, Any]]:
    """The JSON of every error."""
    error: dict[str, Any] = {"code": explained.code, "message": explained.sentence}
    if explained.field:
        error["field"] = explained.field
    if explained.until:
        error["until"] = f"{explained.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if explained.step:
        error["step"] = _step(explained.step)
    return {"error": error}


def _step(step: Step) -> dict[str, Any]:
    work = step.work
    return {
        "ticket": step.ticket,
        "ways": step.ways,
        # The names are those of ALTCHA.
        "work": {
            "algorithm": "SHA-256",
            "challenge": work.challenge,
            "salt": work.salt,
            "maxnumber": work.most,
            "signature": work.signature,
        },
        "wait_seconds": step.seconds,
        "question": step.question or None,
    }
