"""The rules of a wall: who may post, whose messages wait, and how many reports let one wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.rule import Rule

if TYPE_CHECKING:
    from stena.rule import Mode
    from stena.store.database import Connection

# How many rules are listed: no page is longer.
MOST_LISTED = 500

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


async def all_rules(connection: Connection) -> list[Rule]:
    """The rules of the main wall, and then those of the threads by name; at most MOST_LISTED."""
    rows = await connection.fetch(
        "SELECT thread, mode FROM rule ORDER BY thread LIMIT $1", MOST_LISTED
    )
    return [Rule(row["thread"], row["mode"]) for row in rows]


async def remove(connection: Connection, thread: str) -> None:
    """Remove the rules of a thread; the main wall keeps its own."""
    await connection.execute("DELETE FROM rule WHERE thread = $1 AND thread <> ''", thread)


async def set_mode(connection: Connection, thread: str, mode: Mode) -> None:
    await connection.execute(
        """
        INSERT INTO rule (thread, mode) VALUES ($1, $2)
        ON CONFLICT (thread) DO UPDATE SET mode = excluded.mode
        """,
        thread,
        mode,
    )


async def set_reports(connection: Connection, thread: str, reports: int) -> None:
    """A thread that has no rules yet gets the mode of the main wall."""
    await connection.execute(
        """
        INSERT INTO rule (thread, mode, reports) SELECT $1, mode, $2 FROM rule WHERE thread = ''
        ON CONFLICT (thread) DO UPDATE SET reports = excluded.reports
        """,
        thread,
        reports,
    )
