"""What browsers have posted within the last minutes: the same words again are the same message.

The answer to a post may be lost, and a browser that reloads or goes back then sends the form with
another nonce.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.message import Draft
    from stena.store.database import Connection

# Longer than anybody tries again, and short enough to say the same once more on another occasion.
MINUTES = 10
BATCH = 1000
# SQL: whether a row counts no longer. A clock that was set back makes no row last longer.
IS_OVER = f"""
    NOT recent.posted BETWEEN clock_timestamp() - interval '{MINUTES} minutes' AND clock_timestamp()
"""


def words(draft: Draft) -> bytes | None:
    """A digest of who says what where; None if the same again is another message.

    It is a repeat only from a form, and of a browser with a key.
    """
    if not draft.by_browser or draft.author is None or draft.by_team:
        return None
    place = f"{draft.thread}\0{draft.reply_to or ''}\0{draft.name or ''}\0{draft.text}"
    return hashlib.blake2b(place.encode(), key=draft.author, digest_size=16).digest()


async def keys(
    connection: Connection, words: Sequence[bytes | None], keys: Sequence[bytes]
) -> list[bytes]:
    """The keys by which drafts are known; of one that repeats another, that one's key.

    A message counts that is shown or waits as it was written: what was deleted, removed or edited
    since may be written again. The order lock is held, so that of several that come at once one is
    the first.
    """
    rows = await connection.fetch(
        f"""
        SELECT recent.words, message.once
        FROM recent JOIN message ON message.id = recent.message
        WHERE recent.words = ANY($1) AND NOT {IS_OVER}
            AND message.state IN ('visible', 'waiting') AND NOT message.gone
            AND message.edited IS NULL AND message.once IS NOT NULL
        """,
        [one for one in words if one],
    )
    known: dict[bytes, bytes] = {row["words"]: row["once"] for row in rows}
    return [
        key if one is None else known.setdefault(one, key)
        for key, one in zip(keys, words, strict=True)
    ]


async def forget(connection: Connection) -> bool:
    """Delete some of what counts no longer. Return whether there may be more."""
    deleted: int = await connection.fetchval(
        f"""
        WITH old AS (SELECT words FROM recent WHERE {IS_OVER} LIMIT {BATCH}),
        deleted AS (
            DELETE FROM recent WHERE words IN (SELECT words FROM old) AND {IS_OVER} RETURNING 1
        )
        SELECT count(*) FROM deleted
        """
    )
    return deleted == BATCH
