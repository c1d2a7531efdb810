"""Changes as server-sent events; rendered once for all readers of a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.internals.reader import chunk
from stena.web.rendering import shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.broadcaster import Batch
    from stena.change import Change, ChangeKind


class EventBatch:
    """Batches of changes and their chunks, which all readers of one wall share."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self.last = batches[-1].changes[-1].number
        self._batches = batches
        self._since = batches[0].since
        self._chunks: dict[str, bytes] = {}

    def after(self, number: int, thread: str) -> bytes:
        """The chunk for a reader that knows all changes up to `number`."""
        if number != self._since:
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
        (change.place(after), change)
        for change in batch.changes
        if change.number > after and change.message.thread == thread
    ]
    if not placed:
        return []
    placed.sort(key=lambda pair: pair[0])
    # With the last event the reader knows the whole batch, and resumes after it.
    placed[-1] = (batch.changes[-1].number, placed[-1][1])
    return [_event(place, change, change.kind(after)) for place, change in placed]


def _event(place: int, change: Change, kind: ChangeKind) -> bytes:
    """An event; the most frequent kind has no name and so the shortest form."""
    message = change.message
    if kind == "created":
        return b"id: %d\ndata: %b\n\n" % (place, shapes.text(shapes.shown(message)))
    if kind == "edited":
        shape = shapes.shown(message)
    elif kind == "reacted":
        shape = shapes.counted(message)
    else:
        shape = shapes.removal(message)
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (place, kind.encode(), shapes.text(shape))
