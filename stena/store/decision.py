"""Decisions about messages, with what is needed to undo them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.decision import Decision, Held, Seen
from stena.rule import PARTS
from stena.store import browser, desk_change, figure, link, policy, report, unseen, visibility
from stena.store.message import MESSAGE, NEWEST, STATE, whole_message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.change import Change
    from stena.decision import Action, Law
    from stena.message import State
    from stena.rule import Part
    from stena.store.database import Connection

ANYTHING = Seen()
DECISION = "id, made, member, action, messages, before, undone, subject, first, ground, asked_by"
# The states in which a message must be for an action to change it, and its state after it.
FROM: dict[Action, set[State]] = {
    "approve": {"waiting"},
    "remove": {"visible", "waiting"},
    "reject": {"visible", "waiting"},
    "restore": {"removed"},
    "keep": {"visible", "waiting"},
    "report": {"visible"},
    "sweep": {"visible"},
    "erase": set(),
}
TO: dict[Action | Part, State] = {
    "approve": "visible",
    "remove": "removed",
    "reject": "removed",
    "restore": "visible",
    "keep": "visible",
    "report": "waiting",
    "sweep": "waiting",
    "erase": "deleted",
}


async def make(  # noqa: PLR0913 -- what a decision has
    connection: Connection,
    action: Action,
    ids: Sequence[int],
    member: int | None,
    *,
    first: int | None = None,
    law: Law | None = None,
    seen: Seen = ANYTHING,
) -> tuple[list[Change], Decision | None]:
    """Carry out an action on the messages that are as their member saw them, and log it.

    Returns:
        The changes in order, and the decision; None if the action applies to none of the messages,
        or `first`, of which it would be a later part, is undone.

    Raises:
        Refusal: changed, if it would apply to some, but all of them were changed since.
    """
    if first is not None and await _is_undone(connection, first):
        return [], None
    states = await _decided(connection, action, ids, seen)
    if not states:
        return [], None
    counts = await figure.of_decision(connection, action, list(states))
    row = await connection.fetchrow(
        f"""
        INSERT INTO decision
            (member, action, messages, before, why, first, ground, asked_by, counted)
        SELECT $1, $2, array_agg(decided.id ORDER BY place), array_agg(state ORDER BY place),
            array_agg(why ORDER BY place), $5, $6, $7, $8::jsonb
        FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY AS decided (id, state, place)
        LEFT JOIN (SELECT message, why FROM withheld) AS held ON held.message = decided.id
        RETURNING {DECISION}
        """,
        member,
        action,
        list(states),
        list(states.values()),
        first,
        law.ground if law else None,
        law.asked_by if law else None,
        figure.as_json(counts),
    )
    assert row is not None  # noqa: S101 -- the row that was inserted
    if action == "approve":
        await link.make(connection, row["id"], list(states))
    made = await _change(connection, list(states), TO[action])
    if action == "approve":
        await browser.know(connection, row["id"], list(states))
    elif action == "reject":
        await browser.forget(connection, row["id"], list(states))
    if action not in {"report", "sweep"}:
        await report.settle(connection, row["id"], list(states))
    await figure.add(connection, counts)
    await desk_change.note(connection)
    return made, _decision(row)


async def _decided(
    connection: Connection, action: Action, ids: Sequence[int], seen: Seen
) -> dict[int, State]:
    """The messages to which an action applies, with their states.

    Raises:
        Refusal: as make.
    """
    states = {
        number: state
        for number, state in (await _states(connection, ids)).items()
        if state in FROM[action] and seen.state in {None, state}
    }
    if action == "keep":
        are_reported = await report.with_open(connection, list(states))
        states = {number: state for number, state in states.items() if number in are_reported}
    if seen.change is None or not states:
        return states
    return await unseen.without(connection, states, seen.change)


async def _is_undone(connection: Connection, number: int) -> bool:
    undone: bool = await connection.fetchval(
        "SELECT undone IS NOT NULL FROM decision WHERE id = $1", number
    )
    return undone


async def parts(connection: Connection, first: int) -> list[int]:
    """The ids of the later parts of a decision that are not undone, the newest first."""
    rows = await connection.fetch(
        "SELECT id FROM decision WHERE first = $1 AND undone IS NULL ORDER BY id DESC", first
    )
    return [row["id"] for row in rows]


async def undo(connection: Connection, decision: Decision) -> tuple[list[Change], Decision]:
    """Give the messages their former states, where no later decision has changed them.

    Raises:
        Refusal: as policy.undo.
    """
    made: list[Change] = []
    if part := next((one for one in PARTS if one == decision.action), None):
        made = await policy.undo(connection, decision.id, part)
    else:
        await figure.undo(connection, decision)
        made = await _change_back(connection, decision)
    row = await connection.fetchrow(
        f"UPDATE decision SET undone = clock_timestamp() WHERE id = $1 RETURNING {DECISION}",
        decision.id,
    )
    assert row is not None  # noqa: S101 -- decisions are never deleted
    await desk_change.note(connection)
    return made, _decision(row)


async def _change_back(connection: Connection, decision: Decision) -> list[Change]:
    now = await _states(connection, decision.messages)
    changed = await _changed_since(connection, decision)
    made: list[Change] = []
    for state in sorted(set(decision.before)):
        ids = [
            number
            for number, before in zip(decision.messages, decision.before, strict=True)
            if before == state and now.get(number) == TO[decision.action] and number not in changed
        ]
        if ids:
            await link.undo(connection, decision.id, ids)
            made += await _change(connection, ids, state)
    await _restore_reasons(connection, decision.id)
    await browser.undo(connection, decision.id)
    await report.reopen(connection, decision.id)
    return made


async def _changed_since(connection: Connection, decision: Decision) -> set[int]:
    """The messages of a decision that are not as it left them, although the state is the same.

    A later decision that stands has brought them there again; or their author has edited them while
    they waited, so that nobody has seen what an undo would show.
    """
    rows = await connection.fetch(
        """
        SELECT changed.id FROM decision AS later
        CROSS JOIN unnest(later.messages, later.before) AS changed (id, state)
        JOIN unnest($2::bigint[]) AS own (id) ON own.id = changed.id
        -- Not by `messages && $2`: two arrays of thousands are compared each with each.
        WHERE later.id > $1 AND later.undone IS NULL AND coalesce(later.first, later.id) <> $6
            AND later.action = ANY($3) AND NOT (later.action = 'keep' AND state = 'visible')
        UNION ALL
        SELECT id FROM message WHERE id = ANY($2) AND edited > $4 AND $5
        """,
        decision.id,
        decision.messages,
        list(FROM),
        decision.made,
        TO[decision.action] == "waiting",
        decision.first or decision.id,
    )
    return {row["id"] for row in rows}


async def _change(connection: Connection, ids: Sequence[int], state: State) -> list[Change]:
    if state == "visible":
        return await visibility.show(connection, ids)
    return await visibility.hide(connection, ids, state)


async def _restore_reasons(connection: Connection, decision: int) -> None:
    """Say again why messages wait that a decision had shown."""
    await connection.execute(
        """
        UPDATE withheld SET why = before.why
        FROM (
            SELECT unnest(messages) AS message, unnest(why) AS why FROM decision WHERE id = $1
        ) AS before
        WHERE before.message = withheld.message AND withheld.why IS NULL
        """,
        decision,
    )


async def _states(connection: Connection, ids: Sequence[int]) -> dict[int, State]:
    rows = await connection.fetch(
        f"SELECT id, {STATE} AS standing FROM message WHERE id = ANY($1) ORDER BY id", ids
    )
    return {row["id"]: row["standing"] for row in rows}


async def last(connection: Connection) -> Decision:
    """The newest decision, of which there is one. Inside `ordered`, the one just logged."""
    return (await newest(connection, None, 1))[0]


async def get(connection: Connection, number: int) -> Decision | None:
    row = await connection.fetchrow(f"SELECT {DECISION} FROM decision WHERE id = $1", number)
    return _decision(row) if row else None


async def newest(connection: Connection, before: int | None, limit: int) -> list[Decision]:
    rows = await connection.fetch(
        f"SELECT {DECISION} FROM decision WHERE id < $1 ORDER BY id DESC LIMIT $2",
        NEWEST if before is None else before,
        limit,
    )
    return [_decision(row) for row in rows]


async def after(connection: Connection, number: int, limit: int) -> list[Decision]:
    """Decisions that were made after this one, the oldest first."""
    rows = await connection.fetch(
        f"SELECT {DECISION} FROM decision WHERE id > $1 ORDER BY id LIMIT $2", number, limit
    )
    return [_decision(row) for row in rows]


async def held(connection: Connection, state: State, before: int | None, limit: int) -> list[Held]:
    """Messages that wait or were removed, newest first, with their texts."""
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE}, {STATE} AS standing, kept.*
        FROM message
        JOIN (
            SELECT message AS of, text AS kept_text, name AS kept_name, resembles_spam
            FROM withheld
        ) AS kept ON kept.of = message.id
        WHERE id < $1 AND {STATE} = $2
        ORDER BY id DESC LIMIT $3
        """,
        NEWEST if before is None else before,
        state,
        limit,
    )
    return [_held(row) for row in rows]


def _held(row: Record) -> Held:
    kept = {"text": row["kept_text"], "name": row["kept_name"], "tombstone": None}
    message = whole_message_of(row)._replace(**kept)
    resembles_spam = row["resembles_spam"] and row["standing"] == "waiting"
    return Held(message, row["standing"], resembles_spam=resembles_spam)


def _decision(row: Record) -> Decision:
    return Decision(**dict(row))
