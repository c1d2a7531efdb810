from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.web import (
    api,
    assets,
    embed,
    feeds,
    hall,
    health,
    pages,
    reference,
    robots,
    search,
    writing,
)
from stena.web.errors import expect

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


def add_routes(app: web.Application) -> None:
    app.add_routes(
        [
            get("/", pages.wall),
            get("/live", hall.wall),
            get("/m/{id:[0-9]+}", pages.message),
            get("/m/{id:[0-9]+}/edit", writing.edit_form),
            get("/edit/{id:[0-9]+}/{key:[A-Za-z0-9_-]{16,128}}", writing.edit_form),
            post("/messages", writing.post),
            post("/m/{id:[0-9]+}/edit", writing.edit),
            post("/m/{id:[0-9]+}/delete", writing.take_down),
            post("/m/{id:[0-9]+}/reactions", writing.react),
            # The same on another site's page.
            get("/embed.js", embed.script),
            get("/embed", pages.wall),
            get("/embed/m/{id:[0-9]+}", pages.message),
            get("/embed/m/{id:[0-9]+}/edit", writing.edit_form),
            post("/embed/messages", writing.post),
            post("/embed/m/{id:[0-9]+}/edit", writing.edit),
            post("/embed/m/{id:[0-9]+}/delete", writing.take_down),
            post("/embed/m/{id:[0-9]+}/reactions", writing.react),
            get("/search", search.page),
            get("/api", reference.reference),
            get("/api/messages.list", api.list_messages),
            get("/api/messages.get", api.get_message),
            post("/api/messages.create", api.create_message),
            get("/api/messages.replies", api.list_replies),
            post("/api/messages.edit", api.edit_message),
            post("/api/messages.delete", api.delete_message),
            post("/api/messages.react", api.react),
            get("/api/messages.search", search.answer),
            get("/api/messages.stream", api.stream),
            get("/api/openapi.json", api.openapi),
            get("/healthz", health.alive),
            get("/readyz", health.ready),
            get("/feed.atom", feeds.atom),
            get("/feed.json", feeds.json),
            get("/robots.txt", robots.robots),
            get("/sitemap.xml", robots.sitemaps),
            get("/sitemap-{number:[1-9][0-9]{0,11}}.xml", robots.sitemap),
            get("/static/{name}", assets.file),
        ]
    )


def get(path: str, view: Handler) -> web.RouteDef:
    """Answers HEAD as well."""
    return web.get(path, view, expect_handler=expect)


def post(path: str, view: Handler) -> web.RouteDef:
    return web.post(path, view, expect_handler=expect)
