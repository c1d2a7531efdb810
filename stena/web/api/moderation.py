"""The methods of the API for the team: parse, one call, shape the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stena.decision import Law
from stena.member import Pass
from stena.message import digest
from stena.refusal import Refusal
from stena.wall import FOUND_SIZE
from stena.web.app_keys import BULK, FIGURES, MODERATION, TEAM_STREAMS
from stena.web.headers import PRIVATE
from stena.web.inputs import query as queries
from stena.web.inputs import team, typed
from stena.web.rendering import shapes
from stena.web.wire import rate_limit
from stena.web.wire.look import LOOK
from stena.web.wire.team_streams import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from stena.decision import Action, Decision
    from stena.figure import Layer, Outcome
    from stena.member import Member
    from stena.report import Reported

_BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]{16,128})", re.IGNORECASE)


async def held(request: web.Request) -> web.Response:
    await member_of(request)
    before, limit, state = queries.before(request), queries.limit(request), queries.state(request)
    found = await request.app[MODERATION].held(state, before, limit + 1)
    messages = [
        {
            "message": shapes.message(one.message),
            "state": one.state,
            "resembles_spam": one.resembles_spam,
        }
        for one in found[:limit]
    ]
    last = found[limit - 1].message.id if len(found) > limit else None
    return answer({"messages": messages, "next": last})


async def search(request: web.Request) -> web.Response:
    await member_of(request)
    query = queries.everywhere(request)
    with rate_limit.timed(request[LOOK]):
        found = await request.app[MODERATION].search(query, FOUND_SIZE)
    messages = [
        {"message": shapes.message(one.message), "state": one.state}
        for group in found.groups
        for one in group.shown
    ]
    return answer({"messages": messages, "next": found.next})


async def reported(request: web.Request) -> web.Response:
    await member_of(request)
    before, limit = queries.before(request), queries.limit(request)
    found = await request.app[MODERATION].reported(before, limit + 1)
    messages = [_reported(one) for one in found[:limit]]
    last = found[limit - 1].message.id if len(found) > limit else None
    return answer({"messages": messages, "next": last})


async def approve(request: web.Request) -> web.Response:
    member = await member_of(request)
    sent = await typed.from_json(request, team.TypedDecision)
    decided = await request.app[MODERATION].decide("approve", sent.ids, member.id)
    return answer(_decision(decided))


async def remove(request: web.Request) -> web.Response:
    member = await member_of(request)
    sent = await typed.from_json(request, team.TypedRemoval)
    action: Action = "reject" if sent.spam else "remove"
    is_legal = sent.ground is not None or sent.asked_by is not None
    law = Law.of(sent.ground or "", sent.asked_by or "") if is_legal else None
    decided = await request.app[MODERATION].decide(action, sent.ids, member.id, law=law)
    return answer(_decision(decided))


async def keep(request: web.Request) -> web.Response:
    member = await member_of(request)
    sent = await typed.from_json(request, team.TypedDecision)
    return answer(_decision(await request.app[MODERATION].decide("keep", sent.ids, member.id)))


async def undo(request: web.Request) -> web.Response:
    member = await member_of(request)
    sent = await typed.from_json(request, team.TypedUndo)
    return answer(_decision(await request.app[BULK].undo(sent.decision, member)))


async def log(request: web.Request) -> web.Response:
    await member_of(request)
    before, limit = queries.before(request), queries.limit(request)
    found = await request.app[MODERATION].log(before, limit + 1)
    decisions = [shapes.decision(one) for one in found[:limit]]
    return answer(
        {"decisions": decisions, "next": found[limit - 1].id if len(found) > limit else None}
    )


async def figures(request: web.Request) -> web.Response:
    """What each layer of the defense stopped, and what the team decided of it."""
    await member_of(request)
    days = queries.days(request)
    counts = await request.app[FIGURES].since(days)
    found: dict[Layer, dict[Outcome, int]] = {}
    for (layer, outcome), count in counts.items():
        found.setdefault(layer, {})[outcome] = count
    return answer({"days": days, "figures": found})


async def stream(request: web.Request) -> web.StreamResponse:
    """Say what is decided from now on, and that something else has changed."""
    of = await _pass(request)
    after = queries.last_event(request)
    if after is None:
        newest = await request.app[MODERATION].log(None, 1)
        after = newest[0].id if newest else 0
    return await request.app[TEAM_STREAMS].serve(request, Stream(of, after, _events, b":\n\n"))


async def member_of(request: web.Request) -> Member:
    """The member whose token the request carries.

    Raises:
        Refusal: token_invalid; too_many_posts for a client that guesses.
    """
    token = _token(request)
    member = None if token is None else await request.app[MODERATION].holder(token)
    if member is None:
        rate_limit.post(request[LOOK])
        raise Refusal("token_invalid")
    return member


async def _pass(request: web.Request) -> Pass:
    """The same, as what a stream ends with."""
    member = await member_of(request)
    return Pass(member.id, member.role, token=_token(request))


def _token(request: web.Request) -> bytes | None:
    """The digest of the token that the request carries."""
    given = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    return digest(given[1]) if given else None


def _events(number: int, decisions: Sequence[Decision]) -> bytes:
    decided = [
        b"id: %d\nevent: decided\ndata: %b\n\n" % (one.id, shapes.text(shapes.decision(one)))
        for one in decisions
    ]
    return b"".join(decided) + b"event: changed\ndata: %d\n\n" % number


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
    return {"decision": shapes.decision(decision)}


def answer(content: dict[str, Any]) -> web.Response:
    response = shapes.answer(content)
    response.headers.update(PRIVATE)
    return response
