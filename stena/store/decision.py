"""Decisions about messages, with what is needed to undo them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.decision import Decision, Held
from stena.store import browser, report, visibility
from stena.store.message import MESSAGE, NEWEST, STATE, whole_message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.change import Change
    from stena.decision import Action
    from stena.message import State
    from stena.store.database import Connection

DECISION = "id, made, member, action, messages, before, undone"
# The states in which a message must be for an action to change it, and its state after it.
FROM: dict[Action, set[State]] = {
    "approve": {"waiting"},
    "remove": {"visible", "waiting"},
    "reject": {"visible", "waiting"},
    "restore": {"removed"},
    "keep": {"visible", "waiting"},
    "report": {"visible"},
}
TO: dict[Action, State] = {
    "approve": "visible",
    "remove": "removed",
    "reject": "removed",
    "restore": "visible",
    "keep": "visible",
    "report": "waiting",
}


async def make(
    connection: Connection, action: Action, ids: Sequence[int], member: int | None
) -> tuple[list[Change], Decision | None]:
    """Carry out an action, and log it.

    Returns:
        The changes in order, and the decision; None if the action applies to none of the messages.
    """
    states = {
        number: state
        for number, state in (await _states(connection, ids)).items()
        if state in FROM[action]
    }
    if action == "keep":
        are_reported = await report.with_open(connection, list(states))
        states = {number: state for number, state in states.items() if number in are_reported}
    if not states:
        return [], None
    row = await connection.fetchrow(
        f"""
        INSERT INTO decision (member, action, messages, before, why)
        SELECT $1, $2, array_agg(decided.id ORDER BY place), array_agg(state ORDER BY place),
            array_agg(why ORDER BY place)
        FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY AS decided (id, state, place)
        LEFT JOIN (SELECT message, why FROM withheld) AS held ON held.message = decided.id
        RETURNING {DECISION}
        """,
        member,
        action,
        list(states),
        list(states.values()),
    )
    made = await _change(connection, list(states), TO[action])
    assert row is not None  # noqa: S101 -- the row that was inserted
    if action == "approve":
        await browser.know(connection, row["id"], list(states))
    elif action == "reject":
        await browser.forget(connection, row["id"], list(states))
    if action != "report":
        await report.settle(connection, row["id"], list(states))
    return made, _decision(row)


async def undo(connection: Connection, decision: Decision) -> tuple[list[Change], Decision]:
    """Give the messages their former states, where no later decision has changed them."""
    now = await _states(connection, decision.messages)
    made: list[Change] = []
    for state in sorted(set(decision.before)):
        ids = [
            number
            for number, before in zip(decision.messages, decision.before, strict=True)
            if before == state and now.get(number) == TO[decision.action]
        ]
        made += await _change(connection, ids, state)
    await _restore_reasons(connection, decision.id)
    await browser.undo(connection, decision.id)
    await report.reopen(connection, decision.id)
    row = await connection.fetchrow(
        f"UPDATE decision SET undone = clock_timestamp() WHERE id = $1 RETURNING {DECISION}",
        decision.id,
    )
    assert row is not None  # noqa: S101 -- decisions are never deleted
    return made, _decision(row)


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


async def held(connection: Connection, state: State, before: int | None, limit: int) -> list[Held]:
    """Messages that wait or were removed, newest first, with their texts."""
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE}, {STATE} AS standing, kept_text, kept_name
        FROM message
        JOIN (SELECT message AS of, text AS kept_text, name AS kept_name FROM withheld) AS kept
            ON kept.of = message.id
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
    return Held(message, row["standing"])


def _decision(row: Record) -> Decision:
    return Decision(**dict(row))
