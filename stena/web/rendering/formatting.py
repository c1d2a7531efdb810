"""Formats a message's text as HTML: links, *emphasis*, `code`, quotes. The rest is verbatim."""

from __future__ import annotations

import re
import time
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import nh3
from cachetools import LRUCache
from markupsafe import Markup

from stena.text import cut
from stena.web.rendering import autolink, inline, worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stena.message import Draft

# Limits against input that keeps the wall or a browser busy. A text with more has them as plain
# text from there on; with as many, formatting takes up to 10 ms and 40 kB.
MOST_MARKS = 200
MOST_LINKS = 50
# How much HTML is kept, in characters.
KEPT = 8_000_000
# Formatting fewer characters takes less time than waking up a thread.
FEW = 500
# How much of a text is read for an excerpt, in multiples of its length.
READ = 10
# `nofollow ugc`: search engines give such links no weight, so spam does not pay.
LINK_REL = "nofollow ugc noopener noreferrer"


def formatted(text: str, *, links: bool = True) -> Markup:
    """Paragraphs and quotes, each with its own text direction.

    Args:
        text: as it was typed.
        links: whether addresses become links; otherwise they are shown as any words.
    """
    if not _SOME_MARK.search(text):
        return _PARAGRAPH.format(text)
    html = _kept.get((text, links))
    if html is None:
        html = _kept[text, links] = _formatted(text, links)
    return html


async def linked(draft: Draft) -> Draft:
    """The draft, with whether an address in its text becomes a link.

    Raises:
        Refusal: busy.
    """
    if not autolink.may_have_link(draft.text):
        return draft
    await prepare([(draft.text, True)])
    return draft._replace(has_link="<a " in formatted(draft.text))


async def prepare(texts: Iterable[tuple[str, bool]], *, patient: bool = False) -> None:
    """Format texts in the worker thread, so that `formatted` has them at once.

    Each text comes with whether addresses in it become links.

    It returns when it is the caller's turn to render them.

    Raises:
        Refusal: busy, unless the caller is `patient`.
    """
    new = [one for one in dict.fromkeys(texts) if _SOME_MARK.search(one[0]) and one not in _kept]
    if sum(len(text) for text, _ in new) > FEW:
        done = await worker.run(_all_formatted, new, patient=patient)
        _kept.update(zip(new, done, strict=True))
    await worker.own_iteration()


def _all_formatted(texts: Sequence[tuple[str, bool]]) -> list[Markup]:
    formatted = []
    for text, links in texts:
        formatted.append(_formatted(text, links))
        # Lets the event loop run at once; else it would wait for Python to change threads, 5 ms.
        time.sleep(0)
    return formatted


def _formatted(text: str, links: bool) -> Markup:  # noqa: FBT001 -- as `_kept` has it
    marked, rest = _bounded(text)
    html = "".join(
        f'<{kind} dir="auto">{inline.html(words, links=links)}</{kind}>'
        for kind, words in _blocks(marked)
    )
    if rest.strip():
        html += str(_PARAGRAPH.format(rest.strip("\n")))
    # The parser escapes already; the cleaner is a second line of defence.
    return Markup(_cleaner.clean(html))  # noqa: S704 -- cleaned


def _bounded(text: str) -> tuple[str, str]:
    """The part whose marks and links are formatted, and the rest, which is plain text."""
    links = 0
    for marks, mark in enumerate(_SOME_MARK.finditer(text), 1):
        links += mark[0] not in _OTHER_MARKS
        if marks > MOST_MARKS or links > MOST_LINKS:
            # At the end of a line, else of a word.
            cut = text.rfind("\n", 0, mark.start()) + 1 or text.rfind(" ", 0, mark.start()) + 1
            return text[:cut], text[cut:]
    return text, ""


def unlinked(text: str, *, links: bool = True) -> Markup:
    """The same for a screen without input: `a` elements lose their href."""
    html = formatted(text, links=links)
    return Markup(_unlinker.clean(html)) if "<a " in html else html  # noqa: S704 -- cleaned


def is_plain(text: str, *, links: bool = True) -> bool:
    """Whether the HTML is one paragraph of plain text."""
    html = formatted(text, links=links)
    return html.startswith("<p") and html.count("<") == _PARAGRAPH.count("<")


def excerpt(text: str, limit: int) -> str:
    """The first words without marks, in one line, for titles and previews."""
    marked, rest = _bounded(cut(text, READ * limit))
    plain = " ".join([*(inline.plain(words) for _, words in _blocks(marked)), rest])
    line = " ".join(plain.translate(_DIRECTION_CONTROLS).split())
    if len(line) <= limit:
        return line
    words = line[:limit].rpartition(" ")[0]
    # Some scripts have no spaces.
    return (words if 2 * len(words) >= limit else cut(line, limit - 1).rstrip()) + "…"


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Paragraphs (p) and quotes (blockquote), without the blank lines between them."""
    for quoted, lines in groupby(_lines(text), itemgetter(1)):
        typed = "\n".join(line for line, _ in lines)
        words = _QUOTE.sub("", typed) if quoted else ""
        if words.replace(">", "").strip():
            yield "blockquote", words.strip("\n")
        elif typed.strip():
            yield "p", typed.strip("\n")


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines, each with whether it is of a quote: one line that surely is makes a run so."""
    for may_be, run in groupby(text.split("\n"), lambda line: bool(_QUOTE.match(line))):
        lines = list(run)
        quoted = may_be and any(map(_SURE_QUOTE.match, lines))
        yield from ((line, quoted) for line in lines)


_SOME_MARK = re.compile(rf"[*`]|{autolink.LIKELY}|^>", re.MULTILINE | re.IGNORECASE)
_OTHER_MARKS = {"*", "`", ">"}
# What opens a sentence before its first word.
_OPENING = r"(?:[\"«“„‘*`¿¡…]|\.\.\.){1,3}[^\W\d_]|[—–] "  # noqa: RUF001 -- quotes and dashes
# Before a word or a space, nested quotes too; >_< and >:( are faces.
_QUOTE = re.compile(rf"^>(?=>*(?:[^\W_]|\s|$|{_OPENING})) ?", re.MULTILINE)
# Before a number it may as well be a sign, before a letter a face: >18 only, >w<.
_SURE_QUOTE = re.compile(rf"^>+(?!\w<)(?:[^\W\d_]|\s|$|{_OPENING})")
# Characters that reverse the direction of a line would reverse a title too.
_DIRECTION_CONTROLS = dict.fromkeys(
    map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
# By text, and whether addresses in it are links; a text with marks is formatted once, whichever
# message has it.
_kept: LRUCache[tuple[str, bool], Markup] = LRUCache(KEPT, getsizeof=len)
_PARAGRAPH = Markup('<p dir="auto">{}</p>')
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
