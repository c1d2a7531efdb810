"""The facts of a request on which its answer depends: derived at most once, and passed on."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from aiohttp import hdrs, web
from propcache.api import under_cached_property

from stena.web.app_keys import BASE, HAS_HTTPS, LANGUAGE, PROXIES, SITE
from stena.web.i18n import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from multidict import CIMultiDictProxy

THEMES: Final = ("light", "dark")
# Pages below this path may be framed by the sites that the owner names. Their cookies have other
# names: if frame and page are one site to the browser, it sends both.
FRAME = "/embed"
IN_FRAME = "frame-"
# The screen in a hall; its query and a frame's may choose a theme.
HALL = "/live"
# Pages below this path are for the team alone.
OWNER = "/owner"
LANGUAGE_COOKIE, KEY_COOKIE = "language", "key"
# What is read of a list of languages, which a visitor can make 8,000 characters long.
LONGEST_LIST = 500
# Longer than any host name.
LONGEST_HOST = 260


class Look:
    """Who asks, and how the page has to look.

    Each fact is derived when it is first asked for: a request needs few of them, and all together
    cost as much as a cached page.
    """

    __slots__ = ("_cache", "_headers", "_protocol", "_url", "app")

    def __init__(self, request: web.Request) -> None:
        # Without a reference to the request, which has one to this: the garbage collector need not
        # look for the circle.
        self._cache: dict[str, object] = {}
        self.app = request.app
        self._headers = request.headers
        self._url = request.rel_url
        self._protocol = request.protocol

    @under_cached_property
    def encrypted(self) -> bool:
        """Whether the client's connection is HTTPS, also if a proxy terminates it.

        If no proxy reports it, the owner's word counts: a wall with an https address is reached by
        it.
        """
        proxies = self.app[PROXIES]
        # Most walls have none, and every request asks.
        reported = proxies.is_encrypted(self._headers, self._remote) if proxies.count != 0 else None
        if reported is None:
            return self._protocol.ssl_context is not None or self.app[HAS_HTTPS]
        return reported

    @under_cached_property
    def address(self) -> str:
        """The client's address, which it cannot forge."""
        return self.app[PROXIES].address(self._headers, self._remote)

    @under_cached_property
    def route(self) -> str:
        """Everything that is reported of where the request comes from.

        A client can forge parts of it, but it also tells clients apart behind a proxy that is not
        configured.
        """
        return self.app[PROXIES].route(self._headers) or self._remote

    @under_cached_property
    def framed(self) -> bool:
        """Whether the page is for a frame on another site."""
        return _is_below(FRAME, self._url.path)

    @under_cached_property
    def for_team(self) -> bool:
        """Whether the page is for the team alone."""
        return _is_below(OWNER, self._url.path)

    @under_cached_property
    def cookies(self) -> Mapping[str, str]:
        """The wall's own cookies that the browser sent, in a frame the frame's."""
        if hdrs.COOKIE not in self._headers:
            return _NO_COOKIES
        own = _prefixed(_cookies(self._headers), self.prefix)
        # The browser may know of TLS where the program does not, and scripts name cookies by that.
        return own if self.prefix else own | _prefixed(own, _prefix(self.base))

    @property
    def _remote(self) -> str:
        """The address of the connection; empty for a Unix socket, which has none."""
        # As `request.remote`. aiohttp keeps it when the client has disconnected.
        peer = self._protocol.peername
        return str(peer[0] if isinstance(peer, tuple) else peer or "")

    @property
    def prefix(self) -> str:
        """How the names of the wall's cookies begin.

        Over HTTPS browsers accept these prefixes only from the host itself, so that no other
        program below the same domain can set them (RFC 6265bis, 4.1.3).
        """
        if self.framed:
            return IN_FRAME
        return _prefix(self.base) if self.encrypted else ""

    @under_cached_property
    def asked_language(self) -> str:
        """The language that the query asks for, empty for none."""
        return _known(self._query("lang")) or ""

    @under_cached_property
    def language(self) -> str:
        """Asked for by a link, remembered, the browser's, or the owner's."""
        return (
            self.asked_language
            or _known(self.cookies.get(LANGUAGE_COOKIE))
            or _accepted(self._headers.get(hdrs.ACCEPT_LANGUAGE, ""))
            or self.app[LANGUAGE]
        )

    @under_cached_property
    def theme(self) -> str:
        """The theme that the query asks for where it may, empty for none."""
        theme = self._query("theme")
        return theme if theme in THEMES and (self.framed or self._url.path == HALL) else ""

    @property
    def base(self) -> str:
        """The path below which all pages of the wall are; empty for a whole site."""
        return self.app[BASE]

    @property
    def home(self) -> str:
        """The wall's address with its path, without a slash at the end."""
        return self.site + self.base

    @under_cached_property
    def site(self) -> str:
        """The wall's origin, as https://wall.example; empty if the request names no host."""
        scheme = "https" if self.encrypted else "http"
        return self.app[SITE] or _site(scheme, self._headers.get(hdrs.HOST, ""))

    @under_cached_property
    def key(self) -> str | None:
        """The browser's random key, None if it has none yet."""
        given = self.cookies.get(KEY_COOKIE)
        return given if given and _KEY.fullmatch(given) else None

    @under_cached_property
    def style(self) -> str:
        """What cards with the same bytes have in common; a key for caches."""
        asked = self.asked_language if self.framed else ""
        return f"{self.language} {asked} {self.theme} {self.framed:d}"

    @under_cached_property
    def variant(self) -> str:
        """The same for whole pages, which also contain the address of the wall."""
        return f"{self.style} {self.site}"

    def _query(self, name: str) -> str:
        return self._url.query.get(name, "") if self._url.raw_query_string else ""


# Set by the middleware before a view is called.
LOOK = web.RequestKey("look", Look)


def _is_below(folder: str, path: str) -> bool:
    return path.startswith(folder) and path[len(folder) :][:1] in {"", "/"}


def _known(language: str | None) -> str | None:
    return language if language in LANGUAGES else None


def plain_host(given: str) -> str:
    """A host that may be repeated, in lower case; empty for any other text."""
    return given.lower() if len(given) <= LONGEST_HOST and _HOST.fullmatch(given) else ""


def _prefix(base: str) -> str:
    # The stronger one is for a whole site only.
    return "__Secure-" if base else "__Host-"


def _prefixed(cookies: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): value
        for name, value in cookies.items()
        if name.startswith(prefix)
    }


def _cookies(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    """The cookies by name; of several with one name the first, which has the longest path.

    Python's parser takes 6 ms for 8,000 characters, and our values need no unquoting.
    """
    pairs = [part.partition("=") for part in "; ".join(headers.getall(hdrs.COOKIE)).split(";")]
    return {name.strip(): value.strip() for name, _, value in reversed(pairs)}


@lru_cache(maxsize=256)
def _site(scheme: str, host: str) -> str:
    host = plain_host(host)
    return host and f"{scheme}://{host}"


@lru_cache(maxsize=256)
def _accepted(header: str) -> str | None:
    """The best of our languages in an Accept-Language (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for part in header[:LONGEST_LIST].split(","):
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


_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
_NO_COOKIES: Mapping[str, str] = {}
# A name of letters, digits and what joins them, or an address, with or without a port.
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
