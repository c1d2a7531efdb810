"""What visitors do by forms: leave a message, change it, take it down, say what they feel."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from stena.message import Draft, Page, digest
from stena.refusal import Refusal
from stena.web import cookies, embed, errors, forms, pages, visitor
from stena.web.head import Built, seen
from stena.web.keys import FLOOD, WALL

if TYPE_CHECKING:
    from stena.change import Change
    from stena.message import Conversation, Message
    from stena.web.errors import Explained
    from stena.web.forms import Typed


async def post(request: web.Request) -> web.Response:
    typed = await forms.from_form(request)
    key, link = _key(request, typed.key), visitor.new_key()
    try:
        draft = _draft(typed, key, link)
        request.app[FLOOD].check(request)
        posted = await request.app[WALL].post(draft)
    except Refusal as refusal:
        return await _refused(request, typed, refusal)
    response = web.HTTPSeeOther(place(request, posted.change.message))
    visitor.posted(request, response, posted, key, link)
    raise _telling(request, response, posted.change)


async def edit_form(request: web.Request) -> web.Response:
    """For whoever has the browser that it came from, or the private link."""
    key = request.match_info.get("key") or visitor.key(request)
    message = await request.app[WALL].check_author(
        pages.number(request), digest(key) if key else None
    )
    typed = forms.Typed(text=message.text, name=message.name)
    given = request.match_info.get("key", "")
    return pages.html(request, _form(request, message.id, given, typed))


async def edit(request: web.Request) -> web.Response:
    typed = await forms.from_form(request)
    number, key = pages.number(request), _key(request, typed.key)
    try:
        draft = _draft(typed, key)
        request.app[FLOOD].check(request)
        change = await request.app[WALL].edit(number, draft, digest(key))
    except Refusal as refusal:
        return _not_edited(request, number, typed, refusal)
    raise _telling(request, web.HTTPSeeOther(own(request, change.message)), change)


async def take_down(request: web.Request) -> web.Response:
    fields = await forms.fields(request)
    key = _key(request, fields.get("key"))
    request.app[FLOOD].check(request)
    change = await request.app[WALL].take_down(pages.number(request), digest(key))
    up, at = change.message.reply_to, embed.paths(request)
    response = web.HTTPSeeOther(at(f"/m/{up}") if up else at("/", thread=change.message.thread))
    raise _telling(request, response, change)


async def react(request: web.Request) -> web.Response:
    kind, on = await forms.felt_in_form(request)
    key = _key(request)
    request.app[FLOOD].check(request)
    change = await request.app[WALL].react(pages.number(request), kind, digest(key), on=on)
    response = web.HTTPSeeOther(own(request, change.message))
    cookies.keep(request, response, visitor.KEY, key, visitor.YEAR)
    raise _telling(request, response, change)


def place(request: web.Request, message: Message) -> str:
    """Where a message stands among others."""
    at = embed.paths(request)
    if message.reply_to:
        return f"{at(f'/m/{message.reply_to}')}#m{message.id}"
    return f"{at('/', thread=message.thread)}#m{message.id}"


def own(request: web.Request, message: Message) -> str:
    """The page of one message."""
    return embed.paths(request)(f"/m/{message.id}")


def _draft(typed: Typed, key: str, link: str | None = None) -> Draft:
    return Draft.of(typed.text, typed.name, typed.nonce, typed.reply_to, typed.thread, key, link)


def _key(request: web.Request, given: str | None = None) -> str:
    """The one that came with the form, of a private link, else the browser's, else a new one."""
    return given or visitor.key(request) or visitor.new_key()


def _telling(request: web.Request, answer: web.HTTPSeeOther, change: Change) -> web.HTTPSeeOther:
    """The same, and the browser's next page will have this change."""
    for name, value in seen(request, change).items():
        answer.headers.add(name, value)
    return answer


async def _refused(request: web.Request, typed: Typed, refusal: Refusal) -> web.Response:
    """The form once more, with what was typed and one sentence at the field."""
    explained = errors.explain(request, refusal)
    # The first try may have been committed although its answer was lost, so a form that is
    # shown again is the same form.
    again = typed.model_copy(update={"nonce": typed.nonce or secrets.token_urlsafe(12)})
    if refusal.code == "not_found":
        # What it answers is gone; the words may still stand for themselves.
        again = again.model_copy(update={"reply_to": None})
    if (above := await _above(request, typed, refusal)) is not None:
        text = pages.conversation(request, above, typed=again, explained=explained)
    else:
        page = await _behind(request, typed, refusal)
        text = pages.whole(
            request, Built(page), nonce=again.nonce or "", typed=again, explained=explained
        )
    return errors.finish(pages.html(request, text, explained.status), explained)


async def _above(request: web.Request, typed: Typed, refusal: Refusal) -> Conversation | None:
    """What a refused reply answers, where it is there."""
    if typed.reply_to and refusal.field:
        with suppress(Refusal):
            return await request.app[WALL].conversation(typed.reply_to, 0, None)
    return None


async def _behind(request: web.Request, typed: Typed, refusal: Refusal) -> Page:
    """The wall behind a refused form; the words matter more.

    Where it was the database that refused, asking it once more would only take longer.
    """
    thread = typed.thread if typed.thread and refusal.field != "thread" else ""
    if refusal.field:
        with suppress(Refusal):
            return await request.app[WALL].head(thread)
    return Page([], None, thread=thread)


def _not_edited(request: web.Request, number: int, typed: Typed, refusal: Refusal) -> web.Response:
    """What was typed once more, whatever is wrong: no visitor's words are lost."""
    explained = errors.explain(request, refusal)
    text = _form(request, number, typed.key or "", typed, explained)
    return errors.finish(pages.html(request, text, explained.status), explained)


def _form(
    request: web.Request,
    number: int,
    given: str,
    typed: Typed,
    explained: Explained | None = None,
) -> str:
    """The page on which a message is changed; `given` is the key of a private link."""
    return pages.render(
        request, "edit.html", number=number, given=given, typed=typed, explained=explained
    )
