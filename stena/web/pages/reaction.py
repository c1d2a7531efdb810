"""The buttons by which a visitor reacts to a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.message import Reaction, digest
from stena.step import StepNeeded
from stena.web import errors
from stena.web.explained import explain
from stena.web.inputs import numbers, typed
from stena.web.rendering import page as pages
from stena.web.wire import price, rate_limit, sources, visitor
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from stena.web.inputs.typed import PressedReaction


async def react(request: web.Request) -> web.Response:
    look, number = request[LOOK], numbers.in_path(request)
    pressed = await typed.reaction_from_form(request)
    key = look.key or pressed.key or visitor.new_key()
    rate_limit.post(look)
    source = await sources.of(look)
    reaction = Reaction(number, pressed.kind, digest(key), pressed.on, source=source)
    try:
        change = await price.react(look, reaction, pressed.taken)
    except StepNeeded as refusal:
        return _asked(request, pressed, key, refusal)
    response = web.HTTPSeeOther(at(look, f"/m/{number}"))
    visitor.keep_reaction(response, look, change, key)
    raise response


def _asked(
    request: web.Request, pressed: PressedReaction, key: str, refusal: StepNeeded
) -> web.Response:
    """A page with the step, and the reaction once more.

    A browser that keeps no cookies sends the key with it, since the ticket is for this key.
    """
    look = request[LOOK]
    explained = explain(look.language, refusal)
    text = pages.render(
        request,
        look,
        "reaction.html",
        listed=False,
        explained=explained,
        key=None if look.key else key,
        kind=pressed.kind,
        number=numbers.in_path(request),
        worked=pressed.step is not None and pressed.step.way == "work",
    )
    response = pages.respond(look, text, explained.status, is_private=True)
    visitor.keep_key(response, look, key)
    return errors.finish(request, response, explained)
