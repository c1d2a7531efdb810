"""A page as a response: what every page has besides its own content."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web
from markupsafe import Markup
from yarl import URL

from stena.message import REACTIONS
from stena.web.app_keys import HTML
from stena.web.i18n import other
from stena.web.wire.addresses import at
from stena.web.wire.visitor import keep_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stena.web.wire.look import Look

HTML_TYPE = "text/html; charset=utf-8"
# In a frame, links open in a new tab unless they have this.
STAYING = Markup(' target="_self"')


def render(
    request: web.Request,
    look: Look,
    template: str,
    *,
    listed: bool = True,
    query: Mapping[str, str] | None = None,
    **context: Any,  # noqa: ANN401 -- as Jinja
) -> str:
    """Render a template as a whole page.

    Args:
        request: names the page.
        look: how it looks.
        template: the file in templates/.
        listed: False for an error: no canonical address, no link to the other language.
        query: the query with which the page in the other language is asked for.
        context: the variables of the template.
    """
    return request.app[HTML].render(
        template,
        look.language,
        at=partial(at, look),
        base="frame.html" if look.framed else "base.html",
        framed=look.framed,
        kinds=REACTIONS,
        language_link=_in_other_language(request, look, query or {}) if listed else None,
        path=_canonical_path(request, look) if listed else None,
        site=look.site,
        staying=STAYING if look.framed else "",
        theme=look.theme,
        **{"thread": "", **context},
    )


def respond(look: Look, text: str, status: int = 200, *, is_private: bool = False) -> web.Response:
    """The response with a page for one visitor; it keeps the language that a link asked for.

    One that contains the key of a private link, or a message that others are not shown, is stored
    by no cache and by no browser.
    """
    response = web.Response(text=text, content_type="text/html", status=status)
    if is_private:
        response.headers["Cache-Control"] = "no-store"
    keep_language(response, look)
    return response


def _in_other_language(request: web.Request, look: Look, query: Mapping[str, str]) -> str | None:
    if look.framed:
        return None
    path = request.path if request.method != "POST" else "/"
    return str(URL.build(path=look.base + path, query={**query, "lang": other(look.language)}))


def _canonical_path(request: web.Request, look: Look) -> str | None:
    """The one address of this page, below the site; None for what search engines must not list."""
    if request.method not in {"GET", "HEAD"} or _UNLISTED.fullmatch(request.path):
        return None
    query = {name: request.query[name] for name in _PARTS if name in request.query}
    return str(URL.build(path=look.base + request.path, query=query))


# The parameters that make it another page; the language, for one, does not.
_PARTS = ("thread", "before", "after")
_UNLISTED = re.compile(r"/search|/mine|/edit/.*|/.*/(edit|report)|/owner(/.*)?")
