"""What the database has in the end, compared with what was acknowledged and what was sent."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from stena.message import REACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torture.faults import Trouble
    from torture.readers import Reader
    from torture.writers import Kept, Unseen

# A program may be without its database for so many seconds after a fault. It then shows an older
# page rather than none.
AFTERMATH = 5.0
# A stream sends up to 1000 missed changes, or 256 KiB of events, which are so many of ours.
SURELY_SENT = 600


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the database.

    Attributes:
        appeared: the number of the change that created it; `change` is that of the last one.
        state: visible, deleted or removed; `gone` if it is deleted and stays as a placeholder.
        given: the reactions by their own table, which `reactions` counts.
    """

    id: int
    change: int
    appeared: int
    state: str
    gone: bool
    text: str
    name: str | None
    parent: int | None
    replies: int
    reactions: dict[str, int]
    given: dict[str, int]

    @property
    def deleted(self) -> bool:
        return self.gone or self.state != "visible"


async def rows(url: str) -> list[Row]:
    """All messages, in the order of their ids."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch(
            """
            SELECT id, change, coalesce(appeared, change) AS appeared, state, gone, text, name,
                parent, replies, reactions,
                ARRAY(SELECT kind FROM reaction WHERE reaction.message = message.id) AS given
            FROM message ORDER BY id
            """
        )
    finally:
        await connection.close()
    return [
        Row(
            **{
                **row,
                "reactions": {
                    kind: count
                    for kind, count in zip(REACTIONS, row["reactions"], strict=True)
                    if count
                },
                "given": dict(Counter(REACTIONS[number - 1] for number in row["given"])),
            }
        )
        for row in found
    ]


def in_order(rows: Sequence[Row]) -> Iterator[str]:
    """Ids and the numbers of changes have one order, and each number has one change."""
    for one, next_one in itertools.pairwise(rows):
        if one.appeared >= next_one.appeared:
            yield (
                f"message {next_one.id} was created by change {next_one.appeared}, and the one "
                f"before it, {one.id}, by change {one.appeared}"
            )
    for number, times in Counter(row.change for row in rows).items():
        if times > 1:
            yield f"change {number} is the last one of {times} messages"


def kept(rows: Sequence[Row], acknowledged: Mapping[int, Kept]) -> Iterator[str]:
    """What was acknowledged is there, once, as it was acknowledged last."""
    there = {row.id: row for row in rows}
    replies = Counter(row.parent for row in rows if row.parent and row.state == "visible")
    for number in there.keys() - acknowledged.keys():
        yield f"message {number} is there, but was not acknowledged: “{there[number].text}”"
    for number, message in sorted(acknowledged.items()):
        row = there.get(number)
        if row is None:
            yield f"message {number} was acknowledged, and is lost: “{message.text}”"
            continue
        if message.deleted != row.deleted:
            yield f"message {number}: deleted is {row.deleted}, acknowledged {message.deleted}"
        if message.text != row.text:
            yield f"message {number}: its text is “{row.text}”, acknowledged “{message.text}”"
        if message.reply_to != row.parent:
            yield f"message {number} is below {row.parent}, acknowledged {message.reply_to}"
        if set(row.given) != message.reactions or row.given != row.reactions:
            yield (
                f"message {number}: its reactions are {row.given}, its counters {row.reactions}, "
                f"acknowledged {message.reactions}"
            )
        if row.replies != replies[number]:
            yield f"message {number} has {replies[number]} replies, its counter {row.replies}"


def unseen(pages: Sequence[Unseen], log: Sequence[Trouble]) -> Iterator[str]:
    """Authors see their message on every page, unless its program could not read the database."""
    for page in pages:
        if not any(
            trouble.program in {None, page.program}
            and trouble.start < page.end
            and trouble.end + AFTERMATH > page.start
            for trouble in log
        ):
            yield (
                f"a page of program {page.program} had nothing newer than {page.newest} for the "
                f"author of {page.message}, to whom it was acknowledged before"
            )


def sent(rows: Sequence[Row], reader: Reader) -> Iterator[str]:
    """A reader was sent each change once, in order, and knows what the database has."""
    yield from reader.wrong
    who = f"reader {reader.number}"
    for before, after in reader.resets:
        if after - before <= SURELY_SENT:
            yield f"{who} was sent `reset` from {before} to {after}, instead of what it missed"
    newest = max((row.change for row in rows), default=0)
    if reader.last < newest:
        yield f"{who} knows everything up to {reader.last} only; the last change is {newest}"
    for number in reader.known.keys() - {row.id for row in rows}:
        yield f"{who} was sent message {number}, which is not in the database"
    for row in rows:
        if row.change > reader.floor:
            yield from _sent_one(row, reader, who)


def _sent_one(row: Row, reader: Reader, who: str) -> Iterator[str]:
    known = reader.known.get(row.id)
    if known is None:
        yield f"{who} was never sent change {row.change}, of message {row.id}"
        return
    # An event that comes later than its number tells of a gap: a reader that had resumed just
    # before it would have missed it.
    if known.before_last >= row.change:
        yield (
            f"{who} was told that it knows everything up to {known.before_last}, and then was "
            f"sent change {row.change}, of message {row.id}"
        )
    # Of a message that was deleted meanwhile a reader is sent the deletion alone.
    if row.appeared > reader.floor and known.first not in {"deleted", "removed"}:
        if known.before_first >= row.appeared:
            yield (
                f"{who} was told that it knows everything up to {known.before_first}, and then "
                f"was sent message {row.id}, which change {row.appeared} created"
            )
        if known.first != "message":
            yield f"{who} was sent `{known.first}` of message {row.id}, which it did not know"
    if known.deleted != row.deleted:
        yield f"{who}: message {row.id} is deleted: {known.deleted}, in the database {row.deleted}"
    elif row.deleted or row.appeared <= reader.floor:
        return
    elif (known.text, known.reactions) != (row.text, row.reactions):
        yield (
            f"{who} knows message {row.id} as “{known.text}” {known.reactions}, in the database "
            f"it is “{row.text}” {row.reactions}"
        )
