"""The wall: the newest page, which is cached, and the older ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from stena.message import REACTIONS
from stena.web.app_keys import HTML, PAGE_CACHE, WALL
from stena.web.inputs import nonce, query
from stena.web.rendering import page as pages
from stena.web.rendering import shapes
from stena.web.rendering.formatting import formatted
from stena.web.wire import rate_limit, visitor
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp import web

    from stena.message import Page
    from stena.web.wire.look import Look
    from stena.web.wire.page_cache import CachedPage


async def wall(request: web.Request) -> web.StreamResponse:
    look = request[LOOK]
    before, thread = query.before(request), query.thread(request)
    if before is not None:
        rate_limit.read(look)
        page = await request.app[WALL].page(thread, before)
        await shapes.prepare_cards(page)
        text = _page(request, look, page, _cards(request, look, page), before=before)
        return pages.respond(look, text)
    if (link := visitor.link(look)) is not None:
        return await _with_link(request, look, thread, link)
    return await _newest(request, look, thread)


async def _newest(request: web.Request, look: Look, thread: str) -> web.StreamResponse:
    def render(cached: CachedPage) -> bytes:
        return newest(request, look, cached).encode()

    name = f"page {look.variant}"
    cache = request.app[PAGE_CACHE]
    response = await cache.answer(request, look, name, pages.HTML_TYPE, render, thread)
    visitor.keep_language(response, look)
    return response


async def _with_link(
    request: web.Request, look: Look, thread: str, link: tuple[int, str]
) -> web.StreamResponse:
    """The newest page right after a post, with the private link, which is shown once."""
    rate_limit.read(look)
    cached = await request.app[PAGE_CACHE].page(look, thread)
    response = pages.respond(look, newest(request, look, cached, link=link), is_private=True)
    visitor.forget_link(response, look)
    return response


def newest(request: web.Request, look: Look, cached: CachedPage, **states: Any) -> str:  # noqa: ANN401 -- as Jinja
    """The newest page; its cards are rendered once a change for all visitors.

    `states` are the variables of wall.html for one visitor: `link`, or what was refused. `as_team`
    is not None for a member of the team who has sent the form.
    """

    def render(cached: CachedPage) -> bytes:
        return _cards(request, look, cached.page).encode()

    cards = Markup(cached.body(f"cards {look.style}", render).decode())  # noqa: S704 -- rendered by the template, which escapes
    shared = {"nonce": nonce.shared(request.app, cached.page.change)}
    return _page(request, look, cached.page, cards, **shared | states)


def _cards(request: web.Request, look: Look, page: Page) -> Markup:
    html = request.app[HTML].render(
        "_cards.html",
        look.language,
        at=partial(at, look),
        cards=shapes.cards(page),
        pinned=shapes.pinned(page),
        kinds=REACTIONS,
        staying=pages.STAYING if look.framed else "",
    )
    return Markup(html)  # noqa: S704 -- rendered by the template, which escapes


def _page(request: web.Request, look: Look, page: Page, cards: Markup, **context: Any) -> str:  # noqa: ANN401 -- as Jinja
    states: dict[str, Any] = {
        "as_team": None,
        "before": None,
        "explained": None,
        "link": None,
        "nonce": "",
        "typed": None,
    }
    states |= context
    places = {"before": states["before"], "thread": page.thread}
    return pages.render(
        request,
        look,
        "embed.html" if look.framed else "wall.html",
        query={name: str(value) for name, value in places.items() if value},
        cards=cards,
        change=page.change,
        empty=not page.messages,
        next=page.next,
        notice=formatted(page.notice) if page.notice else "",
        thread=page.thread,
        **states,
    )
