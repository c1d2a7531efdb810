from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web
from markupsafe import Markup
from yarl import URL

from stena.message import REACTIONS, Page, digest
from stena.refusal import Refusal
from stena.web import addresses, cookies, embed, forms, language, shapes, visitor
from stena.web.keys import HEAD, HTML, SECRET, WALL
from stena.web.security import in_frame
from stena.web.words import LANGUAGES

if TYPE_CHECKING:
    from stena.message import Conversation
    from stena.web.errors import Explained
    from stena.web.forms import Typed
    from stena.web.head import Built

HTML_TYPE = "text/html; charset=utf-8"
# For a wall without a secret of its own. Processes that share a port are forked from one that has
# made it, so their pages are the same, byte for byte.
BY_CHANCE = secrets.token_bytes(32)


def secret(given: str) -> bytes:
    """The key of nonces: of the owner's secret, or one that dies with the process."""
    return hashlib.sha256(given.encode()).digest() if given else BY_CHANCE


async def wall(request: web.Request) -> web.StreamResponse:
    before, thread = forms.before(request), forms.thread(request)
    if before is not None:
        page = await request.app[WALL].page(thread, before)
        return html(request, _page(request, page, _cards(request, page), before=before))
    if (link := visitor.link(request)) is not None:
        return await _with_link(request, thread, link)
    return await _head(request, thread)


async def _head(request: web.Request, thread: str) -> web.StreamResponse:
    mine = language.of(request)

    def make(built: Built) -> bytes:
        return whole(request, built).encode()

    kind = f"page in {mine} at {addresses.site(request)} for {embed.paths(request)('/')}"
    response = await request.app[HEAD].answer(request, kind, HTML_TYPE, make, thread)
    language.remember(request, response)
    return response


async def _with_link(
    request: web.Request, thread: str, link: tuple[int, str]
) -> web.StreamResponse:
    """The head for whoever has just posted, with what is shown once."""
    built = await request.app[HEAD].built(request, thread)
    response = html(request, whole(request, built, link=link))
    cookies.keep(request, response, visitor.LINK, "", 0)
    return response


def whole(  # noqa: PLR0913 -- the states of the page, by name
    request: web.Request,
    built: Built,
    *,
    nonce: str = "",
    typed: Typed | None = None,
    explained: Explained | None = None,
    link: tuple[int, str] | None = None,
) -> str:
    """The newest page; its cards are made once a change, whoever looks."""

    def make(built: Built) -> bytes:
        return _cards(request, built.page).encode()

    kind = f"cards in {language.of(request)} for {embed.paths(request)('/')}"
    made = built.body(kind, make).decode()
    cards = Markup(made)  # noqa: S704 -- made by the template, which escapes
    page = built.page
    nonce = nonce or _nonce(request, page)
    return _page(request, page, cards, nonce=nonce, typed=typed, explained=explained, link=link)


def _nonce(request: web.Request, page: Page) -> str:
    """One for all who look, for they share these bytes; forms.py makes it a visitor's own.

    Nobody who has only the database can tell what it was.
    """
    key = request.app[SECRET]
    digested = hashlib.blake2b(str(page.change).encode(), key=key, digest_size=12)
    return f"{forms.SHARED}{page.change}-{digested.hexdigest()}"


async def message(request: web.Request) -> web.Response:
    after, found = await _conversation(request)
    response = html(request, conversation(request, found, after=after))
    if visitor.link(request) is not None:
        cookies.keep(request, response, visitor.LINK, "", 0)
    return response


async def _conversation(request: web.Request) -> tuple[int, Conversation]:
    """From which reply on, and what is there; with the one that the visitor has just left."""
    key = visitor.key(request)
    who = digest(key) if key else None
    wall, one, after = request.app[WALL], number(request), forms.known(request) or 0
    found = await wall.conversation(one, after, who)
    left = visitor.link(request)
    if left and found.replies.next and left[0] > found.replies.next:
        later = await wall.conversation(one, left[0] - 1, who)
        if later.replies.messages:
            return left[0] - 1, later
    return after, found


def conversation(
    request: web.Request,
    found: Conversation,
    *,
    after: int = 0,
    typed: Typed | None = None,
    explained: Explained | None = None,
) -> str:
    """The page of one message."""
    return render(
        request,
        "message.html",
        after=after,
        card=shapes.card(found.message, found.replies.messages, found.felt),
        change=found.change,
        explained=explained,
        link=visitor.link(request),
        next=found.replies.next,
        nonce=(typed and typed.nonce) or secrets.token_urlsafe(12),
        standing=found.standing,
        typed=typed,
    )


def number(request: web.Request) -> int:
    """The id in the path.

    Raises:
        Refusal: not_found, for one that no message can have.
    """
    found = int(request.match_info["id"])
    if found > forms.LAST_ID:
        raise Refusal("not_found")
    return found


def _cards(request: web.Request, page: Page) -> Markup:
    mine = language.of(request)
    where = embed.context(request)
    made = request.app[HTML].render(
        "_cards.html", mine, cards=shapes.cards(page), kinds=REACTIONS, **where
    )
    return Markup(made)  # noqa: S704 -- made by the template, which escapes


def _page(request: web.Request, page: Page, cards: Markup, **context: Any) -> str:  # noqa: ANN401 -- as Jinja
    states = {"before": None, "explained": None, "link": None, "nonce": "", "typed": None}
    return render(
        request,
        "embed.html" if in_frame(request) else "wall.html",
        cards=cards,
        change=page.change,
        empty=not page.messages,
        next=page.next,
        thread=page.thread,
        **states | context,
    )


def render(request: web.Request, template: str, **context: Any) -> str:  # noqa: ANN401 -- as Jinja
    mine = language.of(request)
    (other,) = (name for name in LANGUAGES if name != mine)
    here = request.path if request.method != "POST" else "/"
    query = {"lang": other}
    if context.get("thread"):
        query = {"thread": context["thread"]} | query
    if context.get("before"):
        query = {"before": str(context["before"])} | query
    link = None if in_frame(request) else str(URL.build(path=here, query=query))
    context |= {"site": addresses.site(request), "path": addresses.path(request)}
    context |= embed.context(request)
    return request.app[HTML].render(template, mine, kinds=REACTIONS, language_link=link, **context)


def html(request: web.Request, text: str, status: int = 200) -> web.Response:
    response = web.Response(text=text, content_type="text/html", status=status)
    language.remember(request, response)
    return response
