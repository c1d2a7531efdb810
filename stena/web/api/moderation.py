"""The methods of the API for the team: parse, one call, shape the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stena.message import digest
from stena.refusal import Refusal
from stena.web.app_keys import MODERATION
from stena.web.headers import PRIVATE
from stena.web.inputs import query, typed
from stena.web.rendering import shapes
from stena.web.wire import rate_limit
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp import web

    from stena.decision import Action, Decision
    from stena.member import Member
    from stena.report import Reported

_BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]{16,128})", re.IGNORECASE)


async def held(request: web.Request) -> web.Response:
    await _member(request)
    before, limit, state = query.before(request), query.limit(request), query.state(request)
    found = await request.app[MODERATION].held(state, before, limit + 1)
    messages = [
        {"message": shapes.message(one.message), "state": one.state} for one in found[:limit]
    ]
    last = found[limit - 1].message.id if len(found) > limit else None
    return _answer({"messages": messages, "next": last})


async def reported(request: web.Request) -> web.Response:
    await _member(request)
    before, limit = query.before(request), query.limit(request)
    found = await request.app[MODERATION].reported(before, limit + 1)
    messages = [_reported(one) for one in found[:limit]]
    last = found[limit - 1].message.id if len(found) > limit else None
    return _answer({"messages": messages, "next": last})


async def approve(request: web.Request) -> web.Response:
    member = await _member(request)
    sent = await typed.from_json(request, typed.TypedDecision)
    decided = await request.app[MODERATION].decide("approve", sent.ids, member.id)
    return _answer(_decision(decided))


async def remove(request: web.Request) -> web.Response:
    member = await _member(request)
    sent = await typed.from_json(request, typed.TypedDecision)
    action: Action = "reject" if sent.spam else "remove"
    return _answer(_decision(await request.app[MODERATION].decide(action, sent.ids, member.id)))


async def keep(request: web.Request) -> web.Response:
    member = await _member(request)
    sent = await typed.from_json(request, typed.TypedDecision)
    return _answer(_decision(await request.app[MODERATION].decide("keep", sent.ids, member.id)))


async def undo(request: web.Request) -> web.Response:
    await _member(request)
    sent = await typed.from_json(request, typed.TypedUndo)
    return _answer(_decision(await request.app[MODERATION].undo(sent.decision)))


async def log(request: web.Request) -> web.Response:
    await _member(request)
    before, limit = query.before(request), query.limit(request)
    found = await request.app[MODERATION].log(before, limit + 1)
    decisions = [_fields(one) for one in found[:limit]]
    return _answer(
        {"decisions": decisions, "next": found[limit - 1].id if len(found) > limit else None}
    )


async def set_rule(request: web.Request) -> web.Response:
    member = await _member(request)
    member.check_is_owner()
    sent = await typed.from_json(request, typed.TypedRule)
    await request.app[MODERATION].set_mode(sent.thread, sent.mode)
    if sent.reports is not None:
        await request.app[MODERATION].set_reports(sent.thread, sent.reports)
    return _answer(sent.model_dump(exclude_none=True))


async def _member(request: web.Request) -> Member:
    """The member whose token the request carries.

    Raises:
        Refusal: token_invalid; too_many_posts for a client that guesses.
    """
    given = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    member = given and await request.app[MODERATION].holder(digest(given[1]))
    if member is None:
        rate_limit.post(request[LOOK])
        raise Refusal("token_invalid")
    return member


def _reported(one: Reported) -> dict[str, Any]:
    reports = {
        "count": one.count,
        "weight": one.weight,
        "urgent": one.urgent,
        "reasons": one.reasons,
        "words": one.words,
    }
    return {"message": shapes.message(one.message), "state": one.state, "reports": reports}


def _decision(decision: Decision) -> dict[str, Any]:
    return {"decision": _fields(decision)}


def _fields(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "action": decision.action,
        "made": shapes.moment(decision.made),
        "messages": list(decision.messages),
        "undone": shapes.moment(decision.undone) if decision.undone else None,
    }


def _answer(content: dict[str, Any]) -> web.Response:
    response = shapes.answer(content)
    response.headers.update(PRIVATE)
    return response
