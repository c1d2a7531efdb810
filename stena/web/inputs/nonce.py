"""The nonce of a form without scripts: an idempotency key in a page that many visitors share.

Cached pages are the same bytes for everyone, so the nonce in them is shared. When a form comes
back, the nonce is made the visitor's own: two visitors who type the same are two messages.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from stena.web.app_keys import SECRET

if TYPE_CHECKING:
    from aiohttp import web

    from stena.web.wire.look import Look

# The nonce of a shared page starts with it.
SHARED = "page-"
# The key for a wall whose settings have no secret. Processes that share a port are forked from one
# that has generated it, so they render the same bytes.
RANDOM = secrets.token_bytes(32)


def secret(given: str) -> bytes:
    """The key of nonces: derived from the owner's secret, or random for this process."""
    return hashlib.sha256(given.encode()).digest() if given else RANDOM


def shared(app: web.Application, change: int) -> str:
    """The nonce of a page as of a change; it cannot be derived from the database alone."""
    digest = hashlib.blake2b(str(change).encode(), key=app[SECRET], digest_size=12)
    return f"{SHARED}{change}-{digest.hexdigest()}"


def own() -> str:
    """A random nonce, for a page that one visitor gets."""
    return secrets.token_urlsafe(12)


def of_visitor(request: web.Request, look: Look, nonce: str | None) -> str | None:
    """The nonce that came with a form; a shared one is mixed with what identifies the visitor.

    The shared nonce is not stored, so a digest of both reveals nothing about the visitor.
    """
    if nonce is None or not nonce.startswith(SHARED):
        return nonce
    names = ("User-Agent", "Accept-Language")
    marks = [nonce, look.route, *(request.headers.get(name, "") for name in names)]
    return hashlib.sha256("\0".join(marks).encode(errors="replace")).hexdigest()[:32]
