"""The policy: each of its parts is a row of a table, and each change of one is in the log.

A change is logged as a decision with the row before and after it. Undoing the decision puts the row
before in its place, unless the row was changed again.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from stena.refusal import Refusal
from stena.rule import ABOUT_MESSAGES
from stena.store import brake, desk_change, highlight, notice, word
from stena.store.order import ordered

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.change import Change
    from stena.rule import Part
    from stena.store.database import Connection
    from stena.store.order import Turns

# SQL: the row of a subject as JSON, NULL if there is none; to remove it; to insert it. A column
# that a later release adds is NULL in rows that an earlier one logged.
ROW: dict[Part, str] = {
    "rule": "SELECT to_jsonb(rule) FROM rule WHERE thread = $1",
    "pin": "SELECT to_jsonb(pin) FROM pin WHERE message = $1::text::bigint",
    "lock": """
        SELECT to_jsonb(conversation_lock) FROM conversation_lock WHERE message = $1::text::bigint
    """,
    "notice": "SELECT to_jsonb(notice) FROM notice WHERE thread = $1",
    "word": "SELECT to_jsonb(word) FROM word WHERE entry = $1",
    "ban": "SELECT to_jsonb(ban) FROM ban WHERE id = $1::text::bigint",
    # As an owner has set it; there is one brake, so the subject is empty.
    "brake": """
        SELECT jsonb_build_object('level', set_level, 'at', set_at, 'until', set_until)
        FROM brake WHERE set_level IS NOT NULL AND $1 = ''
    """,
}
REMOVE: dict[Part, str] = {
    "rule": "DELETE FROM rule WHERE thread = $1",
    "pin": "DELETE FROM pin WHERE message = $1::text::bigint",
    "lock": "DELETE FROM conversation_lock WHERE message = $1::text::bigint",
    "notice": "DELETE FROM notice WHERE thread = $1",
    "word": f"WITH {word.CHANGED} DELETE FROM word WHERE entry = $1",
    "ban": "DELETE FROM ban WHERE id = $1::text::bigint",
    "brake": f"{brake.RELEASE} WHERE $1 = ''",
}
INSERT: dict[Part, str] = {
    "rule": "INSERT INTO rule SELECT * FROM jsonb_populate_record(NULL::rule, $1::jsonb)",
    "pin": "INSERT INTO pin SELECT * FROM jsonb_populate_record(NULL::pin, $1::jsonb)",
    "lock": """
        INSERT INTO conversation_lock
        SELECT * FROM jsonb_populate_record(NULL::conversation_lock, $1::jsonb)
    """,
    "notice": "INSERT INTO notice SELECT * FROM jsonb_populate_record(NULL::notice, $1::jsonb)",
    "word": f"""
        WITH {word.CHANGED}
        INSERT INTO word SELECT * FROM jsonb_populate_record(NULL::word, $1::jsonb)
    """,
    "ban": "INSERT INTO ban SELECT * FROM jsonb_populate_record(NULL::ban, $1::jsonb)",
    "brake": """
        UPDATE brake SET set_level = ($1::jsonb ->> 'level')::smallint,
            set_at = ($1::jsonb ->> 'at')::timestamptz,
            set_until = ($1::jsonb ->> 'until')::timestamptz
    """,
}


@dataclass(slots=True)
class Logged:
    """What is logged of a change: the id of the decision, None if nothing was changed."""

    decision: int | None = None


@asynccontextmanager
async def logged(
    connection: Connection, part: Part, subject: str, member: int | None
) -> AsyncGenerator[Logged]:
    """Log what the statements inside change, if they change anything. Runs inside `ordered`.

    Args:
        connection: on which the statements run.
        part: what they change.
        subject: which one of its kind: of a rule or a notice, the thread; of a ban, its id; of a
            word, the entry; of the brake, nothing; else the message's id.
        member: the id of the member that changes it, None for the program itself.
    """
    former = await connection.fetchval(ROW[part], subject)
    log = Logged()
    yield log
    log.decision = await connection.fetchval(
        """
        INSERT INTO decision (member, action, messages, before, subject, former, latter)
        SELECT $1, $2, coalesce(array_agg(id), '{}'), coalesce(array_agg(state), '{}'),
            $3, $4::jsonb, $5::jsonb
        FROM (SELECT id, state FROM message WHERE id = $6) AS about
        HAVING $4::jsonb IS DISTINCT FROM $5::jsonb
        RETURNING id
        """,
        member,
        part,
        subject,
        former,
        await connection.fetchval(ROW[part], subject),
        int(subject) if part in ABOUT_MESSAGES else None,
    )
    await desk_change.note(connection)


@asynccontextmanager
async def changing(
    turns: Turns, part: Part, subject: str, member: int | None
) -> AsyncGenerator[Connection]:
    """A connection whose statements change one part of the policy, in a transaction, and logged."""
    async with (
        turns.connection() as connection,
        ordered(connection),
        logged(connection, part, subject, member),
    ):
        yield connection


async def undo(connection: Connection, decision: int, part: Part) -> list[Change]:
    """Put the row that was there before a change in its place. Runs inside `ordered`.

    Returns:
        The change of the message that it is about, for readers.

    Raises:
        Refusal: decided if the row was changed again since, or the message of a pin is deleted;
            too_many_pins, too_many_words, too_many_notices.
    """
    change = await connection.fetchrow(
        "SELECT subject, former, latter FROM decision WHERE id = $1", decision
    )
    assert change is not None  # noqa: S101 -- decisions are never deleted
    if await connection.fetchval(ROW[part], change["subject"]) != change["latter"]:
        raise Refusal("decided")
    await connection.execute(REMOVE[part], change["subject"])
    if change["former"] is not None:
        try:
            await connection.execute(INSERT[part], change["former"])
        except asyncpg.UniqueViolationError:
            # What was ended and then begun anew has another id.
            raise Refusal("decided") from None
        await _check_room(connection, part, change["subject"])
    if part not in ABOUT_MESSAGES:
        return []
    number = int(change["subject"])
    return await highlight.change(connection, number)


async def _check_room(connection: Connection, part: Part, subject: str) -> None:
    """Return if there is room for the row that an undo has brought back."""
    if part == "pin":
        if not await highlight.may_be_pinned(connection, int(subject)):
            raise Refusal("decided")
        await highlight.check_room(connection, int(subject))
    elif part == "word":
        await word.check_room(connection)
    elif part == "notice":
        await notice.check_room(connection)


async def rows(
    connection: Connection, decision: int
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The row before a change and the one after it; None where there is none."""
    change = await connection.fetchrow(
        "SELECT former, latter FROM decision WHERE id = $1", decision
    )
    assert change is not None  # noqa: S101 -- decisions are never deleted
    former, latter = (row and json.loads(row) for row in change)
    return former, latter
