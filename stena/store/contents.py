"""How much is in the database of a wall, for the owner who keeps or replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from stena.store.database import Connection

# What an owner recognises, and the table of it. What follows from these is not counted.
KINDS = {
    "messages": "message",
    "reactions": "reaction",
    "reports": "report",
    "decisions": "decision",
    "members": "member",
    "bans": "ban",
    "words": "word",
    "notices": "notice",
    "pins": "pin",
    "locks": "conversation_lock",
}
# All tables of this release.
TABLES = (
    "alembic_version", "alert", "arrival", "arrival_hour", "ban", "brake", "browser",
    "browser_pace", "challenge_key", "channel", "classifier", "conversation_lock", "decision",
    "delivery", "desk_change", "detected", "erasure", "figure", "learned_term", "learned_text",
    "lease", "member", "message", "message_words", "message_words_mark", "metric", "notice",
    "outbox", "passkey", "payment", "pin", "reaction", "recent", "report", "rule", "session",
    "sign_in_code", "sketch", "source", "source_key", "spent_challenge", "standing",
    "standing_mark", "token", "watched", "withheld", "word", "word_list",
)  # fmt: skip

# All functions of this release.
FUNCTIONS = ("name_thread",)


class Contents(NamedTuple):
    """What was counted.

    Attributes:
        counts: by the name of the kind; empty if there is no table of a wall.
        newest: when the newest message was written; None if there is none.
    """

    counts: dict[str, int]
    newest: datetime | None

    @property
    def is_empty(self) -> bool:
        return not any(self.counts.values())

    def __str__(self) -> str:
        counted = ", ".join(f"{kind}: {count}" for kind, count in self.counts.items() if count)
        if self.newest is None:
            return counted or "no messages"
        return f"{counted}, the newest of {self.newest:%Y-%m-%d %H:%M} (UTC)"


async def count(connection: Connection) -> Contents:
    """Count what is there. A database that was not migrated lacks some of the tables."""
    there = {
        row["name"]
        for row in await connection.fetch(
            "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        )
    }
    counts = {
        kind: await connection.fetchval(f"SELECT count(*) FROM {table}")
        for kind, table in KINDS.items()
        if table in there
    }
    newest = None
    if counts.get("messages"):
        newest = await connection.fetchval("SELECT max(created) FROM message")
    return Contents(counts, newest)
