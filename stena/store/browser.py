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
        WITH authors AS MATERIALIZED (
            SELECT DISTINCT author FROM message WHERE id = ANY($2) AND author IS NOT NULL
        ),
        added AS (
            INSERT INTO browser (author) SELECT author FROM authors
            ON CONFLICT DO NOTHING RETURNING author
        )
        UPDATE decision SET
            newly_known = ARRAY(SELECT author FROM added),
            still_known = ARRAY(SELECT author FROM authors EXCEPT SELECT author FROM added)
        WHERE id = $1 AND EXISTS (SELECT FROM authors)
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
    """Know the browsers of a decision as the newest other decision that stands says.

    Where there is none, they are known only if no approval was ever the reason.
    """
    await connection.execute(
        """
        WITH undone AS MATERIALIZED (
            SELECT unnest(newly_known || still_known || no_longer_known) AS author
            FROM decision WHERE id = $1
        ),
        judged AS MATERIALIZED (
            SELECT author, coalesce(newest.knows, NOT EXISTS (
                SELECT FROM decision AS earlier
                WHERE newly_known || still_known || no_longer_known @> ARRAY[undone.author]
                    AND earlier.id <= $1 AND undone.author = ANY(newly_known)
            )) AS is_known
            FROM undone
            LEFT JOIN LATERAL (
                SELECT undone.author <> ALL(no_longer_known) AS knows
                FROM decision AS other
                WHERE newly_known || still_known || no_longer_known @> ARRAY[undone.author]
                    AND other.undone IS NULL AND other.id <> $1
                ORDER BY other.id DESC LIMIT 1
            ) AS newest ON true
        ),
        dropped AS (
            DELETE FROM browser USING judged
            WHERE browser.author = judged.author AND NOT is_known
        )
        INSERT INTO browser (author) SELECT author FROM judged WHERE is_known
        ON CONFLICT DO NOTHING
        """,
        decision,
    )


async def erase(connection: Connection, authors: Sequence[bytes]) -> None:
    """Erase what is stored of browsers beside their messages and their bans."""
    for table in ("browser", "browser_pace", "standing", "report"):
        await connection.execute(f"DELETE FROM {table} WHERE author = ANY($1)", authors)
    await connection.execute(
        """
        UPDATE decision SET
            newly_known = ARRAY(SELECT unnest(newly_known) EXCEPT SELECT unnest($1)),
            still_known = ARRAY(SELECT unnest(still_known) EXCEPT SELECT unnest($1)),
            no_longer_known = ARRAY(SELECT unnest(no_longer_known) EXCEPT SELECT unnest($1))
        WHERE newly_known || still_known || no_longer_known && $1::bytea[]
        """,
        authors,
    )
