"""Messages become visible, or cease to be: the one place that changes it.

With the state go the text, which is in `message` only while readers see it, and in `withheld`
otherwise, so that no query of readers can return it; the counter of replies above; the words of the
search; and the numbers by which readers learn of it. Both functions run inside `ordered`, and their
caller announces the changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.store.message import CHANGE, STATE, change_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.change import Change
    from stena.message import Tombstone
    from stena.store.database import Connection

# Takes some hundredths of a second.
ERASED_AT_ONCE = 1000


async def show(connection: Connection, ids: Sequence[int]) -> list[Change]:
    """Show messages that wait or were removed; others, and those whose text is gone, stay.

    A reply brings the place of the message above back with it.

    Returns:
        The changes in order.
    """
    # The messages above first: a reply then finds its own one visible again.
    above = await _show(connection, ids, replies=False)
    return above + await _show(connection, ids, replies=True)


async def _show(connection: Connection, ids: Sequence[int], *, replies: bool) -> list[Change]:
    rows = await connection.fetch(
        f"""
        WITH shown AS MATERIALIZED (
            SELECT message.id, message.parent, withheld.text, withheld.name,
                nextval('message_change') AS number
            FROM message JOIN withheld ON withheld.message = message.id
            WHERE id = ANY($1) AND (parent IS NOT NULL) = $2
            ORDER BY id
        ),
        taken AS (DELETE FROM withheld WHERE message IN (SELECT id FROM shown)),
        changed AS (
            UPDATE message SET text = shown.text, name = shown.name, state = 'visible',
                gone = false, tombstone = NULL, change = shown.number, worded = shown.number,
                appeared = CASE WHEN state = 'visible' THEN coalesce(appeared, change)
                    ELSE shown.number END
            FROM shown WHERE message.id = shown.id
            RETURNING message.*
        ),
        answered AS MATERIALIZED (
            SELECT message.id, times, state,
                CASE WHEN state <> 'visible' THEN nextval('message_change') END AS number
            FROM message
            JOIN (SELECT parent, count(*) AS times FROM shown GROUP BY parent) AS counted
                ON counted.parent = message.id
        ),
        above AS (
            UPDATE message SET replies = message.replies + answered.times,
                state = 'visible',
                gone = message.gone OR answered.state <> 'visible',
                tombstone = CASE WHEN answered.state = 'visible' THEN message.tombstone
                    ELSE answered.state END,
                change = coalesce(answered.number, message.change),
                worded = coalesce(answered.number, message.worded),
                appeared = coalesce(answered.number, message.appeared)
            FROM answered WHERE message.id = answered.id
            RETURNING message.*, answered.number
        )
        SELECT {CHANGE} FROM changed UNION ALL SELECT {CHANGE} FROM above WHERE number IS NOT NULL
        ORDER BY change
        """,
        ids,
        replies,
    )
    return [change_of(row) for row in rows]


async def hide(connection: Connection, ids: Sequence[int], state: Tombstone) -> list[Change]:
    """Show messages no longer, or give hidden ones another state.

    One with visible replies stays as a tombstone. The last reply that disappears takes the
    tombstone above it along. `deleted` is for ever: nothing is kept of the text, the name and what
    could identify the author.

    Returns:
        The changes in order; none for messages that have the state already, or are deleted.
    """
    # Replies first, so that a message above that disappears with them leaves no tombstone.
    below = await _hide(connection, ids, state, replies=True)
    return below + await _hide(connection, ids, state, replies=False)


async def _hide(
    connection: Connection, ids: Sequence[int], state: Tombstone, *, replies: bool
) -> list[Change]:
    rows = await connection.fetch(
        f"""
        WITH hidden AS MATERIALIZED (
            SELECT id, parent, thread, text, name, state = 'visible' AND NOT gone AS was_shown,
                nextval('message_change') AS number
            FROM message
            WHERE id = ANY($1) AND (parent IS NOT NULL) = $3 AND {STATE} NOT IN ($2, 'deleted')
            ORDER BY id
        ),
        withheld_now AS (
            INSERT INTO withheld (message, text, name, state)
            SELECT id, text, name, $2 FROM hidden WHERE was_shown AND $2 <> 'deleted'
        ),
        withheld_still AS (
            UPDATE withheld SET state = $2, since = clock_timestamp()
            WHERE $2 <> 'deleted' AND message IN (SELECT id FROM hidden WHERE NOT was_shown)
        ),
        withheld_no_more AS (
            DELETE FROM withheld WHERE $2 = 'deleted' AND message IN (SELECT id FROM hidden)
        ),
        reactions_gone AS (
            DELETE FROM reaction WHERE $2 = 'deleted' AND message IN (SELECT id FROM hidden)
        ),
        reports_gone AS (
            DELETE FROM report WHERE $2 = 'deleted' AND message IN (SELECT id FROM hidden)
        ),
        sources_gone AS (
            DELETE FROM source WHERE $2 = 'deleted' AND message IN (SELECT id FROM hidden)
        ),
        pins_gone AS (
            DELETE FROM pin WHERE $2 = 'deleted' AND message IN (SELECT id FROM hidden)
        ),
        words_gone AS (
            DELETE FROM message_words USING hidden
            WHERE (message_words.thread, message_words.message) = (hidden.thread, hidden.id)
        ),
        changed AS (
            UPDATE message SET text = '', name = NULL,
                state = CASE WHEN replies > 0 THEN 'visible' ELSE $2 END,
                gone = replies > 0 OR $2 = 'deleted',
                tombstone = CASE WHEN replies > 0 THEN $2 END,
                author = CASE WHEN $2 <> 'deleted' THEN author END,
                link = CASE WHEN $2 <> 'deleted' THEN link END,
                badge = CASE WHEN $2 <> 'deleted' THEN badge END,
                edited = CASE WHEN $2 <> 'deleted' THEN edited END,
                reactions = CASE WHEN $2 <> 'deleted' THEN reactions ELSE '{{0,0,0,0,0}}' END,
                change = hidden.number, worded = hidden.number,
                appeared = coalesce(appeared, change),
                disappeared = CASE WHEN state = 'visible' AND replies = 0 THEN hidden.number
                    ELSE disappeared END
            FROM hidden WHERE message.id = hidden.id
            RETURNING message.*
        ),
        answered AS MATERIALIZED (
            SELECT message.id, times,
                CASE WHEN gone AND replies = times THEN nextval('message_change') END AS number
            FROM message
            JOIN (
                SELECT parent, count(*) AS times FROM hidden WHERE was_shown GROUP BY parent
            ) AS counted ON counted.parent = message.id
        ),
        above AS (
            UPDATE message SET replies = message.replies - answered.times,
                state = CASE WHEN answered.number IS NULL THEN message.state
                    ELSE coalesce(message.tombstone, 'deleted') END,
                gone = CASE WHEN answered.number IS NULL THEN message.gone
                    ELSE coalesce(message.tombstone, 'deleted') = 'deleted' END,
                tombstone = CASE WHEN answered.number IS NULL THEN message.tombstone END,
                change = coalesce(answered.number, message.change),
                disappeared = coalesce(answered.number, message.disappeared),
                appeared = CASE WHEN answered.number IS NULL THEN message.appeared
                    ELSE coalesce(message.appeared, message.change) END
            FROM answered WHERE message.id = answered.id
            RETURNING message.*, answered.number
        )
        SELECT {CHANGE} FROM changed UNION ALL SELECT {CHANGE} FROM above WHERE number IS NOT NULL
        ORDER BY change
        """,
        ids,
        state,
        replies,
    )
    return [change_of(row) for row in rows]


async def erase_old(connection: Connection, days: int) -> bool:
    """Erase texts of messages that were removed more than `days` ago, some at once.

    Returns:
        Whether there may be more.
    """
    erased: int = await connection.fetchval(
        """
        WITH old AS (
            SELECT message FROM withheld
            WHERE state = 'removed' AND since < clock_timestamp() - make_interval(days => $1)
            LIMIT $2
        ),
        erased AS (
            DELETE FROM withheld USING old WHERE withheld.message = old.message RETURNING 1
        )
        SELECT count(*) FROM erased
        """,
        days,
        ERASED_AT_ONCE,
    )
    return erased == ERASED_AT_ONCE
