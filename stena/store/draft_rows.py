"""Drafts as the rows that a statement judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.store import ban, source, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stena.message import Draft, Judged

# SQL: the drafts of a batch, and the bans that hold for them. A reply to a reply goes below the
# same message, on its wall.
DRAFTS = f"""
    draft AS MATERIALIZED (
        SELECT draft.text, draft.name, draft.once, draft.author, draft.link, draft.by_team,
            draft.badge, draft.has_link, draft.payment, draft.is_suspect, draft.word, draft.refused,
            draft.version, draft.week, draft.address, draft.network, draft.place,
            coalesce(above.thread, draft.thread) AS thread,
            coalesce(above.parent, above.id) AS parent,
            draft.parent IS NOT NULL AND above.id IS NULL AS is_lost
        FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bytea[], $6::bytea[],
            $7::boolean[], $8::text[], $9::boolean[], $10::text[], $11::boolean[], $12::text[],
            $13::boolean[], $14::timestamptz[], $15::bigint[], $16::date[], $17::bytea[],
            $18::bytea[]) WITH ORDINALITY AS draft
            (text, name, once, thread, author, link, by_team, badge, has_link, payment, is_suspect,
                word, refused, version, parent, week, address, network, place)
        LEFT JOIN message AS above ON above.id = draft.parent AND above.state = 'visible'
    ),
    banned AS MATERIALIZED ({ban.holding_for_each("draft", "$19", "$20")})
"""
# SQL: whether the list of words that has judged a `draft` is the one that there is.
CURRENT = f"draft.version = {word.VERSION}"


def columns(drafts: Sequence[Draft], keys: Sequence[bytes]) -> tuple[Sequence[object], ...]:
    """The parameters of a statement that inserts drafts as they are."""
    return (
        [draft.text for draft in drafts],
        [draft.name for draft in drafts],
        keys,
        [draft.thread for draft in drafts],
        [draft.author for draft in drafts],
        [draft.link for draft in drafts],
    )


def judged_columns(judged: Mapping[bytes, Judged]) -> tuple[Sequence[object], ...]:
    """The parameters of DRAFTS, from drafts by their keys."""
    drafts = [draft for draft, _ in judged.values()]
    verdicts = [verdict for _, verdict in judged.values()]
    return (
        *columns(drafts, list(judged)),
        [draft.by_team for draft in drafts],
        [draft.badge for draft in drafts],
        [draft.has_link for draft in drafts],
        [draft.payment for draft in drafts],
        [draft.is_suspect for draft in drafts],
        [verdict.why for verdict in verdicts],
        [verdict.refuses for verdict in verdicts],
        [verdict.version for verdict in verdicts],
        [draft.reply_to for draft in drafts],
        *source.columns(drafts),
        *ban.digests_of([draft.author for draft in drafts], [draft.source for draft in drafts]),
    )
