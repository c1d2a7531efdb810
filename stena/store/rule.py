"""The rules of a wall: who may post, and whose messages wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stena.rule import Mode
    from stena.store.database import Connection

# SQL: the rules that hold for a `draft`: those of its thread, else those of the main wall, whose
# row is always there.
RULES = """
    LEFT JOIN rule AS own ON own.thread = draft.thread AND own.thread <> ''
    CROSS JOIN (SELECT mode FROM rule WHERE thread = '') AS main
"""
MODE = "coalesce(own.mode, main.mode)"
# SQL: whether everyone may post everywhere, and nothing waits.
ALL_OPEN = "NOT EXISTS (SELECT FROM rule WHERE mode <> 'open')"
# SQL: whether a `draft` may become a message, and whether it then waits for the owner. One of the
# team always may, and never waits.
TAKEN = f"(draft.by_team OR {MODE} <> 'closed')"
WAITS = f"""
    NOT draft.by_team AND CASE {MODE}
        WHEN 'all' THEN true
        WHEN 'first' THEN NOT EXISTS (SELECT FROM browser WHERE browser.author = draft.author)
        ELSE false
    END
"""


async def mode(connection: Connection, thread: str) -> Mode | None:
    """The mode of a thread's own rules, None if it has none."""
    found: Mode | None = await connection.fetchval(
        "SELECT mode FROM rule WHERE thread = $1", thread
    )
    return found


async def set_mode(connection: Connection, thread: str, mode: Mode) -> None:
    await connection.execute(
        """
        INSERT INTO rule (thread, mode) VALUES ($1, $2)
        ON CONFLICT (thread) DO UPDATE SET mode = excluded.mode
        """,
        thread,
        mode,
    )
