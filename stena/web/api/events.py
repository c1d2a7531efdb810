"""Changes as server-sent events; rendered once for all readers of a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.internals.reader import chunk
from stena.web.rendering import shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.broadcaster import Batch
    from stena.change import ChangeKind
    from stena.message import Message


class EventBatch:
    """Batches of changes and their chunks, which all readers of one wall share."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self.last = batches[-1].last
        self._batches = batches
        # Readers that know the first of these numbers and those that know the second get the same:
        # nothing was shown in between.
        self._since = batches[0].since
        self._start = next((batch.since for batch in batches if batch.changes), self.last)
        self._chunks: dict[str, bytes] = {}

    def after(self, number: int, thread: str) -> bytes:
        """The chunk for a reader that knows all changes up to `number`."""
        if not self._since <= number <= self._start:
            return self._rendered(number, thread)
        if thread not in self._chunks:
            self._chunks[thread] = self._rendered(number, thread)
        return self._chunks[thread]

    def _rendered(self, number: int, thread: str) -> bytes:
        events = [
            event
            for batch in self._batches
            for event in _events(batch, max(number, batch.since), thread)
        ]
        return chunk(b"".join(events)) if events else b""


def _events(batch: Batch, after: int, thread: str) -> list[bytes]:
    """One event for each changed message of a wall, for a reader that knows all up to `after`."""
    placed = [
        (change.place(after), kind, change.message)
        for change in batch.changes
        if change.number > after and change.message.thread == thread
        if (kind := change.kind(after))
    ]
    if not placed:
        return []
    placed.sort(key=lambda event: event[0])
    # With the last event the reader knows the whole batch, and resumes after it.
    placed[-1] = (batch.last, *placed[-1][1:])
    return [_event(*event) for event in placed]


def notice(text: str) -> bytes:
    """The chunk that says what the notice of a wall is now."""
    return chunk(b"event: notice\ndata: %b\n\n" % shapes.text(shapes.notice(text)))


def time(seconds: float) -> bytes:
    """The chunk that says what time it is, in milliseconds since 1970."""
    return chunk(b"event: time\ndata: %d\n\n" % (seconds * 1000))


def _event(place: int, kind: ChangeKind, message: Message) -> bytes:
    """An event; the most frequent kind has no name and so the shortest form."""
    if kind == "created":
        return b"id: %d\ndata: %b\n\n" % (place, shapes.text(shapes.shown(message)))
    if kind == "edited":
        shape = shapes.shown(message)
    elif kind == "reacted":
        shape = shapes.counted(message)
    else:
        shape = shapes.removal(message)
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (place, kind.encode(), shapes.text(shape))
