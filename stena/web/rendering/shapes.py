"""The public contract: a message as JSON, and as a card of the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic_core import to_json

from stena.message import REACTIONS
from stena.web.headers import JSON
from stena.web.rendering.clamp import clamped
from stena.web.rendering.formatting import formatted, is_plain, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from markupsafe import Markup

    from stena.change import Posted
    from stena.decision import Decision
    from stena.message import Message, Page, Replies, State


def answer(content: object, status: int = 200) -> web.Response:
    """A response of JSON."""
    return web.Response(body=text(content), status=status, headers={"Content-Type": JSON})


def text(content: object) -> bytes:
    """Compact JSON in UTF-8."""
    return to_json(content)


def whole(message: Message) -> bytes:
    """The body of an answer that is one message."""
    return text({"message": _fields(message)})


def waiting(posted: Posted) -> bytes:
    """The body of an answer to a post that waits for the owner.

    It names a link, which its author can leave out. A word of the list and a ban are the team's.
    """
    why = "link" if posted.waits_for_link else "approval"
    return text({"message": _fields(posted.message), "state": "waiting", "why": why})


def gone(message: Message, state: State) -> bytes:
    """The body of an answer to a post that is repeated after its message was removed or deleted."""
    return text({"message": _fields(message), "state": state})


def page(page: Page | Replies) -> dict[str, Any]:
    """JSON of a page of messages or replies; `next` is null on the last one."""
    return {"messages": [message(one) for one in page.messages], "next": page.next}


def newest_page(newest: Page) -> dict[str, Any]:
    """JSON of the newest page, with what stands above its messages."""
    pinned = [message(one) for one in newest.pinned]
    return {**page(newest), "pinned": pinned, "notice": newest.notice}


def notice(text: str) -> dict[str, str]:
    """JSON of a notice for our pages: with its HTML, if that is more than the text."""
    return {"text": text} if is_plain(text) else {"text": text, "html": formatted(text)}


def message(message: Message) -> dict[str, Any]:
    """JSON of a message."""
    return _fields(message)


def _fields(message: Message) -> dict[str, Any]:
    shape = {
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
        "deleted": message.tombstone == "deleted",
        "removed": message.tombstone in {"removed", "waiting"},
        "badge": message.badge,
        "pinned": message.pinned,
        "locked": message.locked,
    }
    if not message.links:
        shape["links"] = "plain"
    return shape


def shown(message: Message) -> dict[str, Any]:
    """JSON of a message for our pages: with its HTML, if that is more than the text."""
    shape = _fields(message)
    if not is_plain(message.text, links=message.links):
        shape["html"] = formatted(message.text, links=message.links)
    if long := clamped(message.text):
        shape["long"] = long
    return shape


def counted(message: Message) -> dict[str, Any]:
    """JSON of the counters of a message."""
    return {"id": message.id, "replies": message.replies, "reactions": reactions(message)}


def removal(message: Message) -> dict[str, Any]:
    """JSON of a message that was deleted or removed."""
    return {"id": message.id, "reply_to": message.reply_to}


def decision(decision: Decision) -> dict[str, Any]:
    """JSON of a decision."""
    return {
        "id": decision.id,
        "action": decision.action,
        "made": moment(decision.made),
        "messages": list(decision.messages),
        "subject": decision.subject,
        "undone": moment(decision.undone) if decision.undone else None,
        "part_of": decision.first,
        "ground": decision.ground,
        "asked_by": decision.asked_by,
    }


def reactions(message: Message) -> dict[str, int]:
    """The number of each kind, without the kinds that there are none of."""
    if not any(message.reactions):
        return {}
    pairs = zip(REACTIONS, message.reactions, strict=True)
    return {kind: count for kind, count in pairs if count}


def moment(time: datetime) -> str:
    """ISO 8601 in UTC, to the microsecond: 2026-11-22T18:43:12.000000Z."""
    # The driver's are in UTC already.
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


@dataclass(frozen=True, slots=True)
class Card:
    """A message as the template _message.html renders it.

    Attributes:
        html: its text.
        long: on which screens only its first lines are shown; empty for none.
        reactions: each kind with its number.
        replies: the replies shown below it, oldest first.
        folded: the number of older replies, which are not shown.
        pressed: the kinds of the visitor's own reactions; empty on a page that visitors share.
    """

    message: Message
    html: Markup
    long: str
    moment: str
    reactions: list[tuple[str, int]]
    replies: list[Card]
    folded: int
    pressed: AbstractSet[str]


async def prepare_cards(page: Page) -> None:
    """Format the texts of a page off the event loop, before its cards are rendered.

    Raises:
        Refusal: busy.
    """
    some = (page.pinned, page.messages, *page.replies.values())
    texts = ((one.text, one.links) for of in some for one in of)
    await prepare(((page.notice, True), *texts))


async def prepare_messages(messages: Iterable[Message], *, patient: bool = False) -> None:
    """The same for some messages; as formatting.prepare."""
    await prepare(((one.text, one.links) for one in messages), patient=patient)


def card(
    message: Message, replies: Sequence[Message] = (), pressed: AbstractSet[str] = frozenset()
) -> Card:
    return Card(
        message,
        html=formatted(message.text, links=message.links),
        long=clamped(message.text),
        moment=moment(message.created),
        reactions=list(zip(REACTIONS, message.reactions, strict=True)),
        replies=[card(one) for one in replies],
        folded=message.replies - len(replies),
        pressed=pressed,
    )


def pinned(page: Page) -> list[Card]:
    """The cards above the others."""
    return [card(one, page.replies.get(one.id, ())) for one in page.pinned]


def cards(page: Page) -> list[Card]:
    """The cards of a page, without those that stand above the others."""
    above = {one.id for one in page.pinned}
    return [card(one, page.replies.get(one.id, ())) for one in page.messages if one.id not in above]
