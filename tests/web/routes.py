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
        "GET /feed.atom": [Question(f"/feed.atom{query}") for query in ("", "?thread=news")],
        "GET /feed.json": [Question(f"/feed.json{query}") for query in ("", "?thread=news")],
        "GET /api/messages.count": [Question("/api/messages.count?threads=,news")],
        "GET /sitemap.xml": [Question("/sitemap.xml")],
        "GET /sitemap-{number}.xml": [
            Question(f"/sitemap-{number}.xml") for number in (1, -(-after // 10_000))
        ],
        "GET /robots.txt": [Question("/robots.txt")],
        "GET /privacy": [Question("/privacy"), Question("/privacy?lang=ru")],
        "GET /api": [Question("/api")],
        "GET /api/openapi.json": [Question("/api/openapi.json")],
        "GET /embed.js": [Question("/embed.js")],
        "GET /metrics": [Question("/metrics")],
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
        "GET /owner/alerts": [Question("/owner/alerts")],
        "POST /owner/alerts/{channel}/test": [Question("/owner/alerts/mail/test", {})],
        "GET /owner/figures": [Question("/owner/figures?days=1")],
        "GET /owner/stream": [Question("/owner/stream")],
        "GET /owner/search": [Question(f"/owner/search?q={word}") for word in words],
        "GET /api/moderation.search": [
            Question(f"/api/moderation.search?q={word}") for word in words
        ],
        "GET /owner/{list}/law": [Question("/owner/wall/law?oldest=1&newest=9")],
        "POST /owner/{list}/law": [
            Question("/owner/wall/law?oldest=1&newest=9", {"ground": "Mine", "asked_by": "Me"})
        ],
        "GET /owner/erasures/{id}": [Question("/owner/erasures/1")],
        "GET /mine": [Question("/mine")],
        "POST /mine": [Question("/mine", {"sure": "no"})],
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
        "POST /owner/brake": [Question("/owner/brake", {"level": "0", "minutes": "60"})],
        "GET /owner/notices": [Question("/owner/notices")],
        "POST /owner/notices": [Question("/owner/notices", {"text": "Mine"})],
        "POST /owner/{list}/ban": [
            Question("/owner/waiting/ban", {"days": "1", "oldest": "1", "newest": "9"})
        ],
        "GET /owner/{list}/ban": [Question("/owner/waiting/ban?oldest=1&newest=9")],
        "GET /owner/bans": [Question("/owner/bans")],
        "POST /owner/bans/{id}/lift": [Question("/owner/bans/1/lift", {})],
        "GET /owner/words": [Question(f"/owner/words?message={after - 1}")],
        "POST /owner/words": [Question("/owner/words", {"word": "a*"})],
        "POST /owner/words/try": [Question("/owner/words/try", {"word": "a*"})],
        "POST /owner/words/remove": [Question("/owner/words/remove", {"word": "a*"})],
        "POST /owner/sign-in": [Question("/owner/sign-in", {"code": "made up"})],
        "GET /owner/devices": [Question("/owner/devices")],
        "POST /owner/devices/code": [Question("/owner/devices/code", {})],
        "POST /owner/devices/others/sign-out": [Question("/owner/devices/others/sign-out", {})],
        "POST /owner/devices/{id}/sign-out": [Question("/owner/devices/1/sign-out", {})],
        "GET /owner/passkeys": [Question("/owner/passkeys")],
        "POST /owner/passkeys": [Question("/owner/passkeys", {"passkey": "{}", "name": "Me"})],
        "POST /owner/passkeys/options": [Question("/owner/passkeys/options", {})],
        "POST /owner/passkeys/sign-in": [Question("/owner/passkeys/sign-in", {"passkey": "{}"})],
        "POST /owner/passkeys/sign-in/options": [Question("/owner/passkeys/sign-in/options", {})],
        "POST /owner/passkeys/{id}/remove": [Question("/owner/passkeys/1/remove", {})],
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
        "GET /api/moderation.stream": [Question("/api/moderation.stream")],
        "GET /api/moderation.figures": [Question("/api/moderation.figures")],
        "GET /api/moderation.log": [Question("/api/moderation.log")],
        "POST /api/moderation.undo": [Question("/api/moderation.undo", json={"decision": 1})],
        "POST /api/moderation.notice": [Question("/api/moderation.notice", json={"text": "Mine"})],
        "POST /api/moderation.rule": [Question("/api/moderation.rule", json={"mode": "open"})],
        "GET /api/moderation.bans": [Question("/api/moderation.bans")],
        "GET /api/moderation.brake": [Question("/api/moderation.brake")],
        "POST /api/moderation.brake": [Question("/api/moderation.brake", json={"level": 0})],
        "POST /api/moderation.lift": [Question("/api/moderation.lift", json={"ban": 1})],
        "GET /api/moderation.words": [Question("/api/moderation.words")],
        "POST /api/moderation.add_word": [
            Question("/api/moderation.add_word", json={"word": "a*", "dry_run": True})
        ],
        "POST /api/moderation.remove_word": [
            Question("/api/moderation.remove_word", json={"word": "a*"})
        ],
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
        "GET /owner/erase/{id}": [Question(f"/owner/erase/{number}")],
        "POST /owner/erase/{id}": [Question(f"/owner/erase/{number}", {"sure": "yes"})],
        "POST /api/moderation.pin": [Question("/api/moderation.pin", json={"id": number})],
        "POST /api/moderation.lock": [Question("/api/moderation.lock", json={"id": number})],
        "POST /api/moderation.ban": [
            Question("/api/moderation.ban", json={"id": number, "days": 1})
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
