"""The words that an owner does not want on the wall, and whether a text has one; pure.

What is compared are skeletons: small letters, look-alikes as one letter, nothing that cannot be
seen. So a word is found however it is disguised, and a text is read once for all words.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# A text of the greatest length is compared with so many in two thousandths of a second.
MOST_WORDS, WORD_LIMIT = 500, 100
# The list of a new wall has no words, and this version.
NEVER = datetime.fromtimestamp(0, UTC)
# Of a text so many words are offered to choose from; shorter ones would stop too much.
MOST_OFFERED, SHORTEST_OFFERED = 40, 3


class Word(NamedTuple):
    """An entry of the list.

    Attributes:
        text: a word; `prefix*`; several words; or a domain, which stands for its subdomains too.
        refuses: whether messages with it are refused; otherwise they wait.
    """

    text: str
    refuses: bool = False

    @classmethod
    def of(cls, typed: str, *, refuses: bool) -> Word:
        """Normalise and validate what was typed.

        Raises:
            Refusal: word_empty or word_too_long.
        """
        words = unicodedata.normalize("NFC", typed.lower()).split()
        text = " ".join("".join(filter(str.isprintable, word)) for word in words)
        if len(text) > WORD_LIMIT:
            raise Refusal("word_too_long", "word", limit=WORD_LIMIT, length=len(text))
        if not _TOKEN.search(skeleton_of(text)):
            raise Refusal("word_empty", "word")
        return cls(text, refuses)


class Verdict(NamedTuple):
    """What a list of words says of a draft.

    Attributes:
        version: of the list.
        word: the entry that the draft has; None if it has none.
        refuses: whether the draft is refused for it.
        field: where the word is, `text` or `name`.
    """

    version: datetime
    word: str | None = None
    refuses: bool = False
    field: str = "text"

    @property
    def why(self) -> str | None:
        """Why the draft waits, as the desk is told; None if it does not."""
        return None if self.word is None else f"word:{self.word}"

    def refusal(self) -> Refusal:
        return Refusal("word_refused", self.field, word=self.word or "")


class WordList:
    """All entries, ready to be compared with texts.

    Attributes:
        version: when the list was last changed.
        clear: the verdict on a draft that has none of them.
        is_empty: whether there are none, so that every draft is clear.
    """

    def __init__(self, version: datetime, words: Sequence[Word]) -> None:
        self.version = version
        self.clear = Verdict(version)
        self.is_empty = not words
        self._domains: dict[str, Word] = {}
        self._words: dict[str, Word] = {}
        self._prefixes: dict[str, Word] = {}
        # By their first word.
        self._phrases: dict[str, list[tuple[str, Word]]] = {}
        for word in words:
            self._add(word)

    def judge(self, text: str, name: str | None) -> Verdict:
        """The verdict on a message: an entry that refuses goes before one that lets it wait."""
        if self.is_empty:
            return self.clear
        found: Verdict | None = None
        for field, typed in (("text", text), ("name", name)):
            for word in self._found(typed) if typed else ():
                if word.refuses:
                    return Verdict(self.version, word.text, refuses=True, field=field)
                found = found or Verdict(self.version, word.text, field=field)
        return found or self.clear

    def _add(self, word: Word) -> None:
        if domain := _DOMAIN.fullmatch(word.text):
            self._domains[skeleton_of(domain[1])] = word
            return
        tokens = _TOKEN.findall(_joined(skeleton_of(word.text)))
        is_prefix = word.text.endswith("*")
        if len(tokens) > 1:
            phrase = f" {' '.join(tokens)}" + ("" if is_prefix else " ")
            self._phrases.setdefault(tokens[0], []).append((phrase, word))
        elif is_prefix:
            self._prefixes[tokens[0]] = word
        else:
            self._words[tokens[0]] = word

    def _found(self, typed: str) -> Iterator[Word]:
        """The entries that a text has; one may come twice."""
        skeleton = skeleton_of(typed)
        if self._domains and "." in skeleton:
            yield from _in_domains(skeleton, self._domains)
        for tokens in _readings(_joined(skeleton)):
            yield from self._in_reading(tokens)

    def _in_reading(self, tokens: Sequence[str]) -> Iterator[Word]:
        different = set(tokens)
        for token in different & self._words.keys():
            yield self._words[token]
        in_order = sorted(different) if self._prefixes else []
        for start, word in self._prefixes.items():
            # The first word that is not before the prefix begins with it, if any does.
            place = bisect_left(in_order, start)
            if place < len(in_order) and in_order[place].startswith(start):
                yield word
        text = f" {' '.join(tokens)} "
        for first in different & self._phrases.keys():
            for phrase, word in self._phrases[first]:
                if phrase in text:
                    yield word


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared, in their order."""
    return _TOKEN.findall(_joined(skeleton_of(text)))


def offered(text: str) -> list[str]:
    """The words and domains of a text, as entries to choose from; in their order."""
    chunks = _CHUNK.findall(unicodedata.normalize("NFC", text.lower()))
    domains = [chunk.strip(".-_") for chunk in chunks]
    words = [token for chunk in chunks for token in _TOKEN.findall(chunk)]
    found = [domain[1] for domain in map(_DOMAIN.fullmatch, domains) if domain]
    found += [word for word in words if len(word) >= SHORTEST_OFFERED]
    return [one for one in dict.fromkeys(found) if len(one) <= WORD_LIMIT][:MOST_OFFERED]


def skeleton_of(text: str) -> str:
    """A text in which what looks alike is alike, and what is not seen is left out."""
    # Capitals of compatibility characters become small letters that have to be normalised again.
    folded = unicodedata.normalize("NFKC", text.translate(_LONGEST)).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    return folded.translate(_LOOK_ALIKES)


def _joined(skeleton: str) -> str:
    """A text in which letters that are spaced out, as in "s p a m" or "s.p.a.m", are a word."""
    return _SPACED.sub(lambda found: "".join(_TOKEN.findall(found[0])), skeleton)


def _readings(skeleton: str) -> Iterator[list[str]]:
    """The words of a text: as they are, and with digits and signs as the letters they stand for."""
    yield _TOKEN.findall(skeleton)
    tokens = _SIGNS.findall(skeleton)
    if any(map(_stands_for_letters, tokens)):
        for letters in _LETTERS:
            yield [one.translate(letters) if _stands_for_letters(one) else one for one in tokens]


def _stands_for_letters(token: str) -> bool:
    # A number is a number.
    return not token.isalpha() and not token.isdigit()


def _in_domains(skeleton: str, domains: Mapping[str, Word]) -> Iterator[Word]:
    for chunk in _CHUNK.findall(skeleton):
        if "." not in chunk:
            continue
        # A name of the domain system is not longer; a sentence may be.
        host = "." + ".".join(_decoded(label) for label in chunk[-253:].strip(".-_").split("."))
        dot = host.rfind(".")
        while dot >= 0 and len(host) - dot <= WORD_LIMIT + 1:
            if word := domains.get(host[dot + 1 :]):
                yield word
            dot = host.rfind(".", 0, dot)


def _decoded(label: str) -> str:
    """A part of a domain as it is read: letters beyond ASCII are sent in code."""
    if not label.startswith("xn--"):
        return label
    try:
        return skeleton_of(label[4:].encode("ascii").decode("punycode"))
    except UnicodeError:
        return label


class _LookAlikes(dict[int, int | str | None]):
    """How a small letter is written in a skeleton; None for what is not seen.

    Accents are left out, but for the one that makes й another letter. A letter is entered when it
    is first met, since to enter all takes a tenth of a second.
    """

    def __missing__(self, code: int) -> int | str | None:
        if not any(code in block for block in _BLOCKS):
            return code
        letter = chr(code)
        parts = unicodedata.normalize("NFD", letter)
        written: int | str | None = code
        if unicodedata.category(letter) in _UNSEEN:
            written = None
        elif letter in _INKLESS:
            written = " "
        elif len(parts) > 1 and unicodedata.category(parts[1]) == "Mn" and letter != "й":
            written = _ALIKE.get(parts[0], parts[0])
        self[code] = written
        return written


# Where letters with accents are, and what is not seen.
_BLOCKS = range(0x20000), range(0xE0000, 0xE0200)
# Each of these is whole words of Arabic in one character; normalised, a text of them would be
# eighteen times as long.
_LONGEST = dict.fromkeys((0xFDFA, 0xFDFB), " ")
_UNSEEN = {"Cf", "Mn", "Me"}
_INKLESS = "\u115f\u1160\u2800\u3164\uffa0"
# Small letters that look like a Latin one, or whose capitals do: those that confusables.txt of
# Unicode Technical Standard 39 has of the alphabets in which words are disguised, small capitals,
# and letters with a stroke. The full stop of Chinese separates the parts of a domain as the other
# one does.
_ALIKE = dict(
    zip(
        "авекмнорстухіјѕԁһԛԝӏѵαβεζηικμνοριτυχωϲօոսհıɑɡɩøđłħᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ。",
        "abekmhopctyxijsdhqwlvabezhikmnopityxwconuhiagiodlhabcdefghijklmnoprstuvwyz.",
        strict=True,
    )
)
_LOOK_ALIKES = _LookAlikes({ord(letter): alike for letter, alike in _ALIKE.items()})
# Digits and signs as letters: of Latin words, in two readings, and of Russian ones.
_LETTERS = tuple(
    str.maketrans(signs, letters)
    for signs, letters in (
        ("013457@$", "oieastas"),
        ("013457@$", "oleastas"),
        ("03468@", "oзчбba"),  # noqa: RUF001 -- Cyrillic
    )
)
_TOKEN = re.compile(r"[^\W_]+")
_SIGNS = re.compile(r"(?:[^\W_]|[@$])+")
_CHUNK = re.compile(r"[\w.-]+")
_SPACED = re.compile(r"(?<![^\W_])[^\W_]([\W_]{1,3})[^\W_](?:\1[^\W_])+(?![^\W_])")
_DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]+)/?")
