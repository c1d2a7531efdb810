from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stena.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

TEXT_LIMIT = 4000
NAME_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Message:
    """What stands on the wall.

    Attributes:
        id: grows with the order of commits.
        name: what the visitor called themselves, None for no name.
        created: aware, to the microsecond.
    """

    id: int
    text: str
    name: str | None
    created: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a message.

    Attributes:
        number: its place in the one order of all changes, the order of their commits.
        kind: "created", or "hidden" for a message that is not shown any more.
        message: as it is since.
    """

    number: int
    kind: Literal["created", "hidden"]
    message: Message


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the wall, newest first.

    Attributes:
        next: the id to ask older ones `before`, None where there are none.
        change: the number of the newest change that is in it, where it is the head.
    """

    messages: list[Message]
    next: int | None
    change: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a visitor may set, made acceptable by `Draft.of`."""

    text: str
    name: str | None
    nonce: str | None

    @classmethod
    def of(cls, text: str, name: str | None = None, nonce: str | None = None) -> Draft:
        """Tidy what was typed.

        Raises:
            Refusal: text_empty, text_too_long, text_characters, name_too_long,
                name_characters or nonce_invalid.
        """
        return cls(
            text=_text(text), name=(_name(name) or None) if name else None, nonce=_nonce(nonce)
        )

    @property
    def once(self) -> bytes | None:
        """32 bytes, the same for the same words sent again with the same nonce.

        The words are part of it because a browser that goes back shows the old form: other
        words in it are another message, and swallowing them would lose it.
        """
        if self.nonce is None:
            return None
        parts = "\0".join((self.nonce, self.name or "", self.text))
        return hashlib.sha256(parts.encode()).digest()


def _text(typed: str) -> str:
    text = unicodedata.normalize("NFC", _encodable(typed, "text"))
    text = _LINE_END.sub("\n", text)
    if _CONTROL.search(text):
        raise Refusal("text_characters", "text")
    text = _BLANK_LINES.sub("\n\n\n", text).strip()
    if _is_blank(text):
        raise Refusal("text_empty", "text")
    if len(text) > TEXT_LIMIT:
        raise Refusal("text_too_long", "text", limit=TEXT_LIMIT, length=len(text))
    return text


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
_INKLESS_CATEGORIES = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me"})
# Hangul fillers and the empty Braille cell are letters and symbols that show nothing.
_INKLESS_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
