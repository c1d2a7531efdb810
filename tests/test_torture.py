"""The plan of `make torture`, and the checks of its history: each finds what it is for."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from torture import figures, history
from torture.clients import Request
from torture.faults import Trouble
from torture.history import Row
from torture.plan import FAULTS, NETWORK_FAULTS, plan
from torture.readers import Reader
from torture.writers import Kept, Unseen

LOVE = {"love": 1}
FIRST = Row(
    1, 1, 1, "visible", gone=False, text="First", name="a", parent=None,
    replies=1, reactions={}, given={},
)  # fmt: skip
ROWS = (
    FIRST,
    replace(
        FIRST, id=2, change=4, appeared=2, text="Edited", replies=0, reactions=LOVE, given=LOVE
    ),
    replace(FIRST, id=3, change=3, appeared=3, text="Reply", parent=1, replies=0),
    replace(FIRST, id=4, change=6, appeared=5, state="deleted", gone=True, text="", replies=0),
)
KEPT = {
    1: Kept(1, "First", "a", None),
    2: Kept(2, "Edited", "b", None, {"love"}),
    3: Kept(3, "Reply", "c", 1),
    4: Kept(4, "", "d", None, deleted=True),
}


def event(number: int, message: int, kind: str = "message", **data: object) -> dict[str, str]:
    shape = {"id": message, "deleted": False, "reactions": {}, **data}
    return {"id": str(number), "event": kind, "data": json.dumps(shape)}


EVENTS = (
    event(1, 1, text="First"),
    event(2, 2, text="Second"),
    event(3, 3, text="Reply"),
    event(4, 2, "edited", text="Edited", reactions={"love": 1}),
    event(5, 4, text="Fourth"),
    event(6, 4, "deleted"),
)


def reader(*events: dict[str, str]) -> Reader:
    one = Reader(0, random.Random(1))  # noqa: S311 -- as in the torture
    for fields in events:
        one.take(fields)
    return one


def test_a_seed_makes_the_same_faults_and_a_minute_has_them_all() -> None:
    faults = plan(1, 60, network=True)
    assert faults == plan(1, 60, network=True) != plan(2, 60, network=True)
    assert {fault.kind for fault in faults} == FAULTS.keys() | NETWORK_FAULTS.keys()
    assert {fault.kind for fault in plan(1, 60, network=False)} == FAULTS.keys()


def test_a_history_without_fault_is_found_right() -> None:
    # Who reads late is sent each message as it is by then.
    late = (
        EVENTS[0],
        event(2, 2, text="Edited", reactions=LOVE),
        EVENTS[2],
        {"id": "5"},
        EVENTS[5],
    )
    assert list(history.in_order(ROWS)) == []
    assert list(history.kept(ROWS, KEPT)) == []
    assert list(history.sent(ROWS, reader(*EVENTS))) == []
    assert list(history.sent(ROWS, reader(*late))) == []


@pytest.mark.parametrize(
    ("row", "change", "found"),
    [
        (1, {}, "is there, but was not acknowledged"),
        (0, {"text": "Other"}, "its text is “Other”"),
        (0, {"text": "", "gone": True}, "deleted is True"),
        (1, {"given": {}}, "its reactions are {}"),
        (1, {"reactions": {}}, "its counters {}"),
        (0, {"replies": 2}, "1 replies, its counter 2"),
        (2, {"parent": None}, "is below None"),
        (3, {"gone": False, "state": "visible"}, "deleted is False"),
    ],
)
def test_what_differs_from_what_was_acknowledged_is_found(
    row: int, change: dict[str, Any], found: str
) -> None:
    changed = [*ROWS[:row], replace(ROWS[row], **change), *ROWS[row + 1 :]]
    acknowledged = KEPT if change else {number: KEPT[number] for number in (1, 3, 4)}
    assert any(found in line for line in history.kept(changed, acknowledged))


def test_a_lost_message_is_found() -> None:
    assert next(iter(history.kept(ROWS[1:], KEPT))) == (
        "message 1 was acknowledged, and is lost: “First”"
    )


def test_ids_in_another_order_than_changes_are_found() -> None:
    assert list(history.in_order([ROWS[0], replace(ROWS[1], appeared=1)]))
    assert list(history.in_order([ROWS[0], replace(ROWS[1], change=1)]))


@pytest.mark.parametrize(
    ("events", "found"),
    [
        (EVENTS[:-1], "knows everything up to 5 only"),
        ((*EVENTS[:2], *EVENTS[3:]), "never sent change 3"),
        ((EVENTS[0], EVENTS[2], EVENTS[1], *EVENTS[3:]), "got change 2 after 3"),
        ((*EVENTS[:2], event(3, 2, text="Second"), *EVENTS[2:]), "got message 2 twice"),
        ((EVENTS[0], {"id": "2"}, event(3, 2, text="Second")), "was sent message 2, which"),
        ((*EVENTS[:3], {"id": "4"}, event(5, 2, "edited", text="Edited")), "sent change 4"),
        ((EVENTS[0], event(2, 2, "edited", text="Second")), "which it did not know"),
        ((*EVENTS[:3], event(4, 2, "edited", text="Other")), "knows message 2 as “Other”"),
        ((*EVENTS, event(7, 9, text="Nowhere")), "sent message 9, which is not in the database"),
        ((EVENTS[0], {"event": "reset", "data": ""}, {"id": "6"}), "sent `reset` from 1 to 6"),
    ],
)
def test_a_gap_a_repeat_and_a_needless_reset_are_found(
    events: tuple[dict[str, str], ...], found: str
) -> None:
    lines = list(history.sent(ROWS, reader(*events)))
    assert any(found in line for line in lines), lines


def test_after_a_reset_that_was_due_only_what_follows_has_to_be_sent() -> None:
    rows = [replace(row, change=row.change + 996, appeared=row.appeared + 996) for row in ROWS]
    one = reader({"event": "reset", "data": ""}, {"id": "1001"}, event(1002, 4, "deleted"))
    assert one.resets == [(0, 1001)]
    assert list(history.sent(rows, one)) == []


def test_a_page_without_its_visitors_message_is_found_unless_the_database_was_away() -> None:
    page = Unseen(9, 8, 1, 20.0, 20.1)
    cut = Trouble("cut a program off", "", 18.0, 21.0, program=1)
    assert list(history.unseen([page], [replace(cut, program=2)]))
    assert list(history.unseen([page], [cut])) == []


def test_only_a_fault_that_comes_alone_is_measured() -> None:
    posts = [Request(at, at + 0.1, 1, "/api/messages.create", 201) for at in (1.0, 5.25, 9.5)]
    killed = Trouble("end a backend", "", 5.0, 5.0)
    lines = list(figures.lines(posts, [killed], 0))
    assert "until writing succeeds: 0.35 s at most of 1 " in lines[0]
    cut = Trouble("cut a program off", "", 4.5, 4.8)
    assert "not measured" in next(figures.lines(posts, [killed, cut], 0))
