"""What visitors do with forms: post a message, edit it, delete it, react to it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from stena.message import Draft, Page, digest
from stena.refusal import Refusal
from stena.web import errors
from stena.web.app_keys import PAGE_CACHE, WALL, WINDOW
from stena.web.inputs import nonce, numbers, typed
from stena.web.pages import message as conversations
from stena.web.pages import wall as walls
from stena.web.refusals import explain
from stena.web.rendering import page as pages
from stena.web.wire import member, rate_limit, visitor
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK
from stena.web.wire.page_cache import CachedPage

if TYPE_CHECKING:
    from stena.message import Conversation, Message
    from stena.web.inputs.typed import Typed
    from stena.web.refusals import Explained
    from stena.web.wire.look import Look


async def post(request: web.Request) -> web.Response:
    look = request[LOOK]
    sent = await typed.from_form(request, look)
    key, link = _key(look, sent.key), visitor.new_key()
    try:
        rate_limit.post(look)
        by_team = await member.session(request) is not None
        draft = _draft(sent, key, link, by_team=by_team)
        posted = await request.app[WALL].post(draft)
    except Refusal as refusal:
        return await _refused(request, look, sent, refusal)
    is_held = posted.change.state in {"waiting", "removed"}
    place = (_own_page if is_held else _on_the_wall)(look, posted.message)
    response = web.HTTPSeeOther(place)
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
        draft = _draft(sent, key)
        change = await request.app[WALL].edit(number, draft, digest(key))
    except Refusal as refusal:
        return _not_edited(request, look, number, sent, refusal)
    response = web.HTTPSeeOther(_own_page(look, change.message))
    visitor.keep_change(response, look, change)
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


async def react(request: web.Request) -> web.Response:
    look = request[LOOK]
    kind, on = await typed.reaction_from_form(request)
    key = _key(look)
    rate_limit.post(look)
    change = await request.app[WALL].react(numbers.in_path(request), kind, digest(key), on=on)
    response = web.HTTPSeeOther(_own_page(look, change.message))
    visitor.keep_reaction(response, look, change, key)
    raise response


def _on_the_wall(look: Look, message: Message) -> str:
    """The address of a message among the others."""
    above = message.reply_to
    path, thread = (f"/m/{above}", "") if above else ("/", message.thread)
    return f"{at(look, path, thread=thread)}#m{message.id}"


def _own_page(look: Look, message: Message) -> str:
    return at(look, f"/m/{message.id}")


def _draft(sent: Typed, key: str, link: str | None = None, *, by_team: bool = False) -> Draft:
    given = (sent.text, sent.name, sent.nonce, sent.reply_to, sent.thread, key, link)
    return Draft.of(*given, by_team=by_team)


def _key(look: Look, given: str | None = None) -> str:
    """The key of the private link that came with the form, else the browser's, else a new one."""
    return given or look.key or visitor.new_key()


async def _refused(request: web.Request, look: Look, sent: Typed, refusal: Refusal) -> web.Response:
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
            request, look, above, link=link, typed=again, explained=explained
        )
    else:
        text = walls.newest(
            request,
            look,
            await _behind(request, look, sent, refusal),
            nonce=again.nonce,
            typed=again,
            explained=explained,
        )
    return errors.finish(request, pages.respond(look, text, explained.status), explained)


async def _above(request: web.Request, sent: Typed, refusal: Refusal) -> Conversation | None:
    """The conversation in which a reply was refused, if it is there."""
    if sent.reply_to and refusal.field:
        with suppress(Refusal):
            return await conversations.read(request, sent.reply_to, 0, None)
    return None


async def _behind(request: web.Request, look: Look, sent: Typed, refusal: Refusal) -> CachedPage:
    """The wall below a refused form, or an empty page: the typed text matters more.

    If the database itself failed, asking it again would only take longer.
    """
    thread = sent.thread if sent.thread and refusal.field != "thread" else ""
    if refusal.field:
        with suppress(Refusal):
            return await request.app[PAGE_CACHE].page(look, thread)
    return CachedPage(Page([], None, thread=thread))


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
