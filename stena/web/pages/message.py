"""The page of one message, with its replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import digest
from stena.web.app_keys import WALL
from stena.web.inputs import nonce, numbers, query
from stena.web.rendering import page as pages
from stena.web.rendering import shapes
from stena.web.rendering.formatting import prepare
from stena.web.wire import visitor
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp import web

    from stena.message import Conversation
    from stena.web.inputs.typed import Typed
    from stena.web.refusals import Explained
    from stena.web.wire.look import Look


async def message(request: web.Request) -> web.Response:
    look = request[LOOK]
    link = visitor.link(look)
    after, found = await _conversation(request, look, link)
    text = conversation(request, look, found, after=after, link=link)
    is_private = link is not None or found.state != "visible"
    response = pages.respond(look, text, is_private=is_private)
    if link is not None:
        visitor.forget_link(response, look)
    return response


async def _conversation(
    request: web.Request, look: Look, link: tuple[int, str] | None
) -> tuple[int, Conversation]:
    """The conversation, and after which reply its page starts.

    Right after a reply was posted, that is a page with this reply.
    """
    author = digest(look.key) if look.key else None
    number, after = numbers.in_path(request), query.after(request) or 0
    found = await read(request, number, after, author)
    if link and found.replies.next and link[0] > found.replies.next:
        later = await read(request, number, link[0] - 1, author)
        if later.replies.messages:
            return link[0] - 1, later
    return after, found


async def read(request: web.Request, number: int, after: int, author: bytes | None) -> Conversation:
    """A message with the replies after one, formatted off the event loop.

    Raises:
        Refusal: not_found; busy.
    """
    found = await request.app[WALL].conversation(number, after, author)
    shown = (found.message, *found.replies.messages)
    await prepare(one.text for one in shown)
    return found


def conversation(  # noqa: PLR0913 -- the states of the page, by name
    request: web.Request,
    look: Look,
    found: Conversation,
    *,
    after: int = 0,
    link: tuple[int, str] | None = None,
    typed: Typed | None = None,
    explained: Explained | None = None,
) -> str:
    """The page of one message."""
    return pages.render(
        request,
        look,
        "message.html",
        after=after,
        card=shapes.card(found.message, found.replies.messages, found.own_reactions),
        change=found.change,
        explained=explained,
        link=link,
        next=found.replies.next,
        nonce=(typed and typed.nonce) or nonce.own(),
        permission=found.permission,
        state=found.state,
        typed=typed,
    )
