"""The newest messages for feed readers: Atom and JSON Feed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stena.web.app_keys import HTML, LANGUAGE, PAGE_CACHE
from stena.web.inputs import query
from stena.web.rendering import shapes
from stena.web.rendering.formatting import excerpt, formatted
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from stena.message import Badge, Message
    from stena.web.wire.look import Look
    from stena.web.wire.page_cache import CachedPage

ATOM = "application/atom+xml; charset=utf-8"
JSON_FEED = "application/feed+json; charset=utf-8"
TITLE_LENGTH = 80
# A feed needs the time of its last change, also on an empty wall.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def atom(request: web.Request) -> web.StreamResponse:
    return await _answer(request, ATOM, _atom)


async def json(request: web.Request) -> web.StreamResponse:
    return await _answer(request, JSON_FEED, _json)


async def _answer(
    request: web.Request,
    content_type: str,
    write: Callable[[web.Request, Look, list[Entry], str], bytes],
) -> web.StreamResponse:
    look, thread = request[LOOK], query.thread(request)

    def render(cached: CachedPage) -> bytes:
        shown = [one for one in cached.page.messages if not one.tombstone]
        return write(request, look, [_entry(one, look.home) for one in shown], thread)

    cache, name = request.app[PAGE_CACHE], f"{content_type} {look.site}"
    return await cache.answer(request, look, name, content_type, render, thread)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in a feed, identified by its address."""

    url: str
    title: str
    html: str
    name: str | None
    badge: Badge | None
    created: datetime
    updated: datetime


def _entry(message: Message, home: str) -> Entry:
    return Entry(
        url=f"{home}/m/{message.id}",
        title=excerpt(message.text, TITLE_LENGTH),
        # A string and not Markup, so that the template escapes it. Our style sheet, which keeps
        # line breaks, does not apply in feed readers, so they become elements.
        html=str(formatted(message.text, links=message.links)).replace("\n", "<br>"),
        name=message.name,
        badge=message.badge,
        created=message.created,
        updated=message.edited or message.created,
    )


def _atom(request: web.Request, look: Look, entries: list[Entry], thread: str) -> bytes:
    app = request.app
    text = app[HTML].render(
        "feed.xml",
        # Feed readers are programs without a language, so they get the owner's.
        app[LANGUAGE],
        entries=entries,
        site=look.site,
        thread=thread,
        updated=max((entry.updated for entry in entries), default=NEVER),
    )
    return _NO_XML.sub("", text).encode()


def _json(request: web.Request, look: Look, entries: list[Entry], thread: str) -> bytes:
    language = request.app[LANGUAGE]
    owner = request.app[HTML].owner(language)
    return shapes.text(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": f"{owner.title}: {thread}" if thread else owner.title,
            "description": owner.introduction,
            "language": language,
            "home_page_url": look.site + at(look, "/", thread=thread),
            "feed_url": look.site + at(look, "/feed.json", thread=thread),
            "items": [_item(entry) for entry in entries],
        }
    )


def _item(entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.url,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.html,
        "date_published": shapes.moment(entry.created),
        "date_modified": shapes.moment(entry.updated),
    }
    if entry.name:
        item["authors"] = [{"name": entry.name}]
    if entry.badge:
        # A name is what somebody typed; a tag nobody else can set.
        item["tags"] = [entry.badge]
    return item


# Characters that XML 1.0 cannot represent. A draft with one is refused, but a message from the
# article's database, or a title, may have one.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
