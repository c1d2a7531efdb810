from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from stena.web import addresses, language, pages
from stena.web.errors import REFUSALS
from stena.web.keys import REFERENCE
from stena.web.schema import within
from stena.web.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp import web

# As on one's own machine, where a request does not say what can be pasted into a shell.
ADDRESS = "http://localhost:8080"
NUMBER = re.compile(r"%\((\w+)\)[sd]")


async def reference(request: web.Request) -> web.Response:
    text = pages.render(
        request,
        "api.html",
        address=addresses.site(request) or ADDRESS,
        codes=list(_codes(language.of(request))),
        reference=request.app[REFERENCE],
    )
    return pages.html(request, text)


def _codes(mine: str) -> Iterator[tuple[str, int, Markup]]:
    """Every code with its status and its sentence; for what is filled in stands its name."""
    for code, (status, sentence) in REFUSALS.items():
        parts = NUMBER.split(words(mine).gettext(sentence))
        yield code, status, within(parts, Markup("<var>{}</var>"))
