"""Alerts to the team in the language of the wall, as plain text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from stena.alert import Alert
from stena.report import URGENT
from stena.web.i18n import translations
from stena.web.rendering.formatting import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stena.alert import Delivery, Facts
    from stena.alerts import Now
    from stena.message import Message

DESK, REPORTED, ALERTS = "/owner", "/owner/reported", "/owner/alerts"
# How much of a message is shown.
SHOWN = 200


class Words:
    """Puts alerts into words."""

    def __init__(self, language: str, title: str, home: str, time_zone: str) -> None:
        """Create it.

        Args:
            language: of the wall.
            title: of the wall; empty for the default one.
            home: its address; empty if that is not set, and then alerts have no link.
            time_zone: of the times.
        """
        self._translations = translations(language)
        self._title = title or self._translations.gettext("The wall")
        self._home = home
        self._zone = ZoneInfo(time_zone)

    def compose(self, delivery: Delivery, now: Now) -> Alert:
        """An alert as it is sent now."""
        path, subject, paragraphs = self._said(delivery, now)
        url = f"{self._home}{path}" if self._home else ""
        text = "\n\n".join([*paragraphs, *([url] if url else [])])
        given = (delivery.id, delivery.kind, delivery.made)
        return Alert(*given, f"{self._title}: {subject}", f"{text}\n", url, delivery.facts)

    def _said(self, delivery: Delivery, now: Now) -> tuple[str, str, Iterable[str]]:
        """The page that it is about, its subject, and its paragraphs."""
        _, facts = self._translations.gettext, delivery.facts
        if delivery.kind == "urgent":
            subject = self._number(_URGENT, facts, "urgent")
            return REPORTED, subject, [_(IS_URGENT), _(NOT_SHOWN)]
        if delivery.kind == "attack":
            return DESK, _(ATTACK), [self._why(facts), _(HOLDS)]
        if delivery.kind == "over":
            return DESK, _(OVER), self._over(facts, now)
        if delivery.kind == "test":
            return ALERTS, _(TEST), [_(WORKS)]
        return self._messages(facts, now)

    def _messages(self, facts: Facts, now: Now) -> tuple[str, str, Iterable[str]]:
        new = [
            self._number(sentence, facts, name)
            for name, sentence in (("waits", _WAITS), ("reported", _REPORTED))
            if facts.get(name)
        ]
        path = DESK if facts.get("waits") else REPORTED
        return path, ", ".join(new), self._shown(now)

    def _shown(self, now: Now) -> Iterator[str]:
        if now.waiting:
            yield self._counted(_WAITING, now.waiting)
            yield _lines(one.message for one in now.waits)
        # What harms somebody is not spread further.
        shown = [one.message for one in now.reported if not URGENT & one.reasons.keys()]
        if shown:
            yield self._translations.gettext(WITH_REPORTS)
            yield _lines(shown)

    def _why(self, facts: Facts) -> str:
        _ = self._translations.gettext
        if facts.get("reason") == "flood":
            newcomers = self._number(_NEWCOMERS, facts, "newcomers")
            return f"{newcomers} {self._number(_USUAL, facts, 'usual')}"
        return _(_WHY.get(str(facts.get("reason")), ATTACK))

    def _over(self, facts: Facts, now: Now) -> Iterator[str]:
        _ = self._translations.gettext
        since = datetime.fromisoformat(str(facts["since"])).astimezone(self._zone)
        yield f"{_(BEGAN) % {'time': since.strftime('%H:%M')}} {self._why(facts)}"
        if facts.get("waits"):
            yield self._number(_STOPPED, facts, "waits")
        if facts.get("reported"):
            yield self._number(_REPORTED, facts, "reported")
        if now.waiting:
            yield self._counted(_WAITING, now.waiting)

    def _number(self, sentence: tuple[str, str], facts: Facts, name: str) -> str:
        return self._counted(sentence, int(facts.get(name) or 0))

    def _counted(self, sentence: tuple[str, str], number: int) -> str:
        return self._translations.ngettext(*sentence, number) % {"num": number}


def _lines(messages: Iterable[Message]) -> str:
    return "\n".join(
        f"— {one.name}: {words}" if one.name else f"— {words}"
        for one in messages
        if (words := excerpt(one.text, SHOWN))
    )


def _(sentence: str) -> str:
    """Mark a sentence for translators; it is translated when it is used."""
    return sentence


def ngettext(one: str, many: str) -> tuple[str, str]:
    """The same for a sentence with a number."""
    return one, many


_WAITS = ngettext("%(num)d new message waits", "%(num)d new messages wait")
_REPORTED = ngettext("%(num)d new report", "%(num)d new reports")
_WAITING = ngettext("%(num)d message waits now.", "%(num)d messages wait now.")
_URGENT = ngettext("%(num)d urgent report", "%(num)d urgent reports")
_STOPPED = ngettext(
    "%(num)d message was stopped, and waits for you or is decided already.",
    "%(num)d messages were stopped, and wait for you or are decided already.",
)
_NEWCOMERS = ngettext("%(num)d newcomer in a minute;", "%(num)d newcomers in a minute;")
_USUAL = ngettext("%(num)d is usual.", "%(num)d are usual.")
_WHY = {
    "copies": _("Several browsers wrote nearly the same."),
    "paid": _("Too many newcomers took that step, or what they wrote was reported or removed."),
}
IS_URGENT = _(
    "A visitor says that a message breaks the law, or has somebody's personal data in it."
)
NOT_SHOWN = _("Its text is not sent, so that it spreads no further. Look at it soon.")
WITH_REPORTS = _("Reported:")
ATTACK = _("the wall is flooded")
HOLDS = _(
    "The brake holds newcomers back. You need not do anything. An alert follows when it is over."
)
OVER = _("the flood is over")
BEGAN = _("It began at %(time)s.")
TEST = _("a test")
WORKS = _("Alerts of the wall arrive here.")
