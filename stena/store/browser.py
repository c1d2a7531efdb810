"""The browsers that are known: their messages do not wait where only the first one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.store.database import Connection


async def know(connection: Connection, decision: int, messages: Sequence[int]) -> None:
    """Know the authors of messages, by a decision that can be undone."""
    await connection.execute(
        """
        WITH added AS (
            INSERT INTO browser (author)
            SELECT DISTINCT author FROM message WHERE id = ANY($2) AND author IS NOT NULL
            ON CONFLICT DO NOTHING RETURNING author
        )
        UPDATE decision SET newly_known = (SELECT array_agg(author) FROM added)
        WHERE id = $1 AND EXISTS (SELECT FROM added)
        """,
        decision,
        messages,
    )


async def forget(connection: Connection, decision: int, messages: Sequence[int]) -> None:
    """Know the authors of messages no longer, by a decision that can be undone."""
    await connection.execute(
        """
        WITH dropped AS (
            DELETE FROM browser
            WHERE author IN (SELECT author FROM message WHERE id = ANY($2)) RETURNING author
        )
        UPDATE decision SET no_longer_known = (SELECT array_agg(author) FROM dropped)
        WHERE id = $1 AND EXISTS (SELECT FROM dropped)
        """,
        decision,
        messages,
    )


async def undo(connection: Connection, decision: int) -> None:
    """Know the browsers that were known before a decision, and no others by it."""
    await connection.execute(
        """
        WITH dropped AS (
            DELETE FROM browser USING decision
            WHERE decision.id = $1 AND author = ANY(decision.newly_known)
        )
        INSERT INTO browser (author)
        SELECT unnest(no_longer_known) FROM decision WHERE id = $1
        ON CONFLICT DO NOTHING
        """,
        decision,
    )
