"""The name of a page that has a wall of its own: one name, however its address is written."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from stena.refusal import Refusal

LONGEST = 100
# Far more than LONGEST characters with a host and escapes: what is longer is refused at once.
LONGEST_ADDRESS = 2000
# Of a part of a host between two dots. Decoding takes the square of the length.
LONGEST_LABEL = 63


def slug(thread: str) -> str:
    """A valid thread: without scheme, fragment, escapes, and slashes that say nothing.

    The first page of a site may be called `/`. A query is refused: it may name the page or not.

    Raises:
        Refusal: thread_invalid.
    """
    if _PLAIN.fullmatch(thread) or thread in {"", "/"}:
        return thread
    name = _readable(thread)
    name = re.sub("/+", "/", name)
    name = name if name == "/" else name.strip("/")
    if not name or len(name) > LONGEST or not all(_is_allowed(character) for character in name):
        raise Refusal("thread_invalid", "thread")
    return name


def _readable(thread: str) -> str:
    if len(thread) > LONGEST_ADDRESS:
        raise Refusal("thread_invalid", "thread")
    address = _ADDRESS.fullmatch(thread.strip().partition("#")[0])
    if not address:
        raise Refusal("thread_invalid", "thread")
    try:
        name = _host(address["host"] or "") + unquote(address["path"], errors="strict")
    except UnicodeError:
        raise Refusal("thread_invalid", "thread") from None
    return unicodedata.normalize("NFC", name)


def _host(given: str) -> str:
    """A host in its own letters; browsers write other ones than those of English as `xn--…`."""
    return ".".join(map(_label, given.lower().split(".")))


def _label(given: str) -> str:
    # Not by the codec idna, which refuses what IDNA permits since 2008, such as ß and ς.
    if not given.startswith("xn--") or len(given) > LONGEST_LABEL:
        return given
    try:
        label = given[4:].encode("ascii").decode("punycode").lower()
    except UnicodeError:
        return given
    # A host of emoji keeps the name that all browsers show in its address.
    return label if label and all(map(_is_allowed, label)) else given


def _is_allowed(character: str) -> bool:
    # Letters of all languages with their marks, and digits: nobody can hide anything in them.
    return character in "._~/-" or unicodedata.category(character)[0] in "LMN"


_PLAIN = re.compile(r"(?=.{1,100}\Z)[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*")
_ADDRESS = re.compile(
    r"(?:https?://(?P<host>[^/?]+?)(?::[0-9]+)?(?=/|\Z))?(?P<path>[^?]*)", re.IGNORECASE
)
