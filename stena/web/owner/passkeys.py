"""The passkeys of a member, and the sign-in with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from stena.member import agent
from stena.refusal import Refusal
from stena.web.app_keys import PASSKEYS
from stena.web.headers import JSON
from stena.web.inputs import numbers, typed
from stena.web.owner import refused
from stena.web.owner import session as sessions
from stena.web.owner.devices import DEVICES
from stena.web.owner.sign_in import NEW_PASSKEY, again, begun
from stena.web.rendering import page as pages
from stena.web.wire import member, rate_limit
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from stena.member import Session
    from stena.web.explained import Explained

# What the page itself says. Other refusals have a page of their own.
SAID_ON_THE_PAGE = {
    *("not_fresh", "passkey_refused", "too_many_passkeys"),
    *("name_empty", "name_too_long"),
}


async def ask(request: web.Request) -> web.Response:
    """What a browser needs to use a passkey, in JSON."""
    # First the check of the origin: another site would use up the tries of its visitors.
    await typed.fields(request)
    rate_limit.sign_in(request[LOOK])
    options = await request.app[PASSKEYS].ask(await member.session(request))
    return _options(options)


async def sign_in(request: web.Request) -> web.Response:
    """Begin a session with a passkey."""
    look = request[LOOK]
    sent = await typed.fields(request)
    request.app[PASSKEYS].check_is_offered()
    following = sent.get("next", "")
    browser = agent(request.headers.get(hdrs.USER_AGENT, ""))
    try:
        rate_limit.sign_in(look)
        session = await member.session(request)
        token = await request.app[PASSKEYS].sign_in(
            session, sent.get("passkey", ""), browser, member.token(look)
        )
    except Refusal as refusal:
        return again(request, refusal, following)
    raise begun(look, token, following)


async def form(request: web.Request) -> web.Response:
    """The page on which a passkey is added."""
    session = await sessions.required(request)
    return await _page(request, session)


async def ask_for_new(request: web.Request) -> web.Response:
    """What a browser needs to make a passkey, in JSON."""
    session, _ = await sessions.acting(request)
    rate_limit.sign_in(request[LOOK])
    return _options(await request.app[PASSKEYS].ask_for_new(session))


async def add(request: web.Request) -> web.Response:
    session, sent = await sessions.acting(request)
    name = sent.get("name", "")
    try:
        rate_limit.sign_in(request[LOOK])
        await request.app[PASSKEYS].add(session, sent.get("passkey", ""), name)
    except Refusal as refusal:
        return await refused.again(
            request, refusal, SAID_ON_THE_PAGE, lambda said: _page(request, session, said, name)
        )
    raise web.HTTPSeeOther(at(request[LOOK], DEVICES))


async def remove(request: web.Request) -> web.Response:
    session, _ = await sessions.acting(request)
    await request.app[PASSKEYS].remove(session, numbers.in_path(request))
    raise web.HTTPSeeOther(at(request[LOOK], DEVICES))


def _options(options: str) -> web.Response:
    return web.Response(body=options.encode(), headers={"Content-Type": JSON})


async def _page(
    request: web.Request,
    session: Session,
    explained: Explained | None = None,
    name: str | None = None,
) -> web.Response:
    """The form.

    Raises:
        Refusal: not_found, if passkeys are not offered.
    """
    look = request[LOOK]
    request.app[PASSKEYS].check_is_offered()
    browser = agent(request.headers.get(hdrs.USER_AGENT, ""))
    text = pages.render(
        request,
        look,
        "owner/passkey.html",
        back=DEVICES,
        explained=explained,
        name=browser if name is None else name,
        next=NEW_PASSKEY,
        session=session,
    )
    return pages.respond(look, text, explained.status if explained else 200)
