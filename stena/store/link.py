"""The addresses in texts of newcomers, which become links when the team approves them.

`links` of a message says whether they are; it is NULL until a text with an address is judged, as
stena/store/rule.py says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.store.database import Connection


async def make(connection: Connection, decision: int, messages: Sequence[int]) -> None:
    """Let the addresses in messages be links, by a decision that can be undone."""
    await connection.execute(
        """
        WITH linked AS (
            UPDATE message SET links = true WHERE id = ANY($2) AND NOT links RETURNING id
        )
        UPDATE decision SET newly_linked = (SELECT array_agg(id) FROM linked)
        WHERE id = $1 AND EXISTS (SELECT FROM linked)
        """,
        decision,
        messages,
    )


async def undo(connection: Connection, decision: int, messages: Sequence[int]) -> None:
    """Let those of the addresses in messages be text again that became links by a decision."""
    await connection.execute(
        """
        UPDATE message SET links = false
        FROM decision WHERE decision.id = $1 AND message.id = ANY(decision.newly_linked)
            AND message.id = ANY($2)
        """,
        decision,
        messages,
    )
