"""Autolinks: finds the addresses in a text, and where each of them ends."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from pydantic_core import Url, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What an address without a scheme is opened with: each site has it, if only to redirect.
SCHEME = "http://"
# How an address looks before it is read closely.
LIKELY = r"://|www\."


class Address(NamedTuple):
    """An address in a text, from `start` to `end`, and as a browser opens it."""

    start: int
    end: int
    href: str


def may_have_link(text: str) -> bool:
    """Whether `find` has to look; much faster."""
    return _LIKELY.search(text) is not None


def find(text: str) -> Iterator[Address]:
    """The addresses in a text, in their order; none overlaps another one."""
    end, ends = 0, _Ends(text)
    for found in _START.finditer(text):
        if found.start() < end:
            continue
        if address := _address(text, found.start(), len(found["scheme"] or ""), ends):
            end = address.end
            yield address


class _Ends:
    """Where addresses of a text may end: signs that no address has, and brackets with their ends.

    Each part of a text is read once, though many addresses may be before it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._closed: dict[tuple[str, int], int] = {}
        self._stop = -1

    def stop(self, path: int) -> int:
        """The place of the first sign from `path` on that no address has."""
        # Paths are asked for in their order.
        if path > self._stop:
            found = _STOP.search(self._text, path)
            self._stop = found.start() if found else len(self._text)
        return self._stop

    def closed(self, place: int, end: int, before: str) -> int:
        """The place after what closes the sign at `place`; 0 if nothing does before `end`.

        It depends on the sign `before` the address.
        """
        before = before if before in _CHANGING else ""
        if (before, place) not in self._closed:
            self._read(place, end, before)
        return self._closed[before, place]

    def _read(self, place: int, end: int, before: str) -> None:
        opened: list[tuple[str, int]] = []
        for position in range(place, end):
            sign = self._text[position]
            if sign.isalnum():
                continue
            if opened and sign in opened[-1][0]:
                self._closed[before, opened.pop()[1]] = position + 1
                if not opened:
                    return
            elif closers := closing(sign):
                opened.append((closers, position))
            elif _closes(self._text, position, before):
                break
        self._closed.update(((before, unclosed), 0) for _, unclosed in opened)


def _address(text: str, start: int, scheme: int, ends: _Ends) -> Address | None:
    host = _HOST.match(text, start + scheme)
    if host is None or not (scheme or _NAMED.match(host[0])):
        return None
    end = _end_of_name(host)
    if end == host.end() and text[end : end + 1] in {"/", "?", "#"}:
        end = _end(text, start, end, ends)
    elif _NESTED.match(text, host.start("name")):
        return None  # the address is the one after it: http://https://a.example
    # Pasted text may have it at the end of each line.
    typed = text[start:end].replace(SOFT_HYPHEN, "")
    try:
        return Address(start, end, str(Url(typed if scheme else SCHEME + typed)))
    except ValidationError:
        return None  # no browser opens it: http://1.2.3.999


def _end_of_name(host: re.Match[str]) -> int:
    """Where the name of a host ends, or its port: before a word that follows without a space."""
    text, end = host.string, host.end()
    label = host["name"].rfind(".") + 1
    top = (_TOP_LABEL if label else _ONLY_LABEL).match(text, host.start("name") + label)
    if top and top.end() < host.end("name"):
        return top.end()
    if text[end - 1] == "_" and text[end : end + 1] not in {"/", "?", "#"}:
        return host.start("name") + len(host["name"].rstrip("_"))
    return end


def _end(text: str, start: int, path: int, ends: _Ends) -> int:
    """Where an address ends whose path starts at `path`.

    Before the first sign that no address has, before a bracket or a quote that closes one around
    it, and before the signs that end a sentence.
    """
    before = text[start - 1 : start]
    end = ends.stop(path)
    place = kept = path
    while place < end:
        sign = text[place]
        if sign.isalnum():
            place += 1
        elif closing(sign):
            if closed := ends.closed(place, end, before):
                place = kept = closed
            else:
                end = place
        elif _closes(text, place, before):
            end = place
        else:
            place += 1
    while end > kept and (_is_around(text[end - 1]) or text[end - 1] == before in _EMPHASIS):
        end -= 1
    return end


def closing(sign: str) -> str:
    """The signs of which any closes what this one opens; empty if it opens nothing."""
    if not sign or sign in _PAIRS:
        return _PAIRS.get(sign, "")
    # Nearly all brackets are followed by their counterparts in Unicode.
    return chr(ord(sign) + 1) if unicodedata.category(sign) in {"Ps", "Pi"} else ""


def _closes(text: str, place: int, before: str) -> bool:
    """Whether a sign closes a bracket or a quote that was opened before the address."""
    sign, beside = text[place], text[place - 1] + text[place + 1 : place + 2]
    if before in _QUOTES.get(sign, set()):
        return True
    if sign == _APOSTROPHE and len(beside) > 1 and beside.isalnum() and sign not in closing(before):
        return False
    return unicodedata.category(sign) in {"Pe", "Pf"}


def _is_around(sign: str) -> bool:
    """Whether a sign at the end of an address belongs to the text around it."""
    if sign.isascii():
        return sign in _SENTENCE
    category = unicodedata.category(sign)
    return category[0] in "PSZ" or category in {"Cf", "Me"} or sign in _UNSEEN


SOFT_HYPHEN = "\u00ad"
_LIKELY = re.compile(LIKELY, re.IGNORECASE)
# After an ASCII letter it would be another scheme. After any other letter a space is missing.
_START = re.compile(
    r"(?<![A-Za-z0-9+])(?P<scheme>https?://)"
    r"|(?<![A-Za-z0-9@/\\=&])(?<![A-Za-z0-9][_.-])www\.",
    re.IGNORECASE,
)
# Pasted into a field that had the scheme already.
_NESTED = re.compile("https?://", re.IGNORECASE)
_EMOJI = "\u2600-\u2767\u2794-\u27bf\U0001f300-\U0001faff"
# Letters, and the marks that are parts of them: \w has no vowels of the Indian scripts.
_LETTERS = (
    r"\w\u0300-\u036f\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u0669\u0670\u06d6-\u06dc"
    r"\u06df-\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0df3\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0eff"
    r"\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u3099\u309a"
)
_LETTER = rf"(?:[{_LETTERS}]|[{_EMOJI}]\ufe0f?)"
# Within a label: a hyphen, the dot of Catalan, the joiners of Persian and Hindi.
_LABEL = rf"{_LETTER}+(?:[-\u00b7\u200c\u200d{SOFT_HYPHEN}]+{_LETTER}+)*"
_HOST = re.compile(
    r"(?:(?:[A-Za-z0-9._~%!$&+=:@-]*|[\w:-]+)@)?"
    rf"(?P<name>(?=[_.-]*(?!_){_LETTER}){_LABEL}(?:-*\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?"
)
# Without a scheme: at least three labels, of which the last is no number.
_NAMED = re.compile(r"www(?:\.[^.@]+)+\.[^\W\d_][^.@]+$", re.IGNORECASE)
# No top-level domain mixes ASCII with other letters, has an emoji, or a hyphen without ASCII.
_TOP_LABEL = re.compile(
    rf"[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*(?=-*[^\x00-\x7f])|(?=[^\x00-\x7f])[{_LETTERS}]+"
)
_ONLY_LABEL = re.compile(rf"(?:[{_LETTERS}]|-)+")
# White space, what nobody sees, and signs that no address has and browsers encode; a comma or a
# full stop, if another address follows. Joiners are not among them: in Persian and Hindi they are
# within words.
_STOP = re.compile(
    r"""[\s\x00-\x20"<>\\`\x7f-\xa0\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f"""
    r"\u2026\u2028-\u202e\u2060-\u206f\u2800\u3000-\u3003\u3164\ufe10-\ufe1f\ufe30-\ufe6f\ufeff"
    r"\uff01\uff02\uff07\uff0c\uff0e\uff1a\uff1b\uff1f\uff61\uff64\uffa0\ufff0-\uffff]"
    # A dash, but in names of articles; a closing tag of a forum; a digit in a box.
    r"|(?<!_)[\u2014\u2015]|[\u2014\u2015](?!_)|\[/|[0-9#*]\ufe0f?\u20e3"
    # Only the first of them in a row, as to try each would take n² steps.
    r"|(?<![,;|])[,;|]+(?=https?://|www\.)|(?<![.!\u2013\u2022])[.!\u2013\u2022]+(?=https?://)",
    re.IGNORECASE,
)
_PAIRS = {
    **dict(zip("([{", ")]}", strict=True)),
    **dict(zip("\uff3b\uff5b\ufd3f", "\uff3d\uff5d\ufd3e", strict=True)),
    # The quotes of German, Polish and others open with what closes elsewhere.
    **dict(zip("«‹“‘„‚", ("»", "›", "”", "’", "“”", "‘’"), strict=True)),  # noqa: RUF001 -- quotes
    "\u301d": "\u301e\u301f",
}
_APOSTROPHE = "’"  # noqa: RUF001 -- as it is typed
# What closes after the first of these before the address.
_QUOTES = {"'": {"'"}, "|": {"|", "[", "<"}}
# The signs before an address on which it depends what closes after them.
_CHANGING = frozenset("'|[<‘‚")  # noqa: RUF001 -- quotes
# Around an address, the last one closes.
_EMPHASIS = {"_", "~"}
_SENTENCE = "!*,.:;?'|"
# Variation selectors, whose category is that of accents.
_UNSEEN = frozenset(map(chr, range(0xFE00, 0xFE10)))
