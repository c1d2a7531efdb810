"""Looking for messages by their words: the page for people, and the answer for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web
from markupsafe import Markup
from yarl import URL

from stena.refusal import Refusal
from stena.web import errors, forms, language, shapes
from stena.web.keys import HTML, WALL
from stena.web.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.message import Message
    from stena.search import Found, Match, Query, Span

# How much of a longer text is shown, and how much of that before the first word that was found.
EXCERPT, LEAD = 280, 80
# How far to go for the end of a word.
WORD = 20
MARK = Markup("<mark>{}</mark>")
# What makes a search the same one.
KEPT = {"q", "order", "before", "thread"}


@dataclass(frozen=True, slots=True)
class Card:
    """A message as search.html shows it.

    Attributes:
        name: with the words that were looked for marked.
        excerpt: of its text, in the same way.
        whole: whether that is all of it.
    """

    message: Message
    moment: str
    name: Markup
    excerpt: Markup
    whole: bool


async def page(request: web.Request) -> web.Response:
    if "q" not in request.query:
        return _page(request)
    try:
        query = forms.query(request)
        found = await request.app[WALL].search(query)
    except Refusal as refusal:
        if refusal.field != "q":
            raise
        return _refused(request, refusal)
    return _page(request, query=query, found=found)


async def answer(request: web.Request) -> web.Response:
    found = await request.app[WALL].search(forms.query(request))
    return shapes.answer(
        {
            "messages": [shapes.message(match.message) for match in found.matches],
            "found": [{"text": match.in_text, "name": match.in_name} for match in found.matches],
            "next": str(found.next) if found.next else None,
        }
    )


def _refused(request: web.Request, refusal: Refusal) -> web.Response:
    explained = errors.explain(request, refusal)
    # An empty field is an invitation still.
    if explained.code == "query_empty":
        return _page(request)
    return errors.finish(_page(request, explained=explained, status=explained.status), explained)


def _page(
    request: web.Request,
    *,
    query: Query | None = None,
    found: Found | None = None,
    status: int = 200,
    explained: errors.Explained | None = None,
) -> web.Response:
    asked = request.query
    mine = language.of(request)
    (other,) = (name for name in LANGUAGES if name != mine)
    text = request.app[HTML].render(
        "search.html",
        mine,
        cards=None if found is None else [_card(match) for match in found.matches],
        explained=explained,
        first=query is None or query.before is None,
        language_link=_link(request, lang=other),
        next=_link(request, before=str(found.next)) if found and found.next else None,
        order=asked.get("order", "newest"),
        q=asked.get("q", ""),
        thread=asked.get("thread", ""),
    )
    response = web.Response(text=text, content_type="text/html", status=status)
    language.remember(request, response)
    return response


def _link(request: web.Request, **other: str) -> str:
    """The same page with something else in its query."""
    kept = {name: value for name, value in request.query.items() if name in KEPT}
    return str(URL.build(path=request.path, query=kept | other))


def _card(match: Match) -> Card:
    message = match.message
    start, end = _excerpt(message.text, match.in_text)
    return Card(
        message,
        moment=shapes.moment(message.created),
        name=_marked(message.name or "", match.in_name),
        excerpt=_marked(message.text, match.in_text, start, end),
        whole=(start, end) == (0, len(message.text)),
    )


def _excerpt(text: str, spans: Sequence[Span]) -> Span:
    """Where to begin and to end: all of a short text, of a long one what is around a word."""
    if len(text) <= EXCERPT:
        return 0, len(text)
    first = spans[0][0] if spans else 0
    start = min(max(first - LEAD, 0), len(text) - EXCERPT)
    end = start + EXCERPT
    # Whole words, where there are any.
    if start:
        start = next((place for place in range(start, first) if text[place - 1].isspace()), start)
    if end < len(text):
        end = next((place for place in range(end, end - WORD, -1) if text[place].isspace()), end)
    return start, end


def _marked(text: str, spans: Sequence[Span], start: int = 0, end: int | None = None) -> Markup:
    """Escaped text, from `start` to `end`, with marks."""
    end = len(text) if end is None else end
    html = Markup("…") if start else Markup()
    position = start
    for first, last in spans:
        if start <= first and last <= end:
            html += text[position:first] + MARK.format(text[first:last])
            position = last
    return html + text[position:end] + ("…" if end < len(text) else "")
