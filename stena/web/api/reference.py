from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from stena.web.api.schema import within
from stena.web.app_keys import REFERENCE
from stena.web.i18n import translations
from stena.web.refusals import REFUSALS
from stena.web.rendering import page as pages
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp import web

# For a request whose Host is not safe to paste into a shell.
ADDRESS = "http://localhost:8080"
NUMBER = re.compile(r"%\((\w+)\)[sd]")


async def reference(request: web.Request) -> web.Response:
    look = request[LOOK]
    text = pages.render(
        request,
        look,
        "api.html",
        address=(look.site or ADDRESS) + look.base,
        codes=list(_codes(look.language)),
        reference=request.app[REFERENCE],
    )
    return pages.respond(look, text)


def _codes(language: str) -> Iterator[tuple[str, int, Markup]]:
    """Every code with its status and its sentence, which shows placeholders by name."""
    for code, (status, sentence) in REFUSALS.items():
        parts = NUMBER.split(translations(language).gettext(sentence))
        yield code, status, within(parts, Markup("<var>{}</var>"))
