"""A text as it is indexed and searched: what is only written differently becomes the same; pure.

PostgreSQL's parser gets letters, digits and spaces. What else it takes for a letter depends on the
locale of the database: in some, a dash and a no-break space are. So do capitals.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple


class Folded(NamedTuple):
    """A folded text.

    Attributes:
        places: where each of its characters is in the original text, and where that ends.
    """

    text: str
    places: list[int]


def fold(text: str) -> str:
    """The text as it is indexed; words with hyphens follow once more without: e-mail, email."""
    text = _plain(text)
    return " ".join([text, *(_joined(word[0]) for word in _HYPHENED.finditer(text))])


def folded(text: str) -> Folded:
    """The same, with the places that it is from."""
    pieces: list[str] = []
    places: list[int] = []
    position = 0
    text = _lower(text)
    for found in _SPECIAL.finditer(text):
        start, end = found.span()
        piece = _piece(found)
        pieces += text[position:start], piece
        places += range(position, start)
        if found["part"] or found["language"]:
            places += [start, *(min(start + n, end - 1) for n in range(len(piece) - 2)), end]
        else:
            places += [start] * len(piece)
        position = end
    pieces.append(text[position:])
    places += range(position, len(text) + 1)
    text, places = _shortened("".join(pieces), places)
    pieces = [text]
    for found in _HYPHENED.finditer(text):
        pieces.append(word := _joined(found[0]))
        places += [places[found.start()]] * len(word)
        places.append(places[found.end()])
    return Folded(" ".join(pieces), places)


def for_search(words: str) -> str:
    """What a visitor looks for, as PostgreSQL's websearch_to_tsquery reads it.

    A word that is indexed as several becomes a phrase.
    """
    terms: list[str] = []
    for found in _TERM.finditer(_QUOTE.sub('"', words)):
        sign = "-" if found["without"] else ""
        if found["quoted"] is not None:
            terms.append(_phrase(sign, found["quoted"], is_quoted=True))
        elif found["word"].lower() == "or":
            terms.append("or")
        else:
            several = [found["word"]] if sign else _SEPARATOR.split(found["word"])
            terms += [_phrase(sign, word) for word in several]
    return " ".join(filter(None, terms))


def runs(words: str) -> list[str]:
    """What a visitor looks for in scripts without spaces, as it is in a folded text."""
    return [run[0] for run in _RUN.finditer(fold(words))]


def is_part(word: str) -> bool:
    """Whether it is what a word of a script without spaces is divided into."""
    return _PART.fullmatch(word) is not None


def _plain(text: str) -> str:
    return _LONGEST.sub(" ", _SPECIAL.sub(_piece, _lower(text)))


def _joined(word: str) -> str:
    return word.replace("-", "")


def _lower(text: str) -> str:
    """The text in small letters, as many as it has; no locale of a database decides which."""
    text = text.replace("İ", "i").lower()
    return _OTHER_C.sub("c", text) if "с++" in text or "с#" in text else text  # noqa: RUF001


def _shortened(text: str, places: list[int]) -> Folded:
    pieces: list[str] = []
    kept: list[int] = []
    position = 0
    for found in _LONGEST.finditer(text):
        pieces += text[position : found.start()], " "
        kept += places[position : found.start() + 1]
        position = found.end()
    return Folded("".join(pieces) + text[position:], kept + places[position:])


def _phrase(sign: str, words: str, *, is_quoted: bool = False) -> str:
    parts = _plain(words).split()
    if not parts:
        return ""
    is_one = len(parts) == 1 and not is_quoted and parts[0] != "or"
    return sign + (_joined(parts[0]) if is_one else f'"{" ".join(parts)}"')


def _piece(found: re.Match[str]) -> str:
    if part := found["part"]:
        return f" {unicodedata.normalize('NFKC', part) if part >= HALF_WIDTH else part} "
    if found["joint"]:
        return ""
    if sign := found["language"]:
        return " cplusplus " if sign == "++" else " sharp "
    return "-" if found["hyphen"] else _FOLDED[found[0]]


class _Folded(dict[str, str]):
    """What a character becomes; it is entered when it is first met."""

    def __missing__(self, sign: str) -> str:
        category = unicodedata.category(sign)
        if category in {"Cf", "Me"} or _UNWRITTEN.match(sign):
            becomes = ""
        elif category[0] in "LN":
            # Full-width letters, ligatures, small digits; ½ as 1/2.
            plain = unicodedata.normalize("NFKC", sign).replace(FRACTION_SLASH, " ")
            becomes = plain.lower() if plain.replace(" ", "").isalnum() else sign
            becomes = f" {becomes}" if " " in becomes else becomes
            # Digits of all scripts.
            becomes = str(unicodedata.decimal(becomes, becomes)) if len(becomes) == 1 else becomes
        else:
            becomes = sign if category in {"Mn", "Mc"} else " "
        self[sign] = becomes
        return becomes


_HYPHENED = re.compile(r"(?<!\S)[^\s-]+(?:-[^\s-]+)+")
# PostgreSQL indexes no word of more than 2,046 bytes, and leaves it out of the text that it marks;
# the same with as many spaces.
_LONGEST = re.compile(r"[^ \t\n]{500,}|[ \t\n]{500,}")
FRACTION_SLASH = "\u2044"
_APOSTROPHE = "['’‘ʼʹʻʽˈ`´′＇׳]"  # noqa: RUF001 -- all that is typed for one
# As they are typed without the right keyboard, or in capitals.
_FOLDED = _Folded(
    zip("ёςıß\u200bʼʹʻʽˈ", ["е", "σ", "i", "ss", *" " * 6], strict=True)  # noqa: RUF001 -- letters
)
# Marks that are left out in most texts: stresses, and the vowels of Hebrew and Arabic. NFC has made
# one letter of each that is another letter with its mark.
_UNWRITTEN = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]"
)
HALF_WIDTH = "\uff66"
# Scripts without spaces between words, and Korean, whose words end in particles: each character
# with its marks is indexed by itself, and a word is found as a phrase of them.
_PARTS = (
    # Chinese, Japanese, Korean, and the single letters of both.
    "[\u3105-\u312f\u3131-\u318e\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
    "|[\uff66-\uff9d][\uff9e\uff9f]?"
    # Thai, Lao.
    "|[\u0e01-\u0e30\u0e32\u0e40-\u0e46][\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]*"
    "|[\u0e81-\u0eb0\u0eb2\u0ebd-\u0ec6\u0edc-\u0edf][\u0eb1\u0eb3-\u0ebc\u0ec8-\u0ece]*"
    # Burmese, Khmer.
    "|[\u1000-\u102a\u103f\u1050-\u1055](?:\u1039[\u1000-\u1021]|[\u102b-\u1038\u103a-\u103e])*"
    "|[\u1780-\u17b3](?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17d3\u17dd])*"
)
_PART = re.compile(_PARTS)
_RUN = re.compile(f"(?: (?:{_PARTS}) )+")
_CYRILLIC = "[\u0400-\u0481\u048a-\u052f]"
_CONTRACTED = "|".join(
    rf"(?<=\b{word}.)"
    for word in ["that", "he", "she", "what", "who", "where", "when", "why", "how", "here", "there"]
)
# Of a name that ends in signs; a version may follow.
_ENDS = r"(?![^\W\d]|[+#])"
# The letter of the other keyboard.
_OTHER_C = re.compile(rf"\b\u0441(?=(?:\+\+|#){_ENDS})")
_SPECIAL = re.compile(
    # Most characters are none of these, so all are passed over at once.
    f"(?![0-9a-z\u0430-\u044f \\t\\n])(?:(?P<part>{_PARTS})"
    # C++, C#, F#.
    rf"|(?P<language>(?:\+\+(?<=\bc..)|#(?<=\b[cfj].)){_ENDS})"
    # don't, she's, AT&T: parts of them are words that nobody looks for. An apostrophe of Ukrainian.
    rf"|(?P<joint>{_APOSTROPHE}(?:(?<=n.)(?=t\b)|(?<={_CYRILLIC}.)(?={_CYRILLIC})"
    rf"|(?:{_CONTRACTED})(?=s\b))"
    r"|&(?:(?<=\b\w.)|(?<=\b\w\w.)|(?<=\b\w\w\w.))(?=\w{1,3}\b))"
    # Before a number it would be a minus.
    "|(?P<hyphen>[-\u2010\u2011\uff0d](?<=[^\\W\\d_].)(?=[^\\W\\d_]))"
    "|.)"
)
_QUOTE = re.compile("[“”„‟«»＂]")  # noqa: RUF001 -- as phones put them
_TERM = re.compile(r'(?P<without>(?<!\S)[-\u2212])?(?:"(?P<quoted>[^"]*)"?|(?P<word>[^\s"]+))')
# Signs that separate words, also without a space; between digits some do not.
_SEPARATOR = re.compile(
    r"[;\\|<>()\[\]{}@=?!*~^…—–·•、。，．！？；：・「」『』（）《》]|(?<!\d)[.,:/]|[.,:/](?!\d)"  # noqa: RUF001 -- of all scripts
)
