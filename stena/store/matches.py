"""The messages that a search has found, with the places of the words that match."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stena import long_texts
from stena.folding import Folded, folded, is_part, runs
from stena.message import TEXT_LIMIT
from stena.search import Match
from stena.store.message import MESSAGE, message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.message import Message
    from stena.search import Span
    from stena.store.database import Connection

# Around each matching word: control characters, which no folded text contains.
START, END = "\x02", "\x03"


async def marked(
    connection: Connection, words: str, tsquery: str, ids: Sequence[int]
) -> list[Match]:
    """The messages as they are now, in this order: those that still match and are visible."""
    rows = await connection.fetch(
        f"SELECT {MESSAGE} FROM message WHERE id = ANY($1) AND state = 'visible' AND NOT gone", ids
    )
    messages = {message.id: message for message in map(message_of, rows)}
    searched = [_searched(message) for message in messages.values()]
    all_folded = await long_texts.result(partial(_all_folded, searched), searched)
    texts = dict(zip(messages, all_folded, strict=True))
    found = await connection.fetch(
        """
        SELECT id, ts_headline('russian', text, $3::text::tsquery, $4) AS marked
        FROM unnest($1::bigint[], $2::text[]) AS given (id, text)
        WHERE to_tsvector('russian', text) @@ $3::text::tsquery
        """,
        [*texts],
        [one.text for one in texts.values()],
        tsquery,
        f"HighlightAll=true, StartSel={START}, StopSel={END}",
    )
    both = [(texts[row["id"]], row["marked"]) for row in found]
    spans = await long_texts.result(partial(_all_spans, both, runs(words)), searched)
    matches = {
        row["id"]: _match(messages[row["id"]], those)
        for row, those in zip(found, spans, strict=True)
    }
    return [matches[number] for number in ids if number in matches]


def _all_folded(texts: Sequence[str]) -> list[Folded]:
    return [folded(text) for text in texts]


def _all_spans(texts: Sequence[tuple[Folded, str]], sought: Sequence[str]) -> list[list[Span]]:
    """The places of the words in the original of each text, which comes as PostgreSQL marks it."""
    return [
        _in_original(text, _of_runs(text.text, _spans(marked, text.text), sought))
        for text, marked in texts
    ]


def _searched(message: Message) -> str:
    return f"{message.name or ''} {message.text[:TEXT_LIMIT]}"


def _match(message: Message, spans: Sequence[Span]) -> Match:
    name = len(message.name or "")
    return Match(
        message,
        in_text=[(start - name - 1, end - name - 1) for start, end in spans if start > name],
        in_name=[(start, end) for start, end in spans if end <= name],
    )


def _spans(marked: str, text: str) -> list[Span]:
    """The positions of the marks in a text; none if PostgreSQL has marked another one."""
    first, *rest = marked.split(START)
    position = len(first)
    spans: list[Span] = []
    for piece in rest:
        word, _, other = piece.partition(END)
        spans.append((position, position + len(word)))
        position += len(word) + len(other)
    return spans if position == len(text) else []


def _of_runs(text: str, spans: Sequence[Span], sought: Sequence[str]) -> list[Span]:
    """Without parts of words of scripts without spaces that are not part of what is sought."""
    inside = bytearray(len(text))
    for run in dict.fromkeys(sought):
        size = len(run)
        start = text.find(run)
        while start >= 0:
            end = start + size
            inside[start:end] = b"\1" * size
            # The last one that begins within this one, else the next: a row of repetitions takes
            # few steps.
            last = text.rfind(run, start + 1, end + size)
            start = last if last >= 0 else text.find(run, end)
    return [(start, end) for start, end in spans if inside[start] or not is_part(text[start:end])]


def _in_original(text: Folded, spans: Sequence[Span]) -> list[Span]:
    """The same in the original text, in their order; those that touch there are one."""
    found: list[Span] = []
    for start, end in sorted((text.places[first], text.places[last]) for first, last in spans):
        if found and found[-1][1] >= start:
            before, touching = found.pop()
            found.append((before, max(touching, end)))
        else:
            found.append((start, end))
    return found
