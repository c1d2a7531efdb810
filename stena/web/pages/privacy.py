"""What the wall keeps of a visitor, for how long, and how it is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.ban import DAYS as BAN_DAYS
from stena.decision import KEEP_DAYS
from stena.source import KEPT_DAYS as SOURCE_DAYS
from stena.web.app_keys import WINDOW
from stena.web.rendering import page as pages
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from datetime import timedelta

    from aiohttp import web


async def privacy(request: web.Request) -> web.Response:
    """The page; its periods are those that the wall works with."""
    look = request[LOOK]
    text = pages.render(
        request,
        look,
        "privacy.html",
        edit_minutes=_minutes(request.app[WINDOW]),
        removed_days=KEEP_DAYS,
        source_days=SOURCE_DAYS,
        ban_days=max(BAN_DAYS),
    )
    return pages.respond(look, text)


def _minutes(window: timedelta) -> int:
    return int(window.total_seconds() // 60)
