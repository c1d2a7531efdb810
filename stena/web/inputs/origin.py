from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import hdrs

from stena.refusal import Refusal
from stena.web.app_keys import REFUSAL_LOG, SITE
from stena.web.wire.look import plain_host

if TYPE_CHECKING:
    from aiohttp import web


def check_same_origin(request: web.Request) -> None:
    """Refuse what another site made a visitor's browser send (CSRF).

    Raises:
        Refusal: cross_site. A client that is not a browser sends neither header, and passes.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise Refusal("cross_site")
        return
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and not _is_ours(request, origin):
        _explain(request, origin)
        raise Refusal("cross_site")


def _is_ours(request: web.Request, origin: str) -> bool:
    """Whether it is the origin of wall.url, or has the host of the request."""
    # A proxy may put another host into Host than the browser asked for.
    if origin and origin == request.app[SITE]:
        return True
    return _host(origin) == _host(f"//{request.host}")


def _host(origin: str) -> tuple[str | None, int | None]:
    """Host and port; the scheme's own port is None, since a proxy may hide the scheme."""
    try:
        parts = urlsplit(origin)
        port = None if parts.port in {80, 443} else parts.port
    except ValueError:
        raise Refusal("cross_site") from None
    return parts.hostname, port


def _explain(request: web.Request, origin: str) -> None:
    """Tell the owner, whose proxy may be the cause, what arrived and what was expected."""
    own = request.app[SITE]
    request.app[REFUSAL_LOG].explain(
        "origin_unknown",
        origin=plain_host(urlsplit(origin).netloc) or "unreadable",
        host=plain_host(request.host) or "unreadable",
        expected=own or "the same host in both",
        mend="If this is the wall's own page, set STENA_WALL__URL to its address"
        + ("." if own else ", or let the proxy pass Host on."),
    )
