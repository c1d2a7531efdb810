from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import web
from yarl import URL

from stena.message import Draft, Page
from stena.refusal import Refusal
from stena.web import errors, forms, language, shapes
from stena.web.keys import HTML, WALL
from stena.web.words import LANGUAGES

if TYPE_CHECKING:
    from stena.web.errors import Explained
    from stena.web.forms import Typed


async def wall(request: web.Request) -> web.Response:
    before = forms.before(request)
    page = await request.app[WALL].page(before)
    return _wall(request, page, before=before)


async def message(request: web.Request) -> web.Response:
    number = int(request.match_info["id"])
    if number > forms.LAST_ID:
        raise Refusal("not_found")
    found = await request.app[WALL].message(number)
    return _html(request, "message.html", card=shapes.card(found))


async def post(request: web.Request) -> web.Response:
    typed = await forms.from_form(request)
    try:
        draft = Draft.of(typed.text, typed.name, typed.nonce)
        posted = await request.app[WALL].post(draft)
    except Refusal as refusal:
        return await _refused(request, typed, refusal)
    raise web.HTTPSeeOther(f"/#m{posted.id}")


async def _refused(request: web.Request, typed: Typed, refusal: Refusal) -> web.Response:
    """The wall once more, with what was typed and one sentence at the field."""
    explained = errors.explain(request, refusal)
    page = Page([], None)
    if refusal.field:
        # The words matter more than the wall behind them; where it was the database that
        # refused, asking it once more would only take longer.
        with suppress(Refusal):
            page = await request.app[WALL].page()
    response = _wall(request, page, typed=typed, explained=explained)
    return errors.finish(response, explained)


def _wall(
    request: web.Request,
    page: Page,
    *,
    before: int | None = None,
    typed: Typed | None = None,
    explained: Explained | None = None,
) -> web.Response:
    return _html(
        request,
        "wall.html",
        status=explained.status if explained else 200,
        before=before,
        cards=[shapes.card(message) for message in page.messages],
        explained=explained,
        next=page.next,
        # The first try may have been committed although its answer was lost, so a form that
        # is shown again is the same form.
        nonce=(typed and typed.nonce) or secrets.token_urlsafe(12),
        typed=typed,
    )


def _html(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    **context: Any,  # noqa: ANN401 -- as Jinja
) -> web.Response:
    mine = language.of(request)
    (other,) = (name for name in LANGUAGES if name != mine)
    here = URL("/") if request.method == "POST" else request.rel_url
    link = str(here.update_query(lang=other))
    page = request.app[HTML].render(template, mine, language_link=link, **context)
    return web.Response(text=page, content_type="text/html", status=status)
