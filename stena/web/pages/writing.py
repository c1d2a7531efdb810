"""What visitors do with forms: post a message, edit it, delete it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from stena.message import Draft, Page, digest
from stena.refusal import Refusal
from stena.web import errors
from stena.web.app_keys import PAGE_CACHE, WALL, WINDOW
from stena.web.explained import explain
from stena.web.inputs import nonce, numbers, typed
from stena.web.pages import message as conversations
from stena.web.pages import wall as walls
from stena.web.rendering import page as pages
from stena.web.rendering.formatting import linked
from stena.web.wire import member, price, rate_limit, sources, visitor
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK
from stena.web.wire.page_cache import CachedPage

if TYPE_CHECKING:
    from stena.change import Posted
    from stena.member import Session
    from stena.message import Conversation, Message
    from stena.source import Source
    from stena.web.explained import Explained
    from stena.web.inputs.typed import Typed, TypedPost
    from stena.web.wire.look import Look


async def post(request: web.Request) -> web.Response:
    look = request[LOOK]
    sent = await typed.from_form(request, look)
    key, link = _key(look, sent.key), visitor.new_key()
    try:
        rate_limit.post(look)
        session = await member.session(request)
        source = None if session else await sources.of(look)
        draft = await linked(_draft(sent, key, link, session, source))
        posted = await price.post(look, draft, sent.taken, is_trapped=sent.is_trapped)
    except Refusal as refusal:
        return await _refused(request, look, sent, refusal)
    if sent.is_cookieless:
        own = (posted.message.id, link) if posted.linked else None
        return await _shown(request, look, posted, key, own)
    response = web.HTTPSeeOther(await _place(request, look, posted))
    window = int(request.app[WINDOW].total_seconds())
    visitor.keep_post(response, look, posted, key, link, window)
    raise response


async def edit_form(request: web.Request) -> web.Response:
    """The form for the author's browser."""
    look = request[LOOK]
    key = look.key
    number = numbers.in_path(request)
    message = await request.app[WALL].check_author(number, digest(key) if key else None)
    current = typed.Typed(text=message.text, name=message.name)
    return pages.respond(look, _edit_page(request, look, number, "", current))


async def unlock_form(request: web.Request) -> web.Response:
    """What a private link opens; its key is in the fragment, which only a script can read."""
    look, number = request[LOOK], numbers.in_path(request)
    return pages.respond(look, pages.render(request, look, "unlock.html", number=number))


async def unlock(request: web.Request) -> web.Response:
    """The form to edit, for anyone with the private link."""
    look, number = request[LOOK], numbers.in_path(request)
    sent = await typed.fields(request)
    rate_limit.read(look)
    # A visitor without scripts pastes the whole link.
    given = sent.get("key", "").strip().rpartition("#")[2]
    message = await request.app[WALL].check_author(number, digest(given))
    current = typed.Typed(text=message.text, name=message.name)
    return pages.respond(look, _edit_page(request, look, number, given, current), is_private=True)


async def edit(request: web.Request) -> web.Response:
    look = request[LOOK]
    sent = await typed.from_form(request, look)
    number, key = numbers.in_path(request), _key(look, sent.key)
    try:
        rate_limit.post(look)
        by_team = await member.session(request) is not None
        source = await sources.of(look)
        draft = await linked(Draft.of(sent.text, sent.name, by_team=by_team, source=source))
        posted = await request.app[WALL].edit(number, draft, digest(key))
    except Refusal as refusal:
        return _not_edited(request, look, number, sent, refusal)
    response = web.HTTPSeeOther(_own_page(look, posted.message))
    visitor.keep_change(response, look, posted.change)
    raise response


async def delete(request: web.Request) -> web.Response:
    look = request[LOOK]
    fields = await typed.fields(request)
    key = _key(look, fields.get("key"))
    rate_limit.post(look)
    change = await request.app[WALL].delete(numbers.in_path(request), digest(key))
    above = change.message.reply_to
    target = f"/m/{above}" if above else "/"
    response = web.HTTPSeeOther(at(look, target, thread="" if above else change.message.thread))
    visitor.keep_change(response, look, change)
    raise response


async def _shown(
    request: web.Request, look: Look, posted: Posted, key: str, link: tuple[int, str] | None
) -> web.Response:
    """The page after the post itself, since no cookie carries the private link to another one."""
    message = posted.message
    is_held = posted.state in {"waiting", "removed"}
    if is_held or message.reply_to:
        number = message.id if is_held else message.reply_to or 0
        reply = None if is_held else message.id
        after, found = await conversations.around(request, number, 0, digest(key), reply)
        text = conversations.conversation(request, look, found, after=after, link=link)
    else:
        cached = await request.app[PAGE_CACHE].page(look, message.thread)
        text = walls.newest(request, look, cached, link=link)
    return pages.respond(look, text, is_private=True)


async def _place(request: web.Request, look: Look, posted: Posted) -> str:
    """The address of a page that shows the message."""
    message = posted.message
    if posted.state in {"waiting", "removed"}:
        return _own_page(look, message)
    if posted.is_new or posted.state != "visible" or message.reply_to:
        return _on_the_wall(look, message)
    # A repeat: others may have posted much since.
    cached = await request.app[PAGE_CACHE].page(look, message.thread)
    is_there = any(one.id == message.id for one in (*cached.page.messages, *cached.page.pinned))
    return (_on_the_wall if is_there else _own_page)(look, message)


def _on_the_wall(look: Look, message: Message) -> str:
    """The address of a message among the others."""
    above = message.reply_to
    path, thread = (f"/m/{above}", "") if above else ("/", message.thread)
    return f"{at(look, path, thread=thread)}#m{message.id}"


def _own_page(look: Look, message: Message) -> str:
    return at(look, f"/m/{message.id}")


def _draft(
    sent: TypedPost, key: str, link: str, session: Session | None, source: Source | None
) -> Draft:
    if sent.as_team and session is None:
        # Without the badge it would not be what the member wanted to say.
        raise Refusal("signed_out", "text")
    given = (sent.text, sent.name, sent.nonce, sent.reply_to, sent.thread, key, link)
    badge = session.member.role if session and sent.as_team else None
    draft = Draft.of(*given, by_team=session is not None, badge=badge, source=source)
    return draft._replace(by_browser=True)


def _key(look: Look, given: str | None = None) -> str:
    """The key of the private link that came with the form, else the browser's, else a new one."""
    return given or look.key or visitor.new_key()


async def _refused(
    request: web.Request, look: Look, sent: TypedPost, refusal: Refusal
) -> web.Response:
    """The form again, with what was typed and one sentence at the field."""
    explained = explain(look.language, refusal)
    # The first try may have been committed although its answer was lost, so the form that is
    # shown again keeps its nonce.
    again = sent.model_copy(update={"nonce": sent.nonce or nonce.own()})
    if refusal.code == "not_found":
        # The message above was deleted; the text may still be posted by itself.
        again = again.model_copy(update={"reply_to": None})
    if (above := await _above(request, sent, refusal)) is not None:
        link = visitor.link(look)
        text = conversations.conversation(
            request,
            look,
            above,
            link=link,
            typed=again,
            explained=explained,
            as_team=again.as_team or None,
        )
    else:
        text = walls.newest(
            request,
            look,
            await _behind(request, look, sent, refusal),
            nonce=again.nonce,
            typed=again,
            explained=explained,
            as_team=again.as_team or None,
        )
    return errors.finish(request, pages.respond(look, text, explained.status), explained)


async def _above(request: web.Request, sent: Typed, refusal: Refusal) -> Conversation | None:
    """The conversation in which a reply was refused, if it is there."""
    if sent.reply_to and _may_read(refusal):
        with suppress(Refusal):
            return await conversations.read(request, sent.reply_to, 0, None)
    return None


async def _behind(request: web.Request, look: Look, sent: Typed, refusal: Refusal) -> CachedPage:
    """The wall below a refused form, or an empty page: the typed text matters more.

    If the database itself failed, asking it again would only take longer.
    """
    thread = sent.thread if sent.thread and refusal.field != "thread" else ""
    if _may_read(refusal):
        with suppress(Refusal):
            return await request.app[PAGE_CACHE].page(look, thread)
    return CachedPage(Page([], None, thread=thread))


def _may_read(refusal: Refusal) -> bool:
    """Whether the form comes back with the page that it was on.

    Not in a flood, in which that would cost more than what is refused.
    """
    return refusal.field is not None and refusal.code != "step_needed"


def _not_edited(
    request: web.Request, look: Look, number: int, sent: Typed, refusal: Refusal
) -> web.Response:
    """The form again, with what was typed, whatever the reason: no text is lost."""
    explained = explain(look.language, refusal)
    text = _edit_page(request, look, number, sent.key or "", sent, explained)
    response = pages.respond(look, text, explained.status, is_private=bool(sent.key))
    return errors.finish(request, response, explained)


def _edit_page(  # noqa: PLR0913, PLR0917 -- the states of the page
    request: web.Request,
    look: Look,
    number: int,
    given: str,
    sent: Typed,
    explained: Explained | None = None,
) -> str:
    """The page on which a message is edited; `given` is the key of a private link."""
    return pages.render(
        request,
        look,
        "edit.html",
        number=number,
        given=given,
        typed=sent,
        explained=explained,
    )
