"""The marks within a paragraph: *emphasis*, `code` and links. All else stays as it was typed."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from stena.web.rendering import autolink

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

# More in a row are no emphasis, but a separator line or a rating in stars.
MOST_STARS = 3


def html(words: str, *, links: bool) -> str:
    return str(_parser.renderer.render(_tokens(words, links=links), _parser.options, {}))


def plain(words: str) -> str:
    """The words without their marks."""
    return "".join(token.content for token in _tokens(words, links=True))


def _tokens(words: str, *, links: bool) -> list[Token]:
    """Parse each part between blank lines separately, so that no mark pairs across them."""
    tokens: list[Token] = []
    for part in _BLANK_LINES.split(words):
        if _SOME_MARK.search(part):
            addresses = {one.start: one for one in autolink.find(part)} if links else {}
            env: dict[str, Any] = {
                "addresses": addresses,
                "starts": [*addresses],
                "ticks": _ticks(part),
                "linked": 0,  # where the last link ended
            }
            tokens += _with_words(_parser.inline.parse(part, _parser, env, []))
        else:
            tokens.append(Token("text", "", 0, content=part))
    return tokens


def _ticks(part: str) -> dict[int, list[int]]:
    """Where backticks are, by how many they are in a row."""
    ticks = defaultdict(list)
    for run in _TICKS.finditer(part):
        ticks[len(run[0])].append(run.start())
    return ticks


def _with_words(tokens: list[Token]) -> list[Token]:
    """The same, with emphasis of nothing but signs as it was typed: *_*."""
    opened: list[Token] = []
    inside = [""]
    for token in tokens:
        if token.tag in {"em", "strong"} and token.nesting == 1:
            opened.append(token)
            inside.append("")
        elif token.tag in {"em", "strong"}:
            first, content = opened.pop(), inside.pop()
            inside[-1] += content
            if not _has_words(content):
                for end in (first, token):
                    end.type, end.tag, end.nesting, end.content = "text", "", 0, end.markup
        else:
            inside[-1] += token.content
    return tokens


def _has_words(content: str) -> bool:
    """Whether it is more than signs, and no face with a letter for a mouth."""
    return not _FACE.fullmatch(content) and any(
        sign.isalnum() and unicodedata.category(sign) != "Lm" for sign in content
    )


def _text(state: StateInline, _silent: bool) -> bool:  # noqa: FBT001 -- as the parser calls it
    """Read up to the next mark or address."""
    mark = _MARK.search(state.src, state.pos)
    end = mark.start() if mark else state.posMax
    starts = state.env["starts"]
    following = bisect_left(starts, state.pos)
    if following < len(starts):
        end = min(end, starts[following])
    if end == state.pos:
        return False
    state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def _link(state: StateInline, _silent: bool) -> bool:  # noqa: FBT001 -- as above
    address = state.env["addresses"].get(state.pos)
    if address is None:
        return False
    state.push("link_open", "a", 1).attrs = {"href": address.href}
    state.push("text", "", 0).content = state.src[address.start : address.end]
    state.push("link_close", "a", -1)
    state.pos = state.env["linked"] = address.end
    return True


def _code(state: StateInline, _silent: bool) -> bool:  # noqa: FBT001 -- as above
    """Words between as many backticks, without trimming spaces and joining lines.

    A single one that follows a letter, or a letter follows, is an apostrophe: don`t, goin` home.
    """
    found = _TICKS.match(state.src, state.pos)
    if found is None:
        return False
    start, first, ticks = state.pos, found.end(), found[0]
    state.pos = first
    if len(ticks) > 1 or _opens_code(state.src, start):
        runs = state.env["ticks"][len(ticks)]
        for last in runs[bisect_left(runs, first) :]:
            end = last + len(ticks)
            in_word = len(ticks) == 1 and _is_spaced_letter(state.src[end : end + 1])
            if not _QUOTED.match(state.src, start, last) and (
                not in_word or not _SPACE.search(state.src, first, last)
            ):
                token = state.push("code_inline", "code", 0)
                token.content, token.markup = state.src[first:last], ticks
                state.pos = end
                return True
    state.append_pending(ticks)
    return True


def _opens_code(text: str, start: int) -> bool:
    """Whether a single backtick may: not after a letter, nor on the cheek of a face."""
    before = text[start - 1 : start]
    if not before or before.isspace() or autolink.closing(before):
        return True
    return not (_is_spaced_letter(before) or _CHEEK.match(text, start))


def _is_spaced_letter(sign: str) -> bool:
    """Whether it is a letter or digit of a script that has spaces between words."""
    return sign.isalnum() and not _UNSPACED.match(sign)


def _emphasis(state: StateInline, _silent: bool) -> bool:  # noqa: FBT001 -- as above
    """Stars around words, not inside one (5*3*2). No underscores, because of snake_case."""
    start = state.pos
    if state.src[start] != "*":
        return False
    scanned = state.scanDelims(start, canSplitWord=False)
    state.pos = end = start + scanned.length
    # The signs of an address say nothing.
    before = "" if start == state.env["linked"] else state.src[start - 1 : start]
    after = state.src[end : end + 1]
    dots = state.src[end : end + 2] == ".."
    # Stars that are quoted by themselves, and -*-.
    is_alone = after != "" and (before == after or after in autolink.closing(before))
    opens = scanned.can_open and before not in _NOT_BEFORE and (after not in _NOT_FIRST or dots)
    closes = scanned.can_close and before not in _NOT_LAST and after not in _NOT_AFTER
    if scanned.length > MOST_STARS or is_alone or not (opens or closes):
        state.append_pending("*" * scanned.length)
        return True
    for _ in range(scanned.length):
        state.push("text", "", 0).content = "*"
        state.delimiters.append(
            Delimiter(ord("*"), scanned.length, len(state.tokens) - 1, -1, opens, closes)
        )
    return True


def _inline_parser() -> MarkdownIt:
    parser = MarkdownIt("zero").enable(["linkify", "backticks", "emphasis"])
    rules = {"text": _text, "linkify": _link, "backticks": _code, "emphasis": _emphasis}
    for name, rule in rules.items():
        parser.inline.ruler.at(name, rule)
    return parser


_SOME_MARK = re.compile(rf"[*`]|{autolink.LIKELY}", re.IGNORECASE)
_MARK = re.compile(r"[*`]")
_TICKS = re.compile("`+")
_SPACE = re.compile(r"\s")
# As in LaTeX: ``word''.
_QUOTED = re.compile("``[^`]*''")
_CHEEK = re.compile(r"`[*;；・･]*[)）]")  # noqa: RUF001 -- of full width
_FACE = re.compile(r"['‘’^`´｀・･°º=~;:<>≦≧-]+[^\W_]['‘’^`´｀・･°º=~;:<>≦≧-]+")  # noqa: RUF001 -- eyes
_BLANK_LINES = re.compile(r"(\n(?:[^\S\n]*\n)+)")
# Of scripts without spaces between words, or, as Korean, with endings after foreign words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff"
    "\uff66-\uffdc\U00020000-\U0003ffff]"
)
# Stars of formulas, paths, patterns and comments in code: (a)*(b)*, src/*/test/*, (*.txt|*.md).
_NOT_BEFORE, _NOT_FIRST = frozenset("/\\|=^)]}"), frozenset("/\\|=)]}.,:;%&")
_NOT_LAST, _NOT_AFTER = frozenset("/\\|=^([{"), frozenset("/\\|=([{")
_parser = _inline_parser()
