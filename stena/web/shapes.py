"""The public contract: what a message looks like to a program and to a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aiohttp import web
from linkify_it import LinkifyIt
from markupsafe import Markup
from pydantic_core import to_json

if TYPE_CHECKING:
    from datetime import datetime

    from stena.message import Message, Page


JSON = "application/json; charset=utf-8"


def answer(content: object, status: int = 200) -> web.Response:
    """A response of JSON."""
    return web.Response(body=text(content), status=status, headers={"Content-Type": JSON})


def text(content: object) -> bytes:
    """Compact JSON in UTF-8."""
    return to_json(content)


def page(page: Page) -> dict[str, Any]:
    """JSON of a stretch of the wall; `next` is null at its end."""
    return {"messages": [message(one) for one in page.messages], "next": page.next}


def message(message: Message) -> dict[str, Any]:
    """JSON of a message."""
    return _fields(message)


def _fields(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "text": message.text,
        "name": message.name,
        "created": moment(message.created),
    }


def linked_message(message: Message) -> dict[str, Any]:
    """JSON of a message for a page: with the places of its links, where it has any.

    A place is a pair of positions in characters, so that a script need not know what an
    address is.
    """
    shape = _fields(message)
    if places := [(start, end) for start, end, _ in _found(message.text)]:
        shape["links"] = places
    return shape


def moment(time: datetime) -> str:
    """ISO 8601 in UTC, to the microsecond: 2026-11-22T18:43:12.000000Z."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


@dataclass(frozen=True, slots=True)
class Card:
    """A message as the template _message.html sets it."""

    id: int
    name: str | None
    html: Markup
    created: datetime
    moment: str


def card(message: Message) -> Card:
    return Card(
        id=message.id,
        name=message.name,
        html=linked(message.text),
        created=message.created,
        moment=moment(message.created),
    )


@lru_cache(maxsize=1024)
def linked(text: str) -> Markup:
    """Escaped text in which web addresses have become links."""
    html = Markup()
    position = 0
    for start, end, url in _found(text):
        html += text[position:start]
        html += _LINK.format(url=url, shown=text[start:end])
        position = end
    return html + text[position:]


def _found(text: str) -> list[tuple[int, int, str]]:
    """Start, end and address of each link."""
    if "://" not in text:
        return []
    return [(link.index, link.last_index, link.url) for link in _links.match(text) or []]


def _link_finder() -> LinkifyIt:
    # What lacks a scheme is as often a file name or a missing space as an address.
    finder = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    for scheme in ("ftp:", "mailto:", "//"):
        finder.add(scheme, None)
    return finder


_links = _link_finder()
# `nofollow ugc`: a wall that lends no weight to a link is not worth a spammer's while.
_LINK = Markup('<a href="{url}" rel="nofollow ugc noopener noreferrer">{shown}</a>')
