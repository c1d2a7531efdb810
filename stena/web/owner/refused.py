"""A page of the team that says itself why a form of it was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web import errors
from stena.web.explained import explain
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container

    from aiohttp import web

    from stena.refusal import Refusal
    from stena.web.explained import Explained


async def again(
    request: web.Request,
    refusal: Refusal,
    said: Container[str],
    page: Callable[[Explained], Awaitable[web.Response]],
) -> web.Response:
    """The page again, with what was typed and one sentence.

    Args:
        request: the refused one.
        refusal: why. It is raised again if it has a page of its own.
        said: the codes of the refusals that the page says itself.
        page: renders it.
    """
    if refusal.code not in said:
        raise refusal
    explained = explain(request[LOOK].language, refusal)
    return errors.finish(request, await page(explained), explained)
