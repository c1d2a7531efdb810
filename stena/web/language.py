from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from stena.web import cookies
from stena.web.keys import HTML
from stena.web.security import in_frame
from stena.web.words import LANGUAGES

if TYPE_CHECKING:
    from aiohttp import web

COOKIE = "language"
YEAR = 365 * 24 * 60 * 60


def of(request: web.Request) -> str:
    """The visitor's language: asked for by a link, remembered, the browser's, the owner's."""
    return (
        asked(request)
        or _known(cookies.read(request, COOKIE))
        or _accepted(request.headers.get("Accept-Language", ""))
        or request.app[HTML].language
    )


def asked(request: web.Request) -> str | None:
    """The language that a link asked for."""
    return _known(request.query.get("lang")) if request.rel_url.raw_query_string else None


def remember(request: web.Request, response: web.StreamResponse) -> None:
    """Keep the language that a link asked for."""
    language = asked(request)
    # In a frame it is the other site that asked.
    if language and not in_frame(request) and cookies.read(request, COOKIE) != language:
        cookies.keep(request, response, COOKIE, language, YEAR)


def _known(language: str | None) -> str | None:
    return language if language in LANGUAGES else None


@lru_cache(maxsize=256)
def _accepted(header: str) -> str | None:
    """The best of ours in an Accept-Language (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, parameter = part.partition(";")
        language = _known(tag.strip().lower().partition("-")[0])
        quality = _quality(parameter)
        if language and quality:
            wanted.append((quality, language))
    return max(wanted, key=lambda pair: pair[0])[1] if wanted else None


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
