"""Where a request comes from, as digests that bans are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.app_keys import SOURCES
from stena.web.wire.buckets import neighbourhood, network

if TYPE_CHECKING:
    from stena.source import Source
    from stena.web.wire.look import Look


async def of(look: Look) -> Source | None:
    """Where a request comes from; None for a Unix socket without a proxy that says it.

    Raises:
        Refusal: unavailable.
    """
    address = look.address
    if not address:
        return None
    return await look.app[SOURCES].of(network(address), neighbourhood(address))
