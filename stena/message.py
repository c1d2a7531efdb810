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
# What one may feel about a message, in the order of the numbers that the database keeps.
Feeling = Literal["love", "like", "laugh", "wow", "sad"]
REACTIONS: tuple[Feeling, ...] = get_args(Feeling)
# As many as can be told apart.
HUES = 12


# Tuples and not dataclasses where each post makes them: frozen ones are set field by field.


class Message(NamedTuple):
    """What stands on the wall.

    Attributes:
        id: grows with the order of commits.
        name: what the visitor called themselves, None for no name.
        created: aware, to the microsecond.
        edited: when its words were changed last, None for never.
        reply_to: the id of the message that it answers.
        thread: the page whose wall it stands on, empty for the main one.
        replies: how many of them are shown.
        reactions: how many of each of REACTIONS.
        hue: one of HUES, the same for all of one browser, None for whoever has no key.
        gone: taken down by its author; it has no words, and is shown as long as it has replies.
    """

    id: int
    text: str
    name: str | None
    created: datetime
    edited: datetime | None = None
    reply_to: int | None = None
    thread: str = ""
    replies: int = 0
    reactions: tuple[int, ...] = (0,) * len(REACTIONS)
    hue: int | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the wall, newest first.

    Attributes:
        next: the id to ask older ones `before`, None where there are none.
        replies: the last few of each message that has some, oldest first.
        change: the number of the newest change that is in it, where it is the head.
        thread: whose wall it is, empty for the main one.
    """

    messages: list[Message]
    next: int | None
    replies: Mapping[int, list[Message]] = field(default_factory=dict)
    change: int = 0
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Replies:
    """A stretch of the replies to one message, oldest first.

    Attributes:
        next: the id to ask newer ones `after`, None where there are none.
    """

    messages: list[Message]
    next: int | None


Standing = Literal["theirs", "late", "others"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A message with its replies, as whoever asks sees it.

    Attributes:
        felt: the kinds of their own reactions.
        standing: whose it is for them, and whether they may still change it.
        change: the number of the newest change that is certainly in it.
    """

    message: Message
    replies: Replies
    felt: AbstractSet[str]
    standing: Standing
    change: int


class Draft(NamedTuple):
    """What a visitor may set, made acceptable by `Draft.of`.

    Attributes:
        author: the digest of the key of whoever writes, None for nobody's.
        link: that of the key in the private link, None for none.
    """

    text: str
    name: str | None
    nonce: str | None
    reply_to: int | None = None
    thread: str = ""
    author: bytes | None = None
    link: bytes | None = None

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
    ) -> Draft:
        """Tidy what was typed.

        Raises:
            Refusal: text_empty, text_too_long, text_characters, name_too_long,
                name_characters, nonce_invalid, thread_invalid or key_invalid.
        """
        return cls(
            # First, so that a draft which is refused for its words can be shown where it was left.
            thread=slug(thread) if thread else "",
            text=_text(text),
            name=(_name(name) or None) if name else None,
            nonce=_nonce(nonce),
            reply_to=reply_to,
            author=None if key is None else digest(key),
            link=None if link is None else digest(link),
        )

    @property
    def once(self) -> bytes | None:
        """32 bytes, the same for the same words sent again with the same nonce.

        The words are part of it because a browser that goes back shows the old form: other
        words in it are another message, and swallowing them would lose it.
        """
        if self.nonce is None:
            return None
        parts = [self.nonce, self.name or "", self.text]
        # Where it stands is said only where it is not the wall itself.
        if self.reply_to or self.thread:
            parts += [str(self.reply_to or ""), self.thread]
        return hashlib.sha256("\0".join(parts).encode()).digest()


def digest(key: str) -> bytes:
    """What is kept of a key: 16 bytes that say whether it is the same, and not which it is.

    Raises:
        Refusal: key_invalid. A key that could be guessed would not need to be digested.
    """
    if not _KEY.fullmatch(key):
        raise Refusal("key_invalid", "key")
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


def hue(author: bytes | None) -> int | None:
    return None if author is None else author[0] % HUES


def slug(thread: str) -> str:
    """The name of a page's own wall.

    Raises:
        Refusal: thread_invalid.
    """
    if not _SLUG.fullmatch(thread):
        raise Refusal("thread_invalid", "thread")
    return thread


def _text(typed: str) -> str:
    # What can be printed as it is has no line ends, and nothing that is refused.
    text = typed if typed.isprintable() else _lines(typed)
    text = unicodedata.normalize("NFC", text).strip()
    if _is_blank(text):
        raise Refusal("text_empty", "text")
    if len(text) > TEXT_LIMIT:
        raise Refusal("text_too_long", "text", limit=TEXT_LIMIT, length=len(text))
    return text


def _lines(typed: str) -> str:
    text = _LINE_END.sub("\n", _encodable(typed, "text"))
    if _CONTROL.search(text):
        raise Refusal("text_characters", "text")
    return _BLANK_LINES.sub("\n\n\n", text)


def _name(typed: str) -> str:
    name = unicodedata.normalize("NFC", _encodable(typed, "name"))
    if _CONTROL.search(name.replace("\r", " ")):
        raise Refusal("name_characters", "name")
    name = " ".join(name.split())
    if len(name) > NAME_LIMIT:
        raise Refusal("name_too_long", "name", limit=NAME_LIMIT, length=len(name))
    return "" if _is_blank(name) else name


def _nonce(given: str | None) -> str | None:
    if given is not None and not _NONCE.fullmatch(given):
        raise Refusal("nonce_invalid", "nonce")
    return given


def _encodable(typed: str, field: str) -> str:
    # JSON can spell half of a surrogate pair, which is no character and has no UTF-8.
    if _SURROGATE.search(typed):
        raise Refusal(f"{field}_characters", field)
    return typed


def _is_blank(text: str) -> bool:
    """Nothing in it leaves ink: spaces, joiners, direction marks, fillers."""
    return all(
        character in _INKLESS_LETTERS or unicodedata.category(character) in _INKLESS_CATEGORIES
        for character in text
    )


# LINE and PARAGRAPH SEPARATOR end lines in what word processors copy.
_LINE_END = re.compile("\r\n|\r|\u2028|\u2029")
# At most two blank lines in a row; a line of nothing but spaces is blank too.
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){3,}")
# C0 but TAB and LF, DEL, C1, and the code points that Unicode keeps from being characters,
# which XML, and so every feed, refuses.
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
# As in the address of a page, but nothing that has to be escaped there.
_SLUG = re.compile(r"[A-Za-z0-9._~/-]{0,100}")
_INKLESS_CATEGORIES = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me"})
# Hangul fillers and the empty Braille cell are letters and symbols that show nothing.
_INKLESS_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
