"""The newest messages for those who read many walls in one place: Atom, and JSON Feed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stena.web import addresses, shapes
from stena.web.formatting import excerpt, formatted
from stena.web.keys import HEAD, HTML

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from stena.message import Message
    from stena.web.head import Built

ATOM = "application/atom+xml; charset=utf-8"
JSON_FEED = "application/feed+json; charset=utf-8"
TITLE_LENGTH = 80
# A feed has to say when it changed last, also where nothing has been written yet.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def atom(request: web.Request) -> web.StreamResponse:
    return await _answer(request, ATOM, _atom)


async def json(request: web.Request) -> web.StreamResponse:
    return await _answer(request, JSON_FEED, _json)


async def _answer(
    request: web.Request,
    content_type: str,
    write: Callable[[web.Request, list[Entry]], str | bytes],
) -> web.StreamResponse:
    site = addresses.site(request)

    def make(built: Built) -> bytes:
        told = [_entry(one, site) for one in built.page.messages if not one.gone]
        written = write(request, told)
        return written.encode() if isinstance(written, str) else written

    return await request.app[HEAD].answer(request, f"{content_type} at {site}", content_type, make)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as a feed tells it; its address is what it is known by."""

    url: str
    title: str
    html: str
    name: str | None
    created: datetime
    updated: datetime


def _entry(message: Message, site: str) -> Entry:
    return Entry(
        url=f"{site}/m/{message.id}",
        title=excerpt(message.text, TITLE_LENGTH),
        # Markup no longer: here it is text that will be read as HTML. Where no style of ours keeps
        # the lines apart, they need something that does.
        html=str(formatted(message.text)).replace("\n", "<br>"),
        name=message.name,
        created=message.created,
        updated=message.edited or message.created,
    )


def _atom(request: web.Request, entries: list[Entry]) -> str:
    html = request.app[HTML]
    text = html.render(
        "feed.xml",
        # Who reads feeds is a program, which has no language: it gets the owner's.
        html.language,
        entries=entries,
        site=addresses.site(request),
        updated=max((entry.updated for entry in entries), default=NEVER),
    )
    return _NO_XML.sub("", text)


def _json(request: web.Request, entries: list[Entry]) -> bytes:
    html, site = request.app[HTML], addresses.site(request)
    owner = html.owner(html.language)
    return shapes.text(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": owner.title,
            "description": owner.introduction,
            "language": html.language,
            "home_page_url": f"{site}/",
            "feed_url": f"{site}/feed.json",
            "items": [_item(entry) for entry in entries],
        }
    )


def _item(entry: Entry) -> dict[str, Any]:
    item = {
        "id": entry.url,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.html,
        "date_published": shapes.moment(entry.created),
        "date_modified": shapes.moment(entry.updated),
    }
    return {**item, "authors": [{"name": entry.name}]} if entry.name else item


# What XML 1.0 has no way to write. A draft with it is refused, but a wall that was taken over, or
# a title, may have it.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
