from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from aiohttp import web

from stena.store.database import Address, Database
from stena.wall import Wall
from stena.web import errors, language, security
from stena.web.html import Html
from stena.web.keys import HTML, OPENAPI, WALL
from stena.web.routes import add_routes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from stena.config import Settings

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


def create_app(settings: Settings, address: Address) -> web.Application:
    """The wall as an aiohttp application; the only module that knows all the others.

    Args:
        settings: the titles, sizes and languages.
        address: the database, which opens when the application starts and closes when it
            stops.
    """
    app = web.Application(middlewares=[language.remember, errors.refuse], handler_args=LIMITS)
    app[HTML] = Html(
        title=settings.wall.title,
        language=settings.wall.language,
        time_zone=settings.wall.time_zone,
    )
    app[OPENAPI] = json.dumps(yaml.safe_load(OPENAPI_FILE.read_bytes())).encode()
    app.cleanup_ctx.append(_database(address, settings))
    app.on_response_prepare.append(security.seal)
    add_routes(app)
    return app


def _database(
    address: Address, settings: Settings
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncGenerator[None]:
        async with Database.open(address, pool_size=settings.postgres.pool_size) as database:
            app[WALL] = Wall(database)
            yield

    return context
