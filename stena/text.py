"""What a visitor types, normalised: composed, with line ends and without what nobody can see."""

from __future__ import annotations

import re
import unicodedata


def lines(typed: str) -> str:
    """What was typed in a field of several lines, normalised; empty if none of it is visible."""
    # A printable text has no line ends and no controls, so the slow path is skipped.
    text = typed if typed.isprintable() else _lines(typed)
    text = _composed(text).strip()
    return "" if _is_blank(text) else text


def one_line(typed: str) -> str:
    """The same for a field of one line; any white space within it becomes one space."""
    text = _composed(_UNSHOWN.sub("", _LINE_END.sub(" ", typed)))
    text = " ".join(text.split())
    return "" if _is_blank(text) else text


def cut(text: str, limit: int) -> str:
    """The beginning of a text, at most `limit` characters; no letter or emoji is divided."""
    return text if len(text) <= limit else text[: before(text, limit) or limit]


def before(text: str, place: int) -> int:
    """The last place up to this one where a text can be divided; 0 if there is none.

    It divides no grapheme cluster of Unicode Standard Annex 29: a flag, a family, a letter with
    its accents, a syllable of Korean or of Hindi.
    """
    while 0 < place < len(text) and _are_one(text, place):
        place -= 1
    return place


def _are_one(text: str, place: int) -> bool:
    """Whether the characters before and after a place are parts of one that people see."""
    first, second = text[place - 1], text[place]
    if second < "\u0300":
        return False
    category = unicodedata.category(second)
    if category in {"Mn", "Mc", "Me"} or _EXTENDS.match(second) or first == JOINER:
        return True
    if _FLAG.match(second):
        # Two letters are a flag, counted from the first of the row.
        row = 0
        while row < place and _FLAG.match(text[place - 1 - row]):
            row += 1
        return row % 2 == 1
    # After a sign that takes a consonant's vowel away the next consonant joins it.
    if category == "Lo" and unicodedata.combining(first) == VIRAMA:
        return True
    return _is_one_syllable(first, second)


def _is_one_syllable(first: str, second: str) -> bool:
    """Whether two letters or parts of letters are of one syllable of Korean."""
    if _INITIAL.match(first):
        return bool(_SYLLABLE.match(second))
    return bool(_LATER.match(second) and _SYLLABLE.match(first))


def _composed(text: str) -> str:
    """The text with one character for a letter and its accents, where there is one."""
    given = _SIGNS.sub(_with_few_marks, text)
    composed = unicodedata.normalize("NFC", given)
    # A mark may have become two.
    return composed if composed == given else _SIGNS.sub(_with_few_marks, composed)


def _with_few_marks(signs: re.Match[str]) -> str:
    """The signs without the marks that are too many in a row: to sort n of them takes n² steps."""
    kept: list[str] = []
    row = 0
    for sign in signs[0]:
        row = row + 1 if unicodedata.category(sign).startswith("M") else 0
        if row <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def _lines(typed: str) -> str:
    text = _UNSHOWN.sub("", _LINE_END.sub("\n", typed))
    return _BLANK_LINES.sub("\n\n\n", text)


def _is_blank(text: str) -> bool:
    """Whether nothing in it is visible: spaces, joiners, direction marks, fillers."""
    return all(
        unicodedata.category(character) in _INKLESS_CATEGORIES or _INKLESS.match(character)
        for character in text
    )


# As in the Stream-Safe Text Format of Unicode Standard Annex 15; no script has so many on a letter.
MOST_MARKS = 30
# Where there may be more marks in a row.
_SIGNS = re.compile(rf"[^\x00-\u02ff\u0370-\u0482\u048a-\u052f\w\s]{{{MOST_MARKS + 1},}}")
# Slides, word processors and PDFs end lines with VT, FF, NEL, and the two separators.
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# At most two blank lines in a row; a line of spaces counts as blank.
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){3,}")
# C0 except TAB and LF, DEL, C1, and noncharacters, which XML and so every feed refuses; halves of
# surrogate pairs, which have no UTF-8. They come with pasted text, and nobody sees them.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(
        chr(plane + last)
        for plane in range(0x10000, 0x110000, 0x10000)
        for last in (0xFFFE, 0xFFFF)
    )
    + "]"
)
_INKLESS_CATEGORIES = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me"})
# Fillers of Hangul, the empty cell of Braille, a note without a head, and what Unicode keeps free
# for characters that show nothing.
_INKLESS = re.compile(
    "[\u115f\u1160\u2065\u2800\u3164\uffa0\ufff0-\ufff8\U0001d159\U000e0000-\U000e0fff]"
)
JOINER = "\u200d"
# The class of such signs among the combining characters of Unicode.
VIRAMA = 9
# Joiners, skin tones, the tags of a flag, and the vowels of Thai and Lao that are letters.
_EXTENDS = re.compile(
    "[\u0e33\u0eb3\u200c\u200d\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_INITIAL = re.compile("[\u1100-\u115f\ua960-\ua97c]")
_SYLLABLE = re.compile("[\u1100-\u11ff\ua960-\ua97c\uac00-\ud7fb]")
_LATER = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb]")
