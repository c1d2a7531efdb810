"""A message's text as HTML: links, *emphasis*, `code`, and quotes. All else stays as typed."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import nh3
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_inline import backtick, emphasis
from markdown_it.token import Token
from markupsafe import Markup
from pydantic_core import Url, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.rules_inline import StateInline

# Nobody emphasises with more in a row: that is a line across, or a stars' rating.
MOST_STARS = 3
# What has more is made to keep a wall or a browser busy: marks within marks, addresses in one word.
MOST_MARKS = 500
MOST_ADDRESSES = 16
# `nofollow ugc`: a wall that lends no weight to a link is not worth a spammer's while.
LINK_REL = "nofollow ugc noopener noreferrer"


@lru_cache(maxsize=1024)
def formatted(text: str) -> Markup:
    """A paragraph; or several, with quotes between them. Each finds its own direction."""
    if not _SOME_MARK.search(text):
        return _PARAGRAPH.format(text)
    html = "".join(f'<{kind} dir="auto">{_html(words)}</{kind}>' for kind, words in _blocks(text))
    # The parser escapes already. Should it fail to one day, this still lets nothing else out.
    return Markup(_cleaner.clean(html))  # noqa: S704 -- cleaned


def unlinked(text: str) -> Markup:
    """The same where nobody can follow a link: what was one looks like it and leads nowhere."""
    html = formatted(text)
    return Markup(_unlinker.clean(html)) if "<a " in html else html  # noqa: S704 -- cleaned


def is_plain(text: str) -> bool:
    """Whether a page shows nothing but the text itself, in one paragraph."""
    html = formatted(text)
    return html.startswith("<p") and html.count("<") == _PARAGRAPH.count("<")


def excerpt(text: str, limit: int) -> str:
    """The first words without their marks, in one line, for titles and previews."""
    spoken = " ".join(_plain(words) for _, words in _blocks(text)).translate(_TURNS)
    line = " ".join(spoken.split())
    if len(line) <= limit:
        return line
    return (line[:limit].rpartition(" ")[0] or line[: limit - 1]) + "…"


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Paragraphs (p) and quotes (blockquote), without the blank lines between them."""
    for quoted, lines in groupby(text.split("\n"), lambda line: bool(_QUOTE.match(line))):
        typed = "\n".join(lines)
        words = _QUOTE.sub("", typed) if quoted else ""
        if words.replace(">", "").strip():
            yield "blockquote", words.strip("\n")
        elif typed.strip():
            yield "p", typed.strip("\n")


def _html(words: str) -> str:
    return str(_parser.renderer.render(_tokens(words), _parser.options, {}))


def _plain(words: str) -> str:
    return "".join(token.content for token in _tokens(words))


def _tokens(words: str) -> list[Token]:
    """Between blank lines each part for itself: a mark finds its partner there or nowhere."""
    tokens: list[Token] = []
    for part in _BLANK_LINES.split(words):
        if _SOME_MARK.search(part):
            env = {"addresses": _addresses(part)}
            tokens += _parser.inline.parse(part, _parser, env, [])
        else:
            tokens.append(Token("text", "", 0, content=part))
    return tokens


def _addresses(part: str) -> dict[int, str]:
    """By the place of their first colon, which is where the parser stops to look."""
    return {
        word.start() + link.index + link.raw.index(":"): link.raw
        for word in _WORD.finditer(part)
        if 0 < word[0].count("://") <= MOST_ADDRESSES
        for link in _links.match(word[0]) or []
    }


def _link(state: StateInline, _silent: bool) -> bool:  # noqa: FBT001 -- as the parser calls it
    """At the colon of an address: its scheme, which was read as text, and the rest are a link."""
    address = state.env["addresses"].get(state.pos)
    if address is None:
        return False
    # An emphasis may end right behind it.
    shown = address.rstrip("*")
    try:
        href = str(Url(shown))
    except ValidationError:
        return False  # No browser would open it either: http://1.2.3.999
    scheme = address.index(":")
    state.pending = state.pending[:-scheme]
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text", "", 0).content = shown
    state.push("link_close", "a", -1)
    state.pos += len(shown) - scheme
    return True


def _code(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- as above
    """The parser's own rule, which would trim spaces and join lines."""
    start = state.pos
    tokens = len(state.tokens)
    if not backtick(state, silent):
        return False
    for token in state.tokens[tokens:]:
        if token.type == "code_inline":
            ticks = len(token.markup)
            token.content = state.src[start + ticks : state.pos - ticks]
    return True


def _emphasis(state: StateInline, _silent: bool) -> bool:  # noqa: FBT001 -- as above
    """Stars beside a word, not inside one: 5*3*2 stays what it is. No underscores: snake_case."""
    if state.src[state.pos] != "*":
        return False
    scanned = state.scanDelims(state.pos, canSplitWord=False)
    beside = scanned.can_open or scanned.can_close
    if scanned.length > MOST_STARS or len(state.delimiters) > MOST_MARKS or not beside:
        state.append_pending("*" * scanned.length)
        state.pos += scanned.length
        return True
    return emphasis.tokenize(state, silent=False)


def _inline_parser() -> MarkdownIt:
    parser = MarkdownIt("zero").enable(["linkify", "backticks", "emphasis"])
    for name, rule in (("linkify", _link), ("backticks", _code), ("emphasis", _emphasis)):
        parser.inline.ruler.at(name, rule)
    return parser


def _link_finder() -> LinkifyIt:
    # What lacks a scheme is as often a file name or a missing space as an address.
    finder = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    for scheme in ("ftp:", "mailto:", "//"):
        finder.add(scheme, None)
    return finder


_SOME_MARK = re.compile(r"[*`]|://|^>", re.MULTILINE)
# Before a word or a space, also deeper ones; >_< and >:( are faces.
_QUOTE = re.compile(r"^>(?=>*(?:[^\W_]|\s|$)) ?", re.MULTILINE)
_WORD = re.compile(r"\S+")
_BLANK_LINES = re.compile(r"(\n(?:[^\S\n]*\n)+)")
# What turns the rest of a line around would turn a title too.
_TURNS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_PARAGRAPH = Markup('<p dir="auto">{}</p>')
_links = _link_finder()
_parser = _inline_parser()
_ELEMENTS = {"p", "blockquote", "a", "em", "strong", "code"}
_DIRECTIONS = {"p": {"dir": {"auto"}}, "blockquote": {"dir": {"auto"}}}
_cleaner = nh3.Cleaner(
    tags=_ELEMENTS,
    attributes={"a": {"href"}},
    tag_attribute_values=_DIRECTIONS,
    link_rel=LINK_REL,
    url_schemes={"http", "https"},
)
_unlinker = nh3.Cleaner(
    tags=_ELEMENTS, attributes={}, tag_attribute_values=_DIRECTIONS, link_rel=None
)
