from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import web
from yarl import URL

from stena.message import Draft, Page
from stena.refusal import Refusal
from stena.web import errors, forms, language, shapes
from stena.web.head import seen
from stena.web.keys import FLOOD, HEAD, HTML, SECRET, WALL
from stena.web.words import LANGUAGES

if TYPE_CHECKING:
    from stena.web.errors import Explained
    from stena.web.forms import Typed

HTML_TYPE = "text/html; charset=utf-8"
# For a wall without a secret of its own. Processes that share a port are forked from one that has
# made it, so their pages are the same, byte for byte.
BY_CHANCE = secrets.token_bytes(32)


def secret(given: str) -> bytes:
    """The key of nonces: of the owner's secret, or one that dies with the process."""
    return hashlib.sha256(given.encode()).digest() if given else BY_CHANCE


async def wall(request: web.Request) -> web.StreamResponse:
    before = forms.before(request)
    if before is None:
        return await _head(request)
    page = await request.app[WALL].page(before)
    return _html(request, _wall(request, page, before=before))


async def _head(request: web.Request) -> web.StreamResponse:
    mine = language.of(request)

    def make(page: Page) -> bytes:
        return _wall(request, page, nonce=_nonce(request, page)).encode()

    response = await request.app[HEAD].answer(request, f"page in {mine}", HTML_TYPE, make)
    language.remember(request, response)
    return response


def _nonce(request: web.Request, page: Page) -> str:
    """One for all who look, for they share these bytes; forms.py makes it a visitor's own.

    Nobody who has only the database can tell what it was.
    """
    key = request.app[SECRET]
    digest = hashlib.blake2b(str(page.change).encode(), key=key, digest_size=12)
    return f"{forms.SHARED}{page.change}-{digest.hexdigest()}"


async def message(request: web.Request) -> web.Response:
    number = int(request.match_info["id"])
    if number > forms.LAST_ID:
        raise Refusal("not_found")
    found = await request.app[WALL].message(number)
    return _html(request, _render(request, "message.html", card=shapes.card(found)))


async def post(request: web.Request) -> web.Response:
    typed = await forms.from_form(request)
    try:
        draft = Draft.of(typed.text, typed.name, typed.nonce)
        request.app[FLOOD].check(request)
        posted = await request.app[WALL].post(draft)
    except Refusal as refusal:
        return await _refused(request, typed, refusal)
    response = web.HTTPSeeOther(f"/#m{posted.message.id}")
    response.headers.update(seen(request, posted))
    raise response


async def _refused(request: web.Request, typed: Typed, refusal: Refusal) -> web.Response:
    """The wall once more, with what was typed and one sentence at the field."""
    explained = errors.explain(request, refusal)
    page = Page([], None)
    if refusal.field:
        # The words matter more than the wall behind them; where it was the database that
        # refused, asking it once more would only take longer.
        with suppress(Refusal):
            page = await request.app[WALL].head()
    # The first try may have been committed although its answer was lost, so a form that is
    # shown again is the same form.
    nonce = typed.nonce or secrets.token_urlsafe(12)
    text = _wall(request, page, nonce=nonce, typed=typed, explained=explained)
    return errors.finish(_html(request, text, explained.status), explained)


def _wall(  # noqa: PLR0913 -- the states of the page, by name
    request: web.Request,
    page: Page,
    *,
    before: int | None = None,
    nonce: str = "",
    typed: Typed | None = None,
    explained: Explained | None = None,
) -> str:
    return _render(
        request,
        "wall.html",
        before=before,
        cards=[shapes.card(message) for message in page.messages],
        change=page.change,
        explained=explained,
        next=page.next,
        nonce=nonce,
        typed=typed,
    )


def _render(request: web.Request, template: str, **context: Any) -> str:  # noqa: ANN401 -- as Jinja
    mine = language.of(request)
    (other,) = (name for name in LANGUAGES if name != mine)
    here = request.path if request.method != "POST" else "/"
    query = {"lang": other}
    if context.get("before"):
        query = {"before": str(context["before"])} | query
    link = str(URL.build(path=here, query=query))
    return request.app[HTML].render(template, mine, language_link=link, **context)


def _html(request: web.Request, text: str, status: int = 200) -> web.Response:
    response = web.Response(text=text, content_type="text/html", status=status)
    language.remember(request, response)
    return response
