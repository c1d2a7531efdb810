from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from stena.feed import Feed
from stena.wall import Wall
from stena.web.flood import Flood
from stena.web.head import Head
from stena.web.html import Html
from stena.web.methods import Reference
from stena.web.stream import Streams

FEED = web.AppKey("feed", Feed)
WALL = web.AppKey("wall", Wall)
HEAD = web.AppKey("head", Head)
STREAMS = web.AppKey("streams", Streams)
FLOOD = web.AppKey("flood", Flood)
HTML = web.AppKey("html", Html)
OPENAPI = web.AppKey("openapi", bytes)
REFERENCE = web.AppKey("reference", Reference)
# What the nonces of pages are made with.
SECRET = web.AppKey("secret", bytes)
# How long whoever left a message may change it.
WINDOW = web.AppKey("window", timedelta)
# Whether the page of an error shows the lines of the program.
DEBUG = web.AppKey("debug", bool)
