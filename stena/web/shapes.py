"""The public contract: what a message looks like to a program and to a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic_core import to_json

from stena.message import REACTIONS
from stena.web.formatting import formatted, is_plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from markupsafe import Markup

    from stena.message import Message, Page, Replies


JSON = "application/json; charset=utf-8"


def answer(content: object, status: int = 200) -> web.Response:
    """A response of JSON."""
    return web.Response(body=text(content), status=status, headers={"Content-Type": JSON})


def text(content: object) -> bytes:
    """Compact JSON in UTF-8."""
    return to_json(content)


def page(page: Page | Replies) -> dict[str, Any]:
    """JSON of a stretch of the wall, or of replies; `next` is null at its end."""
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
        "edited": moment(message.edited) if message.edited else None,
        "reply_to": message.reply_to,
        "thread": message.thread,
        "replies": message.replies,
        "reactions": reactions(message),
        "hue": message.hue,
        "deleted": message.gone,
    }


def shown(message: Message) -> dict[str, Any]:
    """JSON of a message for a page: with its HTML, where it is more than its text."""
    shape = _fields(message)
    if not is_plain(message.text):
        shape["html"] = formatted(message.text)
    return shape


def counted(message: Message) -> dict[str, Any]:
    """JSON of what others think of a message."""
    return {"id": message.id, "replies": message.replies, "reactions": reactions(message)}


def taken(message: Message) -> dict[str, Any]:
    """JSON of a message that is not shown any more."""
    return {"id": message.id, "reply_to": message.reply_to}


def reactions(message: Message) -> dict[str, int]:
    """How many of each kind that there are any of."""
    if not any(message.reactions):
        return {}
    pairs = zip(REACTIONS, message.reactions, strict=True)
    return {kind: count for kind, count in pairs if count}


def moment(time: datetime) -> str:
    """ISO 8601 in UTC, to the microsecond: 2026-11-22T18:43:12.000000Z."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


@dataclass(frozen=True, slots=True)
class Card:
    """A message as the template _message.html sets it.

    Attributes:
        html: its text.
        reactions: a pair for each kind.
        replies: those that stand below it, oldest first.
        folded: how many older ones do not.
        felt: the kinds of whoever looks, where it is known who does.
    """

    message: Message
    html: Markup
    moment: str
    reactions: list[tuple[str, int]]
    replies: list[Card]
    folded: int
    felt: AbstractSet[str]


def card(
    message: Message, replies: Sequence[Message] = (), felt: AbstractSet[str] = frozenset()
) -> Card:
    return Card(
        message,
        html=formatted(message.text),
        moment=moment(message.created),
        reactions=list(zip(REACTIONS, message.reactions, strict=True)),
        replies=[card(one) for one in replies],
        folded=message.replies - len(replies),
        felt=felt,
    )


def cards(page: Page) -> list[Card]:
    return [card(one, page.replies.get(one.id, ())) for one in page.messages]
