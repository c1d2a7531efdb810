"""What became of a batch of drafts: changes, and for each draft its message or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.change import Change, Posted
from stena.message import Message
from stena.store.left_out import refusals
from stena.store.message import CHANGE, change_of, hue_of
from stena.store.rule import FOR_LINK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from stena.message import Draft, Judged
    from stena.refusal import Refusal
    from stena.store.database import Connection


async def results(
    connection: Connection, judged: Sequence[Judged], keys: Sequence[bytes], made: Sequence[Record]
) -> tuple[list[Change], list[Posted | Refusal]]:
    """The changes that were made, and for each draft its message, or why there is none."""
    drafts = [draft for draft, _ in judged]
    rows = {row["once"]: row for row in made}
    known: dict[bytes, tuple[Change, bytes | None, str | None]] = {}
    for key, draft in zip(keys, drafts, strict=True):
        # Of two equal drafts in one batch the first one was inserted.
        if row := rows.pop(key, None):
            known[key] = (_made(draft, row), draft.link, row.get("why"))
    changes = [change for change, *_ in known.values()]
    if len(known) < len(keys):
        before = await made_before(connection, [key for key in keys if key not in known])
        known |= {row["once"]: (change_of(row), row["link"], row["why"]) for row in before}
    left_out = {key: one for one, key in zip(judged, keys, strict=True) if key not in known}
    refused = await refusals(connection, left_out) if left_out else {}
    new = {change.number for change in changes}
    return changes, [
        _posted(draft, *known[key], new) if key in known else refused[key]
        for draft, key in zip(drafts, keys, strict=True)
    ]


def _posted(
    draft: Draft, change: Change, link: bytes | None, why: str | None, new: set[int]
) -> Posted:
    is_new = change.number in new
    # Of equal drafts in one batch one is new.
    new.discard(change.number)
    posted = Posted(change, change.message, link == draft.link, is_new=is_new)
    state = posted.state
    if state == "visible":
        return posted
    if state == "waiting":
        own = change.message._replace(text=draft.text, name=draft.name, tombstone=None)
        why_new = why if is_new else None
        return posted._replace(message=own, waits_for_link=why == FOR_LINK, why=why_new)
    return posted._replace(message=change.message._replace(tombstone=state))


async def made_before(connection: Connection, keys: Sequence[bytes]) -> list[Record]:
    # Rows are never removed (a deleted message changes its state), so they are there.
    return await connection.fetch(
        f"""
        SELECT {CHANGE}, once, link,
            (SELECT why FROM withheld WHERE withheld.message = message.id) AS why
        FROM message WHERE once = ANY($1)
        """,
        keys,
    )


def _made(draft: Draft, row: Record) -> Change:
    """The change by a draft that was inserted: the visitor's fields and the database's."""
    is_shown = row["state"] == "visible"
    message = Message(
        id=row["id"],
        text=draft.text if is_shown else "",
        name=draft.name if is_shown else None,
        created=row["created"],
        reply_to=row["parent"],
        thread=row["thread"],
        hue=hue_of(draft.author),
        badge=draft.badge,
        links=row["links"] is not False,
    )
    number = row["change"]
    appeared = number if is_shown else 0
    return Change(number, message, row["state"], appeared, edited_at_change=appeared)
