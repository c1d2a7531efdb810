"""When an alert is due."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from stena.alert import Happened, Quiet, Situation

if TYPE_CHECKING:
    from stena.alert import Event, Kind

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def due(
    *events: Event,
    level: int = 0,
    attack: bool = False,
    age: timedelta = MINUTE,
    made: dict[Kind, timedelta] | None = None,
    quiet: Quiet | None = None,
) -> list[Kind]:
    """What is due now.

    Args:
        events: what has happened.
        level: of the brake.
        attack: whether the team knows of an attack.
        age: of each event.
        made: how long ago an alert of a kind was made.
        quiet: the quiet hours.
    """
    happened = {kind: Happened(1, NOW - age, {}) for kind in events}
    times = {kind: NOW - ago for kind, ago in (made or {}).items()}
    return Situation(NOW, level, happened, times, {} if attack else None).due(quiet)


def test_the_first_event_waits_some_seconds_for_others() -> None:
    assert due("waits", age=timedelta(seconds=4)) == []
    assert due("waits", age=timedelta(seconds=5)) == ["messages"]


def test_a_flood_that_raises_the_brake_within_these_seconds_is_no_other_alert() -> None:
    assert due("waits", "brake", level=1) == ["attack"]


def test_what_happens_is_one_alert_in_a_quarter_of_an_hour() -> None:
    assert due("waits", "reported", made={"messages": 14 * MINUTE}) == []
    assert due("waits", "reported", made={"messages": 15 * MINUTE}) == ["messages"]


def test_an_urgent_report_waits_for_nothing_but_the_urgent_one_before() -> None:
    assert due("urgent", age=timedelta(0), made={"messages": MINUTE}) == ["urgent"]
    assert due("urgent", made={"urgent": 4 * MINUTE}) == []
    assert due("urgent", made={"urgent": 5 * MINUTE}) == ["urgent"]


def test_what_waits_during_an_attack_is_in_the_alert_that_it_is_over() -> None:
    began: dict[Kind, timedelta] = {"attack": 59 * MINUTE}
    assert due("waits", level=1, attack=True, made=began) == []
    assert due("waits", attack=True, made=began) == ["over"]


def test_while_an_attack_goes_on_for_hours_the_number_is_sent_each_hour() -> None:
    long_ago: dict[Kind, timedelta] = {"attack": 60 * MINUTE}
    assert due("waits", level=1, attack=True, made=long_ago) == ["messages"]


def test_an_attack_in_waves_is_two_alerts_in_a_quarter_of_an_hour() -> None:
    assert due("brake", "waits", level=1, made={"over": 14 * MINUTE}) == []
    assert due("waits", made={"over": 14 * MINUTE}) == []
    assert due("brake", level=1, made={"over": 15 * MINUTE}) == ["attack"]
    assert due("brake", made={"over": 15 * MINUTE}) == ["over"]


@pytest.mark.parametrize(
    ("start", "end", "is_quiet"),
    [("12:00", "13:00", True), ("11:00", "12:00", False), ("22:00", "08:00", False)],
)
def test_in_quiet_hours_only_what_is_urgent_is_due(start: str, end: str, *, is_quiet: bool) -> None:
    quiet = Quiet(time.fromisoformat(start), time.fromisoformat(end), ZoneInfo("UTC"))
    assert due("waits", "urgent", quiet=quiet) == ["urgent"] + ["messages"] * (not is_quiet)


def test_quiet_hours_are_those_of_the_time_zone_and_go_on_after_midnight() -> None:
    # It is 21:00 in Tokyo, and 01:00 of the next day in Auckland.
    assert due("waits", quiet=Quiet(time(22), time(8), ZoneInfo("Asia/Tokyo"))) == ["messages"]
    assert due("waits", quiet=Quiet(time(22), time(8), ZoneInfo("Pacific/Auckland"))) == []


def test_an_attack_that_began_and_ended_in_quiet_hours_is_one_alert() -> None:
    assert due("brake", "waits") == ["over"]


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    assert due("waits", made={"messages": -60 * MINUTE}) == ["messages"]
