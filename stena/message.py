from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

TEXT_LIMIT = 4000
NAME_LIMIT = 60
# In the order of the numbers in the database.
ReactionKind = Literal["love", "like", "laugh", "wow", "sad"]
REACTIONS: tuple[ReactionKind, ...] = get_args(ReactionKind)
NO_REACTIONS = (0,) * len(REACTIONS)
# Readers see `visible` messages only. `waiting`: not approved yet; `deleted`: by its author;
# `removed`: by a moderator.
State = Literal["visible", "waiting", "deleted", "removed"]
# Why only the place of a message is shown: the state that it would have without its replies.
Tombstone = Literal["waiting", "deleted", "removed"]


class Reaction(NamedTuple):
    """A reaction that somebody gives to a message, or takes back.

    Attributes:
        message: the message's id.
        kind: one of REACTIONS.
        author: the digest of the key.
        on: False to take it back.
    """

    message: int
    kind: str
    author: bytes
    on: bool


# NamedTuples, because each post creates them: a frozen dataclass sets field by field.


class Message(NamedTuple):
    """A message of the wall.

    Attributes:
        id: increases in the order of commits.
        name: the name that the visitor typed, None for no name.
        created: aware, to the microsecond.
        edited: the time of the last edit, None for never.
        reply_to: the id of the message that this one answers.
        thread: the page to whose wall it belongs, empty for the main wall.
        replies: the number of visible replies.
        reactions: the number of each of REACTIONS.
        hue: a number that is the same for all messages of one browser; None without a key.
        tombstone: why the message is not shown, if only its place is, since it has replies; None
            for a message that is shown.
    """

    id: int
    text: str
    name: str | None
    created: datetime
    edited: datetime | None = None
    reply_to: int | None = None
    thread: str = ""
    replies: int = 0
    reactions: tuple[int, ...] = NO_REACTIONS
    hue: int | None = None
    tombstone: Tombstone | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of messages, newest first.

    Attributes:
        next: the id to pass as `before` for the next page, None on the last page.
        replies: the last few replies by the id of their message, oldest first.
        change: the number of the newest change that the page includes, if it is the newest page.
        thread: the page to whose wall it belongs, empty for the main wall.
    """

    messages: list[Message]
    next: int | None
    replies: Mapping[int, list[Message]] = field(default_factory=dict)
    change: int = 0
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Replies:
    """A page of the replies to one message, oldest first.

    Attributes:
        next: the id to pass as `after` for the next page, None on the last page.
    """

    messages: list[Message]
    next: int | None


# What a visitor may do to a message: edit it; no longer, since the time is over; nothing.
Permission = Literal["granted", "expired", "denied"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A message with its replies, as one visitor sees it.

    Attributes:
        state: `waiting` or `removed` for the author, who alone sees the message then.
        own_reactions: the kinds of the visitor's own reactions.
        permission: whether the visitor may edit the message.
        change: the number of the newest change that is certainly included.
    """

    message: Message
    state: State
    replies: Replies
    own_reactions: AbstractSet[str]
    permission: Permission
    change: int


class Draft(NamedTuple):
    """The fields that a visitor may set, validated by `Draft.of`.

    Attributes:
        author: the digest of the author's key, None without a key.
        link: the digest of the private link's key, None without a link.
        dedup_key: 32 bytes that identify a repeated draft, None without a nonce.
        by_team: whether a member of the team posts it: it never waits.
    """

    text: str
    name: str | None
    reply_to: int | None = None
    thread: str = ""
    author: bytes | None = None
    link: bytes | None = None
    dedup_key: bytes | None = None
    by_team: bool = False

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 -- one for each thing that a visitor sets
        cls,
        text: str,
        name: str | None = None,
        nonce: str | None = None,
        reply_to: int | None = None,
        thread: str | None = None,
        key: str | None = None,
        link: str | None = None,
        *,
        by_team: bool = False,
    ) -> Draft:
        """Normalise and validate what was typed.

        Raises:
            Refusal: text_empty, text_too_long, text_characters, name_too_long,
                name_characters, nonce_invalid, thread_invalid or key_invalid.
        """
        # First: a draft that is refused for its text is shown again on the wall of its thread.
        thread = slug(thread) if thread else ""
        text, name = _text(text), (_name(name) or None) if name else None
        return cls(
            text=text,
            name=name,
            reply_to=reply_to,
            thread=thread,
            dedup_key=_dedup_key(nonce, text, name, reply_to, thread),
            author=None if key is None else digest(key),
            link=None if link is None else digest(link),
            by_team=by_team,
        )


def digest(key: str) -> bytes:
    """The 16 bytes that are stored of a key: enough to compare it, not to recover it.

    Raises:
        Refusal: key_invalid. Short keys are refused, since they could be guessed from the digest.
    """
    if not _KEY.fullmatch(key):
        raise Refusal("key_invalid", "key")
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


def slug(thread: str) -> str:
    """A valid thread: the name of a page that has a wall of its own.

    Raises:
        Refusal: thread_invalid.
    """
    if not _SLUG.fullmatch(thread):
        raise Refusal("thread_invalid", "thread")
    return thread


def lines(typed: str, field: str) -> str:
    """What was typed in a field of several lines, normalised; empty if none of it is visible.

    Raises:
        Refusal: the field's name with `_characters`.
    """
    # A printable text has no line ends and no refused characters, so the slow path is skipped.
    text = typed if typed.isprintable() else _lines(typed, field)
    text = unicodedata.normalize("NFC", text).strip()
    return "" if _is_blank(text) else text


def _text(typed: str) -> str:
    text = lines(typed, "text")
    if not text:
        raise Refusal("text_empty", "text")
    if len(text) > TEXT_LIMIT:
        raise Refusal("text_too_long", "text", limit=TEXT_LIMIT, length=len(text))
    return text


def _lines(typed: str, field: str) -> str:
    text = _LINE_END.sub("\n", _encodable(typed, field))
    if _CONTROL.search(text):
        raise Refusal(f"{field}_characters", field)
    return _BLANK_LINES.sub("\n\n\n", text)


def _name(typed: str) -> str:
    name = unicodedata.normalize("NFC", _encodable(typed, "name"))
    if _CONTROL.search(name.replace("\r", " ")):
        raise Refusal("name_characters", "name")
    name = " ".join(name.split())
    if len(name) > NAME_LIMIT:
        raise Refusal("name_too_long", "name", limit=NAME_LIMIT, length=len(name))
    return "" if _is_blank(name) else name


def _dedup_key(
    nonce: str | None, text: str, name: str | None, reply_to: int | None, thread: str
) -> bytes | None:
    """A digest of the nonce, which is the idempotency key, and of the draft.

    The text is part of it because a browser that goes back shows the old form with the old nonce:
    another text in it is another message, which must not be lost.
    """
    if nonce is None:
        return None
    if not _NONCE.fullmatch(nonce):
        raise Refusal("nonce_invalid", "nonce")
    parts = [nonce, name or "", text]
    # Appended only off the main wall, so that digests from older releases stay the same.
    if reply_to or thread:
        parts += [str(reply_to or ""), thread]
    return hashlib.sha256("\0".join(parts).encode()).digest()


def _encodable(typed: str, field: str) -> str:
    # JSON can encode half of a surrogate pair, which has no UTF-8.
    if _SURROGATE.search(typed):
        raise Refusal(f"{field}_characters", field)
    return typed


def _is_blank(text: str) -> bool:
    """Whether nothing in it is visible: spaces, joiners, direction marks, fillers."""
    return all(
        character in _INKLESS_LETTERS or unicodedata.category(character) in _INKLESS_CATEGORIES
        for character in text
    )


# Text copied from word processors has LINE and PARAGRAPH SEPARATOR.
_LINE_END = re.compile("\r\n|\r|\u2028|\u2029")
# At most two blank lines in a row; a line of spaces counts as blank.
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){3,}")
# C0 except TAB and LF, DEL, C1, and noncharacters, which XML and so every feed refuses.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff"
    + "".join(
        chr(plane + last)
        for plane in range(0x10000, 0x110000, 0x10000)
        for last in (0xFFFE, 0xFFFF)
    )
    + "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
# The characters of a URL path that need no escaping.
_SLUG = re.compile(r"[A-Za-z0-9._~/-]{0,100}")
_INKLESS_CATEGORIES = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me"})
# Hangul fillers and the empty Braille cell are letters and symbols that show nothing.
_INKLESS_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
