from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

# How many proxies of ours stand before the program.
PROXIES = web.AppKey("proxies", int)
# What is below this path may be shown on the pages of other sites, of those that the owner names.
FRAME = "/embed"
# And this is its policy.
FRAME_POLICY = web.AppKey("frame_policy", str)
NOBODY = "frame-ancestors 'none'"
# Nothing but our own files, and nothing written into the page, can run or be shown.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; " + NOBODY
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with it browsers send `Origin: null` for our own form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Which versions run here is nobody's business.
    "Server": "stena",
}
# For who came encrypted: never come otherwise, for a year.
ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}
FOR_ONE = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Cookie"}


async def seal(request: web.Request, response: web.StreamResponse) -> None:
    """Security and caching headers; a signal of every response."""
    if is_encrypted(request):
        response.headers.update(ENCRYPTED)
    if "Content-Security-Policy" in response.headers:
        return  # finished bytes bring theirs
    response.headers.update(headers(request))
    for name, value in FOR_ONE.items():
        response.headers.setdefault(name, value)


def headers(request: web.Request) -> dict[str, str]:
    """Those of every answer; of one that others may frame with their origins in it."""
    if in_frame(request):
        return {**HEADERS, "Content-Security-Policy": request.app[FRAME_POLICY]}
    return HEADERS


def frame_policy(origins: Sequence[str]) -> str:
    return POLICY.replace(NOBODY, f"frame-ancestors {' '.join(origins)}") if origins else POLICY


def in_frame(request: web.Request) -> bool:
    """Whether this is for the wall on another site's page."""
    path = request.path
    return path.startswith(FRAME) and path[len(FRAME) :][:1] in {"", "/"}


def is_encrypted(request: web.Request) -> bool:
    """Whether the visitor's connection is, also where a router of ours unwrapped it."""
    proxies = request.app[PROXIES]
    if not proxies:
        return request.secure
    hops = request.headers.get("X-Forwarded-Proto", "").split(",")
    return hops[-min(proxies, len(hops))].strip() == "https"


def check_same_origin(request: web.Request) -> None:
    """Refuse what another site made a visitor's browser send.

    Raises:
        Refusal: cross_site. A program that is no browser sends neither header, and passes.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise Refusal("cross_site")
        return
    origin = request.headers.get("Origin")
    if origin is not None and _host(origin) != _host(f"//{request.host}"):
        raise Refusal("cross_site")


def _host(origin: str) -> tuple[str | None, int | None]:
    """Host and port, where the scheme's own port is None: proxies hide the scheme from us."""
    try:
        parts = urlsplit(origin)
        port = None if parts.port in {80, 443} else parts.port
    except ValueError:
        raise Refusal("cross_site") from None
    return parts.hostname, port
