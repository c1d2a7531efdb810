"""The rules: who may post on which wall, and whose messages wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.message import slug
from stena.refusal import Refusal
from stena.rule import MODES
from stena.web import errors
from stena.web.app_keys import MODERATION
from stena.web.owner import session as sessions
from stena.web.refusals import explain
from stena.web.rendering import page as pages
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from stena.member import Session
    from stena.rule import Mode
    from stena.web.refusals import Explained

RULES = f"{OWNER}/rules"


async def rules(request: web.Request) -> web.Response:
    return await _page(request, await sessions.required(request))


async def set_main(request: web.Request) -> web.Response:
    """Set the mode of the main wall, and of all threads without rules of their own."""
    _, sent = await _changing(request)
    await request.app[MODERATION].set_mode("", _mode(sent))
    raise web.HTTPSeeOther(at(request[LOOK], RULES))


async def set_thread(request: web.Request) -> web.Response:
    session, sent = await _changing(request)
    try:
        await request.app[MODERATION].set_mode(_thread(sent), _mode(sent))
    except Refusal as refusal:
        if refusal.code != "thread_invalid":
            raise
        explained = explain(request[LOOK].language, refusal)
        response = await _page(request, session, explained, sent.get("thread", ""))
        return errors.finish(request, response, explained)
    raise web.HTTPSeeOther(at(request[LOOK], RULES))


async def remove(request: web.Request) -> web.Response:
    _, sent = await _changing(request)
    await request.app[MODERATION].remove_rule(_thread(sent))
    raise web.HTTPSeeOther(at(request[LOOK], RULES))


async def _changing(request: web.Request) -> tuple[Session, dict[str, str]]:
    """The session of an owner, and the fields of the form.

    Raises:
        Refusal: owner_only; as sessions.acting.
    """
    session, sent = await sessions.acting(request)
    session.member.check_is_owner()
    return session, sent


def _thread(sent: dict[str, str]) -> str:
    # An empty name is the main wall, which has a form of its own.
    thread = slug(sent.get("thread", "").strip())
    if not thread:
        raise Refusal("thread_invalid", "thread")
    return thread


def _mode(sent: dict[str, str]) -> Mode:
    for mode in MODES:
        if sent.get("mode") == mode:
            return mode
    raise Refusal("bad_mode", "mode")


async def _page(
    request: web.Request, session: Session, explained: Explained | None = None, thread: str = ""
) -> web.Response:
    look = request[LOOK]
    main, *others = await request.app[MODERATION].rules()
    text = pages.render(
        request,
        look,
        "owner/rules.html",
        explained=explained,
        main=main,
        modes=MODES,
        others=others,
        session=session,
        thread=thread,
    )
    return pages.respond(look, text, explained.status if explained else 200)
