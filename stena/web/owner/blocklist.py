"""The words that an owner does not want on the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.refusal import Refusal
from stena.web.app_keys import BLOCKLIST
from stena.web.inputs.numbers import LAST_ID, in_query
from stena.web.owner import refused
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER
from stena.word import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.blocklist import Tried
    from stena.member import Session
    from stena.web.explained import Explained

PATH = f"{OWNER}/words"
# What the page itself says. Other refusals have a page of their own.
SAID_ON_THE_PAGE = {"word_empty", "word_too_long", "too_many_words"}


async def words(request: web.Request) -> web.Response:
    """The list; with the words of a message to choose from if the query names one."""
    session = await sessions.required(request)
    session.member.check_is_owner()
    number = in_query(request, "message", LAST_ID)
    offered = await request.app[BLOCKLIST].offered(number) if number else []
    return await _page(request, session, offered=offered)


async def try_out(request: web.Request) -> web.Response:
    """Show what an entry would have stopped, without adding it."""
    session, sent = await sessions.acting_as_owner(request)
    try:
        word = _word(sent)
    except Refusal as refusal:
        return await _refused(request, session, sent, refusal)
    tried = await request.app[BLOCKLIST].try_out(word)
    return await _page(request, session, sent, tried=tried)


async def add(request: web.Request) -> web.Response:
    session, sent = await sessions.acting_as_owner(request)
    try:
        await request.app[BLOCKLIST].add(_word(sent), session.member.id)
    except Refusal as refusal:
        return await _refused(request, session, sent, refusal)
    raise web.HTTPSeeOther(at(request[LOOK], PATH))


async def remove(request: web.Request) -> web.Response:
    session, sent = await sessions.acting_as_owner(request)
    await request.app[BLOCKLIST].remove(_word(sent).text, session.member.id)
    raise web.HTTPSeeOther(at(request[LOOK], PATH))


def _word(sent: dict[str, str]) -> Word:
    return Word.of(sent.get("word", ""), refuses=sent.get("refuses") == "1")


async def _refused(
    request: web.Request, session: Session, sent: dict[str, str], refusal: Refusal
) -> web.Response:
    return await refused.again(
        request,
        refusal,
        SAID_ON_THE_PAGE,
        lambda explained: _page(request, session, sent, explained=explained),
    )


async def _page(  # noqa: PLR0913 -- the states of the page
    request: web.Request,
    session: Session,
    sent: dict[str, str] | None = None,
    *,
    explained: Explained | None = None,
    offered: Sequence[str] = (),
    tried: Tried | None = None,
) -> web.Response:
    sent = sent or {}
    text = pages.render(
        request,
        request[LOOK],
        "owner/words.html",
        explained=explained,
        offered=offered,
        refuses=sent.get("refuses") == "1",
        session=session,
        tried=tried,
        word=sent.get("word", ""),
        words=await request.app[BLOCKLIST].words(),
    )
    return pages.respond(request[LOOK], text, explained.status if explained else 200)
