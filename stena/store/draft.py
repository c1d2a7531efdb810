"""Drafts become messages: a batch in one statement, each draft once (idempotency)."""

from __future__ import annotations

from secrets import token_bytes
from typing import TYPE_CHECKING

from asyncpg import NotNullViolationError

from stena.store import ban, brake, outbox, recent, source, word
from stena.store.draft_results import made_before, results
from stena.store.draft_rows import CURRENT, DRAFTS, columns, judged_columns
from stena.store.highlight import UNLOCKED
from stena.store.order import ANNOUNCE, ANNOUNCE_SHOWN, ORDER_LOCK, ordered
from stena.store.rule import ALL_OPEN, LINKS, RULES, TAKEN, WAITS, WHY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from asyncpg import Record

    from stena.change import Change, Posted
    from stena.message import Draft, Judged
    from stena.refusal import Refusal
    from stena.store.database import Connection

# Random and unique in practice: a collision is likely only among 2**64 messages.
KEY_BYTES = 16

# SQL: whether nothing holds for drafts but what holds for everyone. $8 is the version of the list
# of words by which they were judged, $12 has what a ban of them would be about.
UNRULED = f"""
    {ALL_OPEN} AND {brake.OFF} AND {ban.none_of("$12::bytea[]")}
    AND {word.VERSION} = $8::timestamptz
"""
# SQL: whether a `draft` waits for a reason other than the brake.
HELD = f"({WAITS} OR {ban.IS_BANNED} OR draft.word IS NOT NULL)"
# SQL: a row of `judged` as the columns of a message. The text of one that waits is elsewhere, as
# stena/store/visibility.py says.
WRITTEN = """
    CASE WHEN waits THEN '' ELSE text END, CASE WHEN NOT waits THEN name END, once, thread, author,
    link, badge, CASE WHEN waits THEN 'waiting' ELSE 'visible' END, CASE WHEN waits THEN 0 END,
    links, parent
"""


async def insert(
    connection: Connection, judged: Sequence[Judged]
) -> tuple[list[Change], list[Posted | Refusal]]:
    """Insert messages in the given order, and find those that repeated drafts made before.

    A draft is known again by its key, or for some minutes by its words and its browser.

    Returns:
        The changes that were made, in order; and a result for each draft: not_found for a reply to
        a message that is not visible; locked, closed, closed_until, conversation_closed or
        slow_mode, as the team and the rules say; banned, word_refused; step_needed, as the brake
        says; Stale if the verdict on the draft is.
    """
    drafts = [draft for draft, _ in judged]
    random = token_bytes(KEY_BYTES * len(drafts))
    keys = [
        draft.dedup_key or random[KEY_BYTES * place :][:KEY_BYTES]
        for place, draft in enumerate(drafts)
    ]
    words = [recent.words(draft) for draft in drafts]
    version = _version_where_clear(judged)
    is_plain = _are_plain(drafts) and _are_different(keys) and _are_different(words)
    made: list[Record] = []
    if is_plain and version:
        made = await _insert_where_open(connection, drafts, keys, words, version)
    if not made and not (is_plain and len(await made_before(connection, keys)) == len(keys)):
        async with ordered(connection):
            if any(words):
                keys = await recent.keys(connection, words, keys)
            made = await _insert_judged(connection, *_firsts(judged, keys, words))
    return await results(connection, judged, keys, made)


def _are_plain(drafts: Sequence[Draft]) -> bool:
    return not any(
        draft.reply_to or draft.has_link or draft.badge or draft.is_suspect for draft in drafts
    )


def _are_different(digests: Sequence[bytes | None]) -> bool:
    found = [digest for digest in digests if digest]
    return len(set(found)) == len(found)


async def _insert_where_open(
    connection: Connection,
    drafts: Sequence[Draft],
    keys: Sequence[bytes],
    words: Sequence[bytes | None],
    version: datetime,
) -> list[Record]:
    """Insert different drafts if no wall has a rule that they could break; none otherwise.

    None either if one of them may repeat what its browser has just posted.

    PostgreSQL plans this statement once for a connection. One that judges each draft it plans anew
    each time, since it knows the number of drafts by then; that takes longer than the rest.
    """
    # Defaults, and so numbers, are computed for each row that `locked` yields, and it yields none
    # until the lock is held. A message that answers nothing reads no other message, so it needs
    # no statement before, and saves a round trip.
    statement = f"""
        WITH locked AS MATERIALIZED (
            SELECT pg_advisory_xact_lock($1)
            WHERE {UNRULED} AND NOT EXISTS (
                SELECT FROM recent WHERE words = ANY($13::bytea[]) AND NOT {recent.IS_OVER}
            )
        ),
        made AS (
            INSERT INTO message (text, name, once, thread, author, link)
            SELECT draft.text, draft.name, draft.once, draft.thread, draft.author, draft.link
            FROM locked,
                unnest($2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::bytea[])
                WITH ORDINALITY AS draft (text, name, once, thread, author, link, place)
            ORDER BY draft.place
            ON CONFLICT (once) DO NOTHING
            RETURNING id, created, parent, thread, change, once, state, links
        ),
        came AS (
            INSERT INTO source (message, week, address, network)
            SELECT made.id, sent.week, sent.address, sent.network
            FROM unnest($4::bytea[], $9::date[], $10::bytea[], $11::bytea[])
                AS sent (once, week, address, network)
            JOIN made USING (once) WHERE sent.week IS NOT NULL
        ),
        kept AS (
            INSERT INTO recent (words, message)
            SELECT sent.words, made.id
            FROM unnest($4::bytea[], $13::bytea[]) AS sent (once, words) JOIN made USING (once)
            WHERE sent.words IS NOT NULL
            ON CONFLICT (words) DO UPDATE SET posted = clock_timestamp(),
                message = CASE WHEN {recent.IS_OVER} THEN excluded.message END
        )
        SELECT *, (SELECT {ANNOUNCE} FROM made) FROM made ORDER BY change
        """
    try:
        return await connection.fetch(
            statement,
            ORDER_LOCK,
            *columns(drafts, keys),
            version,
            *source.columns(drafts),
            _digests(drafts),
            words,
        )
    except NotNullViolationError:
        # The same words came by another process while this one waited for the lock: the statement
        # began before, and has not seen them. No message would be the last one with these words.
        return []


def _digests(drafts: Sequence[Draft]) -> list[bytes]:
    """What a ban of these drafts would be about."""
    digests: set[bytes] = set()
    for draft in drafts:
        if draft.author:
            digests.add(draft.author)
        if draft.source:
            digests.update(draft.source.digests)
    return list(digests)


def _firsts(
    judged: Sequence[Judged], keys: Sequence[bytes], words: Sequence[bytes | None]
) -> tuple[dict[bytes, Judged], list[bytes | None]]:
    """The drafts by their keys, and their words; of equal ones in a batch the first, inserted."""
    firsts: dict[bytes, tuple[Judged, bytes | None]] = {}
    for key, one, own in zip(keys, judged, words, strict=True):
        firsts.setdefault(key, (one, own))
    return {key: one for key, (one, _) in firsts.items()}, [own for _, own in firsts.values()]


async def _insert_judged(
    connection: Connection, judged: Mapping[bytes, Judged], words: Sequence[bytes | None]
) -> list[Record]:
    """Insert messages and replies as the rules of their walls say. The order lock is held.

    A draft that repeats an earlier one is left out first: it is not too soon for itself. Of several
    drafts of a browser that has to pause, the first one is taken.
    """
    made = await connection.fetch(
        f"""
        WITH {DRAFTS},
        judged AS MATERIALIZED (
            SELECT draft.*, {HELD} OR {brake.WAITS} AS waits,
                CASE
                    WHEN {ban.IS_BANNED} THEN {ban.WHY}
                    WHEN draft.word IS NOT NULL THEN draft.word
                    WHEN {WAITS} THEN {WHY}
                    ELSE {brake.WHY}
                END AS why, {brake.WAY} AS way,
                {LINKS} AS links, slow,
                row_number() OVER (PARTITION BY author, slow > 0 ORDER BY place) AS turn
            FROM draft {RULES} {ban.BANS} {brake.BRAKE}
            WHERE NOT is_lost AND {TAKEN} AND {UNLOCKED}
                AND ({brake.IS_ASKED} IS NOT TRUE OR {HELD})
                AND {ban.IS_TAKEN} AND NOT draft.refused AND {CURRENT}
                AND NOT EXISTS (SELECT FROM message WHERE message.once = draft.once)
        ),
        made AS (
            INSERT INTO message
                (text, name, once, thread, author, link, badge, state, appeared, links, parent)
            SELECT {WRITTEN} FROM judged WHERE slow = 0 OR turn = 1 ORDER BY place
            ON CONFLICT (once) DO NOTHING
            RETURNING id, created, parent, thread, change, once, state, links
        ),
        withheld_now AS (
            INSERT INTO withheld (message, text, name, why)
            SELECT made.id, judged.text, judged.name, judged.why
            FROM made JOIN judged USING (once)
            WHERE made.state = 'waiting'
        ),
        paid_for AS (
            INSERT INTO payment (message, way)
            SELECT made.id, judged.way FROM made JOIN judged USING (once)
            WHERE judged.way IS NOT NULL
        ),
        came AS (
            INSERT INTO source (message, week, address, network)
            SELECT made.id, judged.week, judged.address, judged.network
            FROM made JOIN judged USING (once) WHERE judged.week IS NOT NULL
        ),
        kept AS (
            INSERT INTO recent (words, message)
            SELECT sent.words, made.id
            FROM unnest($3::bytea[], $21::bytea[]) AS sent (once, words) JOIN made USING (once)
            WHERE sent.words IS NOT NULL
            ON CONFLICT (words) DO UPDATE
            SET message = excluded.message, posted = clock_timestamp()
        ),
        paced AS (
            INSERT INTO browser_pace (author, posted)
            SELECT author, clock_timestamp() FROM judged WHERE slow > 0 AND turn = 1
            ON CONFLICT (author) DO UPDATE SET posted = excluded.posted
        ),
        counted AS (
            UPDATE message SET replies = message.replies + answered.times
            FROM (
                SELECT parent, count(*) AS times FROM made
                WHERE state = 'visible' GROUP BY parent
            ) AS answered
            WHERE message.id = answered.parent
        )
        SELECT made.*, judged.why, (SELECT {ANNOUNCE_SHOWN} FROM made)
        FROM made JOIN judged USING (once) ORDER BY change
        """,
        *judged_columns(judged),
        words,
    )
    # By a statement of its own: PostgreSQL plans the one above for each post.
    if waiting := sum(row["state"] == "waiting" for row in made):
        await outbox.write(connection, "waits", times=waiting)
    return made


def _version_where_clear(judged: Sequence[Judged]) -> datetime | None:
    """The version of the list of words that has judged all drafts, if it found nothing."""
    first = judged[0].verdict
    # A list has one verdict for all drafts in which it finds nothing.
    is_one = first.word is None and all(verdict is first for _, verdict in judged)
    return first.version if is_one else None
