"""The form with which a member signs in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from stena.member import agent
from stena.refusal import Refusal
from stena.web import errors
from stena.web.app_keys import TEAM
from stena.web.explained import explain
from stena.web.inputs import typed
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire import member, rate_limit
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from stena.web.explained import Explained
    from stena.web.wire.look import Look

# Where a sign-in may lead, beside the start page: the page that asked for a new code.
TEAM_PAGE, PROGRAMS, NEW_PASSKEY = f"{OWNER}/team", f"{OWNER}/programs", f"{OWNER}/passkeys"
_MAY_FOLLOW = re.compile(rf"{TEAM_PAGE}|{PROGRAMS}|{NEW_PASSKEY}|{OWNER}/erase/[0-9]{{1,18}}")


def form(request: web.Request) -> web.Response:
    """The form, for a browser in which nobody is signed in."""
    look = request[LOOK]
    response = pages.respond(look, _page(request, look))
    if member.token(look):
        sessions.forget(response, look)
    return response


async def sign_in(request: web.Request) -> web.Response:
    """Spend a code, and begin a session with a token of its own."""
    look = request[LOOK]
    sent = await typed.fields(request)
    following = sent.get("next", "")
    browser = agent(request.headers.get(hdrs.USER_AGENT, ""))
    try:
        rate_limit.sign_in(look)
        token = await request.app[TEAM].sign_in(sent.get("code", ""), browser, member.token(look))
    except Refusal as refusal:
        return again(request, refusal, following)
    raise begun(look, token, following)


def again(request: web.Request, refusal: Refusal, following: str) -> web.Response:
    """The form again, with one sentence that says why the sign-in was refused."""
    look = request[LOOK]
    explained = explain(look.language, refusal)
    page = _page(request, look, explained, following)
    return errors.finish(request, pages.respond(look, page, explained.status), explained)


def begun(look: Look, token: str, following: str) -> web.HTTPSeeOther:
    """The answer that lets the browser keep a new session, and leads to the page that follows."""
    response = web.HTTPSeeOther(at(look, following if _MAY_FOLLOW.fullmatch(following) else OWNER))
    sessions.keep(response, look, token)
    return response


def _page(
    request: web.Request, look: Look, explained: Explained | None = None, following: str = ""
) -> str:
    return pages.render(request, look, "owner/sign_in.html", explained=explained, next=following)
