"""The page of one message, with its replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.message import digest
from stena.web.app_keys import WALL
from stena.web.inputs import nonce, numbers, query
from stena.web.rendering import page as pages
from stena.web.rendering import shapes
from stena.web.wire import member, visitor
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp import web

    from stena.message import Conversation
    from stena.web.explained import Explained
    from stena.web.inputs.typed import Typed
    from stena.web.wire.look import Look


async def message(request: web.Request) -> web.Response:
    look = request[LOOK]
    link = visitor.link(look)
    after, found = await _conversation(request, look, link)
    session = await member.session(request)
    # On the desk it is the team that answers; here a member may be one of the visitors.
    as_team = request.query.get("as") == "team" if session else None
    text = conversation(request, look, found, after=after, link=link, as_team=as_team)
    is_private = link is not None or found.state != "visible" or session is not None
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
    return await around(request, number, after, author, link[0] if link else None)


async def around(
    request: web.Request, number: int, after: int, author: bytes | None, reply: int | None
) -> tuple[int, Conversation]:
    """A conversation from a page on, or from the page with this reply.

    Raises:
        Refusal: not_found; busy.
    """
    found = await read(request, number, after, author)
    if reply and found.replies.next and reply > found.replies.next:
        later = await read(request, number, reply - 1, author)
        if later.replies.messages:
            return reply - 1, later
    return after, found


async def read(request: web.Request, number: int, after: int, author: bytes | None) -> Conversation:
    """A message with the replies after one, formatted off the event loop.

    Raises:
        Refusal: not_found; busy.
    """
    found = await request.app[WALL].conversation(number, after, author)
    await shapes.prepare_messages((found.message, *found.replies.messages))
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
    as_team: bool | None = None,
) -> str:
    """The page of one message.

    `as_team` says whether a member of the team answers with the badge; None for a visitor.
    """
    return pages.render(
        request,
        look,
        "message.html",
        after=after,
        as_team=as_team,
        card=shapes.card(found.message, found.replies.messages, found.own_reactions),
        change=found.change,
        explained=explained,
        is_closed=found.is_closed,
        link=link,
        next=found.replies.next,
        nonce=(typed and typed.nonce) or nonce.own(),
        minutes=found.minutes,
        permission=found.permission,
        state=found.state,
        thread=found.message.thread,
        typed=typed,
        waits_for_link=found.waits_for_link,
    )
