from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.app_keys import REFUSAL_LOG

if TYPE_CHECKING:
    from aiohttp import web


def count(request: web.Request, code: str) -> None:
    """Count one refused request."""
    request.app[REFUSAL_LOG].count(code)
