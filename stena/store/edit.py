"""Edits by the author of a message: which ones readers see, and which ones wait for the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.figure import waited
from stena.refusal import Stale
from stena.store import authorship, ban, brake, figure, outbox, rule, visibility, word
from stena.store.order import announce

if TYPE_CHECKING:
    from datetime import timedelta

    from stena.change import Change
    from stena.message import Judged
    from stena.store.database import Connection


async def edit(
    connection: Connection, number: int, judged: Judged, key: bytes, window: timedelta
) -> list[Change]:
    """Replace the text and the name of a message, as authorship.edit_shown and edit_waiting.

    An edit that a ban holds for, or with a word of the owner's list, waits or is refused. One waits
    too where a new message of the browser would, for the mode of the wall or for the brake. An edit
    keeps what was decided about the links of a message. The first one that brings a link is judged
    as a new message is.

    Returns:
        The changes in order, that of the message last; none if the key does not permit it, or
        nothing is changed.

    Raises:
        Refusal: banned, address_banned or word_refused; Stale if the verdict on the draft is.
    """
    draft = judged.draft
    links, why = None, None
    if draft.has_link:
        links, waits = await rule.judge_link(connection, number, by_team=draft.by_team)
        why = rule.FOR_LINK if waits else None
    if not draft.by_team and await authorship.may_delete(connection, number, key, window):
        why = await _why(connection, number, judged) or why
    hidden: list[Change] = []
    if why and await authorship.may_reword(connection, number, draft, key, window):
        # First, so that no change has the new text while the message is shown.
        hidden = await visibility.hide(connection, [number], "waiting")
        await connection.execute("UPDATE withheld SET why = $2 WHERE message = $1", number, why)
        if hidden:
            await figure.add(connection, waited([why]))
            await outbox.write(connection, "waits")
        await announce(connection, hidden)
    given = (number, key, window, draft.text, draft.name, links)
    edited = await authorship.edit_shown(connection, *given)
    edited = edited or await authorship.edit_waiting(connection, *given)
    return [*hidden, edited] if edited else hidden


async def _why(connection: Connection, number: int, judged: Judged) -> str | None:
    """Why an edit has to wait; None if it does not."""
    draft, verdict = judged
    if not await word.is_current(connection, verdict.version):
        raise Stale
    held = await ban.of_message(connection, number, draft.source)
    if held is not None and held.refuses:
        raise ban.refusal(held.target, held.until)
    if verdict.refuses:
        raise verdict.refusal()
    if held is not None:
        return held.why
    return (
        verdict.why
        or await rule.waits_for_mode(connection, number)
        or await brake.why_edit_waits(connection, number, has_link=draft.has_link)
    )
