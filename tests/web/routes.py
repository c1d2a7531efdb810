"""How a stranger asks each route of the wall.

A new route goes into one of these tables. The routes of the team are in them too: a stranger may
ask, and has to get nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tests.web.calls import OTHERS_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Question(NamedTuple):
    """A request for a route.

    Attributes:
        path: with the query.
        form: the fields of a form, if one is sent.
        json: the body of a call of the API, if one is sent.
    """

    path: str
    form: Mapping[str, str] | None = None
    json: Mapping[str, Any] | None = None


# The questions by method and path, as stena/web/routes.py has them.
Questions: TypeAlias = dict[str, list[Question]]

SENT = {"text": "Mine", "name": "Me", "key": OTHERS_KEY, "nonce": "nonce-of-a-stranger"}


def about_all(words: Sequence[str], after: int) -> Questions:
    """Questions about what is shown to everyone.

    Args:
        words: for which to search.
        after: an id that no message has yet.
    """
    threads = ("", "&thread=news")
    searches = [
        f"?q={word}&order={order}{thread}"
        for word in words
        for order in ("newest", "relevance")
        for thread in threads
    ]
    pages = ["", "?lang=ru", "?thread=news", f"?before={after}", f"?before={after}&thread=news"]
    lists = ["", "?limit=100", *pages[2:]]
    return {
        "GET /": [Question(f"/{query}") for query in pages],
        "GET /embed": [Question(f"/embed{query}") for query in pages],
        "GET /live": [Question(f"/live{query}") for query in pages[:3]],
        "GET /search": [Question(f"/search{query}") for query in ("", *searches)],
        "GET /api/messages.list": [Question(f"/api/messages.list{query}") for query in lists],
        "GET /api/messages.search": [
            Question(f"/api/messages.search{query}") for query in searches
        ],
        "GET /feed.atom": [Question("/feed.atom")],
        "GET /feed.json": [Question("/feed.json")],
        "GET /sitemap.xml": [Question("/sitemap.xml")],
        "GET /sitemap-{number}.xml": [
            Question(f"/sitemap-{number}.xml") for number in (1, -(-after // 10_000))
        ],
        "GET /robots.txt": [Question("/robots.txt")],
        "GET /api": [Question("/api")],
        "GET /api/openapi.json": [Question("/api/openapi.json")],
        "GET /embed.js": [Question("/embed.js")],
        "GET /healthz": [Question("/healthz")],
        "GET /readyz": [Question("/readyz")],
        "GET /static/{name}": [Question("/static/live.js")],
        # Refused, so the wall is shown below the form.
        "POST /messages": [
            Question("/messages", {**SENT, "text": "", "thread": thread}) for thread in ("", "news")
        ],
        "POST /embed/messages": [Question("/embed/messages", {**SENT, "text": ""})],
        "POST /api/messages.create": [Question("/api/messages.create", json={"text": ""})],
        "GET /owner": [Question("/owner")],
        "GET /owner/wall": [Question("/owner/wall")],
        "GET /owner/removed": [Question("/owner/removed")],
        "GET /owner/reported": [Question("/owner/reported")],
        "GET /owner/log": [Question("/owner/log")],
        "POST /owner/{list}/decide": [
            Question(f"/owner/{name}/decide", {"action": "approve", "oldest": "1", "newest": "9"})
            for name in ("waiting", "wall", "removed")
        ],
        "POST /owner/{list}/undo": [Question("/owner/log/undo", {"decision": "1"})],
        "GET /owner/rules": [Question("/owner/rules")],
        "POST /owner/rules": [Question("/owner/rules", {"mode": "open"})],
        "POST /owner/rules/threads": [
            Question("/owner/rules/threads", {"thread": "news", "mode": "open"})
        ],
        "POST /owner/rules/threads/remove": [
            Question("/owner/rules/threads/remove", {"thread": "news"})
        ],
        "POST /owner/sign-in": [Question("/owner/sign-in", {"code": "made up"})],
        "GET /owner/devices": [Question("/owner/devices")],
        "POST /owner/devices/code": [Question("/owner/devices/code", {})],
        "POST /owner/devices/others/sign-out": [Question("/owner/devices/others/sign-out", {})],
        "POST /owner/devices/{id}/sign-out": [Question("/owner/devices/1/sign-out", {})],
        "GET /owner/team": [Question("/owner/team")],
        "POST /owner/team/code": [Question("/owner/team/code", {"name": "Me", "role": "owner"})],
        "POST /owner/team/{id}/role": [Question("/owner/team/1/role", {"role": "owner"})],
        "POST /owner/team/{id}/leave": [Question("/owner/team/1/leave", {})],
        "GET /owner/programs": [Question("/owner/programs")],
        "POST /owner/programs/token": [Question("/owner/programs/token", {"name": "Me"})],
        "POST /owner/programs/{id}/revoke": [Question("/owner/programs/1/revoke", {})],
        "GET /api/moderation.list": [
            Question(f"/api/moderation.list?state={state}") for state in ("waiting", "removed")
        ],
        "GET /api/moderation.reported": [Question("/api/moderation.reported")],
        "GET /api/moderation.log": [Question("/api/moderation.log")],
        "POST /api/moderation.undo": [Question("/api/moderation.undo", json={"decision": 1})],
        "POST /api/moderation.rule": [Question("/api/moderation.rule", json={"mode": "open"})],
        "* /{path}": [Question("/no-such-page")],
    }


def about_one(number: int) -> Questions:
    """Questions about the message with this id."""
    target = {"id": number, "key": OTHERS_KEY}
    none = {"kind": "none"}
    reply = {**SENT, "text": "", "reply_to": str(number)}
    return {
        "GET /m/{id}": [Question(f"/m/{number}{query}") for query in ("", "?lang=ru", "?after=1")],
        "GET /m/{id}/edit": [Question(f"/m/{number}/edit")],
        "GET /edit/{id}": [Question(f"/edit/{number}")],
        "POST /edit/{id}": [Question(f"/edit/{number}", {"key": OTHERS_KEY})],
        "POST /m/{id}/edit": [Question(f"/m/{number}/edit", SENT)],
        "POST /m/{id}/delete": [Question(f"/m/{number}/delete", {"key": OTHERS_KEY})],
        "POST /m/{id}/reactions": [Question(f"/m/{number}/reactions", none)],
        "GET /m/{id}/report": [Question(f"/m/{number}/report")],
        "POST /m/{id}/report": [Question(f"/m/{number}/report", {"reason": "none"})],
        "GET /embed/m/{id}/report": [Question(f"/embed/m/{number}/report")],
        "POST /embed/m/{id}/report": [Question(f"/embed/m/{number}/report", {"reason": "none"})],
        "GET /embed/m/{id}": [Question(f"/embed/m/{number}")],
        "GET /embed/m/{id}/edit": [Question(f"/embed/m/{number}/edit")],
        "POST /embed/m/{id}/edit": [Question(f"/embed/m/{number}/edit", SENT)],
        "POST /embed/m/{id}/delete": [Question(f"/embed/m/{number}/delete", {"key": OTHERS_KEY})],
        "POST /embed/m/{id}/reactions": [Question(f"/embed/m/{number}/reactions", none)],
        "POST /messages": [Question("/messages", reply)],
        "POST /embed/messages": [Question("/embed/messages", reply)],
        "GET /api/messages.get": [Question(f"/api/messages.get?id={number}")],
        "GET /api/messages.replies": [
            Question(f"/api/messages.replies?id={number}{query}") for query in ("", "&after=1")
        ],
        "POST /api/messages.edit": [Question("/api/messages.edit", json={**target, **SENT})],
        "POST /api/messages.delete": [Question("/api/messages.delete", json=target)],
        "POST /api/messages.react": [Question("/api/messages.react", json={**target, **none})],
        "POST /api/messages.report": [
            Question("/api/messages.report", json={"id": number, "reason": "none"})
        ],
        "POST /api/moderation.keep": [Question("/api/moderation.keep", json={"ids": [number]})],
        "POST /api/moderation.approve": [
            Question("/api/moderation.approve", json={"ids": [number]})
        ],
        "POST /api/moderation.remove": [Question("/api/moderation.remove", json={"ids": [number]})],
    }


def about_hidden(number: int) -> Questions:
    """Questions that would change a message if it were shown."""
    return {
        "POST /m/{id}/reactions": [Question(f"/m/{number}/reactions", {"kind": "love"})],
        "POST /embed/m/{id}/reactions": [
            Question(f"/embed/m/{number}/reactions", {"kind": "love"})
        ],
        "POST /api/messages.react": [
            Question("/api/messages.react", json={"id": number, "key": OTHERS_KEY, "kind": "love"})
        ],
        "POST /m/{id}/report": [Question(f"/m/{number}/report", {"reason": "spam"})],
        "POST /embed/m/{id}/report": [Question(f"/embed/m/{number}/report", {"reason": "spam"})],
        "POST /api/messages.report": [
            Question("/api/messages.report", json={"id": number, "reason": "spam"})
        ],
        "POST /api/messages.create": [
            Question("/api/messages.create", json={"text": "Mine", "reply_to": number})
        ],
        "POST /messages": [Question("/messages", {**SENT, "reply_to": str(number)})],
        "POST /embed/messages": [Question("/embed/messages", {**SENT, "reply_to": str(number)})],
    }


# A stream does not end, so it is not asked like the others.
STREAM = "GET /api/messages.stream"
