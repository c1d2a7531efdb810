from __future__ import annotations

from aiohttp import web

from stena.wall import Wall
from stena.web.html import Html

WALL = web.AppKey("wall", Wall)
HTML = web.AppKey("html", Html)
OPENAPI = web.AppKey("openapi", bytes)
LANGUAGE = web.RequestKey("language", str)
