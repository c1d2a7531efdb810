"""Why a draft became no message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.refusal import Refusal, Stale
from stena.store import ban, brake
from stena.store.draft_rows import CURRENT, DRAFTS, judged_columns
from stena.store.highlight import UNLOCKED
from stena.store.rule import IS_CLOSED, IS_OLD, PAUSE, RULES, UNTIL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncpg import Record

    from stena.message import Judged
    from stena.store.database import Connection
    from stena.word import Verdict

# The columns of a draft that was left out, and the refusals that they mean.
REASONS = {
    "is_lost": "not_found",
    "is_closed": "closed",
    "is_locked": "locked",
    "is_old": "conversation_closed",
}


async def refusals(connection: Connection, judged: Mapping[bytes, Judged]) -> dict[bytes, Refusal]:
    """Why each of these drafts became no message, by their keys."""
    rows = await connection.fetch(
        f"""
        WITH {DRAFTS}
        SELECT once, is_lost, {IS_CLOSED} AS is_closed, NOT {UNLOCKED} AS is_locked,
            {IS_OLD} AS is_old, slow, zone, {UNTIL} AS until, {PAUSE} AS pause,
            NOT ({CURRENT}) AS is_stale, CASE WHEN NOT {ban.IS_TAKEN} THEN ban.until END AS banned,
            ban.kind, {brake.IS_ASKED} AS is_asked
        FROM draft {RULES} {ban.BANS} {brake.BRAKE}
        """,
        *judged_columns(judged),
    )
    return {row["once"]: _refusal(judged[row["once"]].verdict, row) for row in rows}


def _refusal(verdict: Verdict, row: Record) -> Refusal:
    if row["is_closed"] and row["until"]:
        return Refusal("closed_until", "text", until=row["until"], time_zone=row["zone"])
    for reason, code in REASONS.items():
        if row[reason]:
            return Refusal(code, "reply_to" if code == "not_found" else "text")
    if row["banned"]:
        return ban.refusal(row["kind"], row["banned"])
    return _refusal_of_verdict(verdict, row) or _refusal_for_now(row)


def _refusal_of_verdict(verdict: Verdict, row: Record) -> Refusal | None:
    if row["is_stale"]:
        return Stale()
    return verdict.refusal() if verdict.refuses else None


def _refusal_for_now(row: Record) -> Refusal:
    # None, or not above zero, if the pause has ended just now.
    pause = row["pause"] or 0
    # Nobody pays in order to wait then.
    if row["is_asked"] and pause <= 0:
        return Refusal("step_needed", "text")
    if row["slow"]:
        return Refusal("slow_mode", "text", seconds=max(pause, 1), least=row["slow"])
    # The rule, or the time of the day, has changed just now.
    return Refusal("busy", "text")
