"""The search page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup
from yarl import URL

from stena.refusal import Refusal
from stena.search import MOST_RANKED
from stena.text import before
from stena.web import errors
from stena.web.app_keys import WALL
from stena.web.explained import explain
from stena.web.inputs import query as queries
from stena.web.rendering import page as pages
from stena.web.rendering import shapes
from stena.web.wire import rate_limit
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from stena.message import Message
    from stena.search import Found, Match, Query, Span
    from stena.web.explained import Explained
    from stena.web.wire.look import Look

# How much of a longer text is shown, and how much of it before the first match.
EXCERPT, LEAD = 280, 80
# How far to look for the end of a word.
WORD = 20
MARK = Markup("<mark>{}</mark>")
# The parameters that identify a search.
KEPT = {"q", "order", "before", "thread"}


@dataclass(frozen=True, slots=True)
class Card:
    """A message as search.html shows it.

    Attributes:
        name: with the matches marked.
        excerpt: a part of the text, with the matches marked.
        whole: whether the excerpt is the whole text.
    """

    message: Message
    moment: str
    name: Markup
    excerpt: Markup
    whole: bool


async def search(request: web.Request) -> web.Response:
    look = request[LOOK]
    if "q" not in request.query:
        return _page(request, look)
    try:
        query = queries.search(request)
        with rate_limit.timed(look):
            found = await request.app[WALL].search(query)
    except Refusal as refusal:
        if refusal.field != "q":
            raise
        return _refused(request, look, refusal)
    return _page(request, look, query=query, found=found)


def _refused(request: web.Request, look: Look, refusal: Refusal) -> web.Response:
    explained = explain(look.language, refusal)
    # An empty field is no mistake of the visitor's.
    if explained.code == "query_empty":
        return _page(request, look)
    return errors.finish(request, _page(request, look, explained=explained), explained)


def _page(
    request: web.Request,
    look: Look,
    *,
    query: Query | None = None,
    found: Found | None = None,
    explained: Explained | None = None,
) -> web.Response:
    kept = {name: value for name, value in request.query.items() if name in KEPT}
    text = pages.render(
        request,
        look,
        "search.html",
        query=kept,
        cards=None if found is None else [_card(match) for match in found.matches],
        explained=explained,
        first=query is None or query.before is None,
        most_ranked=MOST_RANKED,
        next=_next(look, kept, found),
        order=kept.get("order", "newest"),
        q=kept.get("q", ""),
        thread=queries.thread(request),
    )
    return pages.respond(look, text, explained.status if explained else 200)


def _next(look: Look, kept: dict[str, str], found: Found | None) -> str | None:
    """The address of the next page of matches."""
    if found is None or found.next is None:
        return None
    return str(URL.build(path=f"{look.base}/search", query={**kept, "before": str(found.next)}))


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
    """Where the excerpt starts and ends: all of a short text, or a part around the first match."""
    if len(text) <= EXCERPT:
        return 0, len(text)
    first = spans[0][0] if spans else 0
    start = min(max(first - LEAD, 0), len(text) - EXCERPT)
    end = start + EXCERPT
    # At the ends of words, if any are near.
    if start:
        start = next((place for place in range(start, first) if text[place - 1].isspace()), start)
    if end < len(text):
        end = next((place for place in range(end, end - WORD, -1) if text[place].isspace()), end)
    return before(text, start), before(text, end)


def _marked(text: str, spans: Sequence[Span], start: int = 0, end: int | None = None) -> Markup:
    """The escaped text from `start` to `end`, with the matches marked."""
    end = len(text) if end is None else end
    html = Markup("…") if start else Markup()
    position = start
    for first, last in spans:
        if start <= first and last <= end:
            html += text[position:first] + MARK.format(text[first:last])
            position = last
    return html + text[position:end] + ("…" if end < len(text) else "")
