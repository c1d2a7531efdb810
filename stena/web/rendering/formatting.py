"""Formats a message's text as HTML: links, *emphasis*, `code`, quotes. The rest is verbatim."""

from __future__ import annotations

import re
import time
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING

import nh3
from cachetools import LRUCache
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_inline import backtick, emphasis
from markdown_it.token import Token
from markupsafe import Markup
from pydantic_core import Url, ValidationError

from stena.web.rendering import worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it.rules_inline import StateInline

# More in a row are no emphasis, but a separator line or a rating in stars.
MOST_STARS = 3
# Limits against input that keeps the wall or a browser busy. A text with more has them as plain
# text from there on; with as many, formatting takes up to 3 ms and 40 kB.
MOST_MARKS = 200
MOST_LINKS = 50
# Addresses in one word.
MOST_ADDRESSES = 16
# How much HTML is kept, in characters.
KEPT = 8_000_000
# Formatting fewer characters takes less time than waking up a thread.
FEW = 500
# How much of a text is read for an excerpt, in multiples of its length.
READ = 10
# `nofollow ugc`: search engines give such links no weight, so spam does not pay.
LINK_REL = "nofollow ugc noopener noreferrer"


def formatted(text: str) -> Markup:
    """Paragraphs and quotes, each with its own text direction."""
    if not _SOME_MARK.search(text):
        return _PARAGRAPH.format(text)
    html = _kept.get(text)
    if html is None:
        html = _kept[text] = _formatted(text)
    return html


async def prepare(texts: Iterable[str], *, patient: bool = False) -> None:
    """Format texts in the worker thread, so that `formatted` has them at once.

    It returns when it is the caller's turn to render them.

    Raises:
        Refusal: busy, unless the caller is `patient`.
    """
    new = [text for text in dict.fromkeys(texts) if _SOME_MARK.search(text) and text not in _kept]
    if sum(map(len, new)) > FEW:
        done = await worker.run(_all_formatted, new, patient=patient)
        _kept.update(zip(new, done, strict=True))
    await worker.own_iteration()


def _all_formatted(texts: Sequence[str]) -> list[Markup]:
    formatted = []
    for text in texts:
        formatted.append(_formatted(text))
        # Lets the event loop run at once; else it would wait for Python to change threads, 5 ms.
        time.sleep(0)
    return formatted


def _formatted(text: str) -> Markup:
    marked, rest = _bounded(text)
    # The link finder keeps what it found last, and two threads format.
    with _parsing:
        html = "".join(
            f'<{kind} dir="auto">{_html(words)}</{kind}>' for kind, words in _blocks(marked)
        )
    if rest.strip():
        html += str(_PARAGRAPH.format(rest.strip("\n")))
    # The parser escapes already; the cleaner is a second line of defence.
    return Markup(_cleaner.clean(html))  # noqa: S704 -- cleaned


def _bounded(text: str) -> tuple[str, str]:
    """The part whose marks and links are formatted, and the rest, which is plain text."""
    links = 0
    for marks, mark in enumerate(_SOME_MARK.finditer(text), 1):
        links += mark[0] == "://"
        if marks > MOST_MARKS or links > MOST_LINKS:
            # At the end of a line, else of a word.
            cut = text.rfind("\n", 0, mark.start()) + 1 or text.rfind(" ", 0, mark.start()) + 1
            return text[:cut], text[cut:]
    return text, ""


def unlinked(text: str) -> Markup:
    """The same without links, for a screen without input: `a` elements lose their href."""
    html = formatted(text)
    return Markup(_unlinker.clean(html)) if "<a " in html else html  # noqa: S704 -- cleaned


def is_plain(text: str) -> bool:
    """Whether the HTML is one paragraph of plain text."""
    html = formatted(text)
    return html.startswith("<p") and html.count("<") == _PARAGRAPH.count("<")


def excerpt(text: str, limit: int) -> str:
    """The first words without marks, in one line, for titles and previews."""
    marked, rest = _bounded(text[: READ * limit])
    with _parsing:
        plain = " ".join([*(_plain(words) for _, words in _blocks(marked)), rest])
    line = " ".join(plain.translate(_DIRECTION_CONTROLS).split())
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
    """Parse each part between blank lines separately, so that no mark pairs across them."""
    tokens: list[Token] = []
    for part in _BLANK_LINES.split(words):
        if _SOME_MARK.search(part):
            env = {"addresses": _addresses(part)}
            tokens += _parser.inline.parse(part, _parser, env, [])
        else:
            tokens.append(Token("text", "", 0, content=part))
    return tokens


def _addresses(part: str) -> dict[int, str]:
    """Addresses by the position of their first colon, where the parser calls `_link`."""
    return {
        word.start() + link.index + link.raw.index(":"): link.raw
        for word in _WORD.finditer(part)
        if 0 < word[0].count("://") <= MOST_ADDRESSES
        for link in _links.match(word[0]) or []
    }


def _link(state: StateInline, _silent: bool) -> bool:  # noqa: FBT001 -- as the parser calls it
    """Called at a colon: make a link of the scheme, which was read as text, and the rest."""
    address = state.env["addresses"].get(state.pos)
    if address is None:
        return False
    # An emphasis may end right after the address.
    shown = address.rstrip("*")
    try:
        href = str(Url(shown))
    except ValidationError:
        return False  # no browser opens it: http://1.2.3.999
    scheme = address.index(":")
    state.pending = state.pending[:-scheme]
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text", "", 0).content = shown
    state.push("link_close", "a", -1)
    state.pos += len(shown) - scheme
    return True


def _code(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- as above
    """The parser's own rule, but without trimming spaces and joining lines."""
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
    """Stars around words, not inside one (5*3*2). No underscores, because of snake_case."""
    if state.src[state.pos] != "*":
        return False
    scanned = state.scanDelims(state.pos, canSplitWord=False)
    beside = scanned.can_open or scanned.can_close
    if scanned.length > MOST_STARS or not beside:
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
    # Without a scheme it is as often a file name or a missing space as an address.
    finder = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    for scheme in ("ftp:", "mailto:", "//"):
        finder.add(scheme, None)
    return finder


_SOME_MARK = re.compile(r"[*`]|://|^>", re.MULTILINE)
# Before a word or a space, nested quotes too; >_< and >:( are faces.
_QUOTE = re.compile(r"^>(?=>*(?:[^\W_]|\s|$)) ?", re.MULTILINE)
_WORD = re.compile(r"\S+")
_BLANK_LINES = re.compile(r"(\n(?:[^\S\n]*\n)+)")
# Characters that reverse the direction of a line would reverse a title too.
_DIRECTION_CONTROLS = dict.fromkeys(
    map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
# By text; a text with marks is formatted once, whichever message has it.
_kept: LRUCache[str, Markup] = LRUCache(KEPT, getsizeof=len)
_parsing = Lock()
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
