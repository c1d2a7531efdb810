from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import yaml
from aiohttp import web

from stena.audience import Audience
from stena.feed import Feed
from stena.store import news
from stena.store.database import Address, Database
from stena.wall import Wall
from stena.web import accent, addresses, errors, methods, pages, security, themes
from stena.web.assets import ASSETS, STATIC, Assets
from stena.web.flood import Flood
from stena.web.head import Head
from stena.web.html import Html, OwnersWords
from stena.web.keys import (
    DEBUG,
    FEED,
    FLOOD,
    HEAD,
    HTML,
    OPENAPI,
    REFERENCE,
    SECRET,
    STREAMS,
    WALL,
    WINDOW,
)
from stena.web.routes import add_routes
from stena.web.stream import Streams

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine

    from stena import settings as setting
    from stena.settings import Settings

log = structlog.get_logger(__name__)

OPENAPI_FILE = Path(__file__).parent / "web" / "openapi.yaml"

# The protocol's own limits, on what comes before a view is asked.
LIMITS = {
    "max_line_size": 8190,
    "max_field_size": 8190,
    "max_headers": 64,
    # A body that unpacks to more than it weighs is refused, not unpacked.
    "auto_decompress": False,
    "keepalive_timeout": 75,
    # How long to go on reading what was refused, so that the answer arrives.
    "lingering_time": 2,
}


def create_app(settings: Settings, address: Address, *, debug: bool = False) -> web.Application:
    """The wall as an aiohttp application; the only module that knows all the others.

    Args:
        settings: the titles, sizes and languages.
        address: the database, which opens when the application starts and closes when it
            stops.
        debug: show the lines of the program on the page of an error.
    """
    app = web.Application(middlewares=[errors.refuse], handler_args=LIMITS)
    app[DEBUG] = debug
    app[ASSETS] = assets = Assets(_made(settings.wall))
    app[addresses.SITE] = settings.wall.url
    app[HTML] = Html(
        assets.addresses,
        _words(settings.wall),
        language=settings.wall.language,
        time_zone=settings.wall.time_zone,
    )
    app[SECRET] = pages.secret(settings.common.secret)
    app[security.PROXIES] = settings.common.proxies
    app[security.FRAME_POLICY] = security.frame_policy(settings.wall.origins)
    app[WINDOW] = timedelta(minutes=settings.wall.edit_minutes)
    app[FLOOD] = Flood(per_minute=settings.wall.posts_per_minute, proxies=settings.common.proxies)
    document = yaml.safe_load(OPENAPI_FILE.read_bytes())
    app[OPENAPI] = json.dumps(document).encode()
    app[REFERENCE] = methods.reference(document)
    app.cleanup_ctx.append(_wall(address, settings))
    app.on_shutdown.append(_stop)
    app.on_response_prepare.append(security.seal)
    add_routes(app)
    return app


def _made(wall: setting.Wall) -> dict[str, bytes]:
    """The files that depend on settings, and those that a site with one theme gets."""
    made = {"accent.css": accent.stylesheet(wall.accent)} if wall.accent else {}
    return made | themes.pinned({"wall.css": (STATIC / "wall.css").read_bytes(), **made})


def _words(wall: setting.Wall) -> OwnersWords:
    links = [(link.name, link.url) for link in wall.links]
    return OwnersWords(wall.title, wall.introduction, links)


def _wall(address: Address, settings: Settings) -> Callable[[web.Application], AsyncIterator[None]]:
    """Open what lives as long as the application, and close it in the opposite order."""

    async def context(app: web.Application) -> AsyncGenerator[None]:
        async with Database.open(address, pool_size=settings.postgres.pool_size) as database:
            feed = Feed()
            wall = Wall(database, feed, window=app[WINDOW])
            audience = Audience()
            streams = Streams(wall, feed, audience, most=settings.wall.readers)
            app[FEED], app[WALL], app[STREAMS] = feed, wall, streams
            app[HEAD] = Head(wall, feed)
            listened = (
                news.heard(address, audience.heard) if settings.postgres.listen else news.polled()
            )
            async with (
                aclosing(listened),
                _in_the_background(
                    wall.follow(listened),
                    wall.keep_searchable(),
                    streams.run(),
                    streams.beat(),
                    streams.count(),
                ),
            ):
                yield

    return context


@asynccontextmanager
async def _in_the_background(*jobs: Coroutine[None, None, None]) -> AsyncGenerator[None]:
    """Run jobs that have no end of their own; where one fails it is a bug, and is logged."""
    tasks = [asyncio.create_task(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(_complain)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _complain(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        log.error("background_job_ended", job=task.get_name(), exc_info=task.exception())


async def _stop(app: web.Application) -> None:
    log.info("stopping")
    app[STREAMS].send_away()
