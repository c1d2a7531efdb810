"""The methods of the API for what the team sets beside its decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stena.ban import Terms
from stena.brake import level_of
from stena.decision import Range
from stena.refusal import Refusal
from stena.web.api.moderation import answer, member_of
from stena.web.app_keys import BANS, BLOCKLIST, HIGHLIGHTS, MODERATION, POLICY
from stena.web.inputs import query, team, typed
from stena.web.inputs.rule import TypedRule
from stena.web.rendering import shapes
from stena.web.wire import sources
from stena.web.wire.look import LOOK
from stena.word import Word

if TYPE_CHECKING:
    from aiohttp import web

    from stena.ban import Ban, Preview
    from stena.brake import InForce


async def pin(request: web.Request) -> web.Response:
    member = await member_of(request)
    sent = await typed.from_json(request, team.TypedSwitch)
    decided = await request.app[HIGHLIGHTS].pin(sent.id, member.id, on=sent.on)
    return answer({"decision": shapes.decision(decided)})


async def lock(request: web.Request) -> web.Response:
    member = await member_of(request)
    sent = await typed.from_json(request, team.TypedSwitch)
    decided = await request.app[HIGHLIGHTS].lock(sent.id, member.id, on=sent.on)
    return answer({"decision": shapes.decision(decided)})


async def set_notice(request: web.Request) -> web.Response:
    member = await member_of(request)
    sent = await typed.from_json(request, team.TypedNotice)
    text = await request.app[HIGHLIGHTS].set_notice(sent.thread, sent.text, member.id)
    return answer({"thread": sent.thread, "text": text})


async def set_rule(request: web.Request) -> web.Response:
    member = await member_of(request)
    member.check_is_owner()
    sent = await typed.from_json(request, TypedRule)
    await request.app[POLICY].set_rule(sent.thread, sent.given(), member.id)
    return answer({"thread": sent.thread, **sent.model_dump(exclude_unset=True, by_alias=True)})


async def brake(request: web.Request) -> web.Response:
    await member_of(request)
    return answer({"brake": _brake(await request.app[POLICY].brake())})


async def set_brake(request: web.Request) -> web.Response:
    member = await member_of(request)
    member.check_is_owner()
    sent = await typed.from_json(request, team.TypedBrake)
    await request.app[POLICY].set_brake(level_of(sent.level), sent.minutes, member.id)
    return answer({"brake": _brake(await request.app[POLICY].brake())})


async def bans(request: web.Request) -> web.Response:
    await member_of(request)
    before, limit = query.before(request), query.limit(request)
    found = await request.app[BANS].bans(before, limit + 1)
    last = found[limit - 1].id if len(found) > limit else None
    return answer({"bans": [_ban(one) for one in found[:limit]], "next": last})


async def ban(request: web.Request) -> web.Response:
    """Ban the browser of a message, or where it came from; `dry_run` shows whom that affects."""
    member = await member_of(request)
    sent = await typed.from_json(request, team.TypedBan)
    group, own = Range(sent.id, sent.id), await sources.of(request[LOOK])
    if sent.dry_run:
        return answer(
            {"dry_run": _preview(await request.app[BANS].preview(group, own), sent.target)}
        )
    terms = Terms(sent.days, sent.refuses, sent.target)
    banned = await request.app[BANS].ban(group, terms, member, None if sent.sure else own)
    removed = None
    if sent.spam:
        # A message that is removed already stays so.
        try:
            removed = await request.app[MODERATION].decide("reject", [sent.id], member.id)
        except Refusal as refusal:
            if refusal.code != "decided":
                raise
    return answer(
        {
            "decision": shapes.decision(banned),
            "removed": shapes.decision(removed) if removed else None,
        }
    )


async def lift(request: web.Request) -> web.Response:
    member = await member_of(request)
    sent = await typed.from_json(request, team.TypedLift)
    return answer({"decision": shapes.decision(await request.app[BANS].lift(sent.ban, member))})


async def words(request: web.Request) -> web.Response:
    member = await member_of(request)
    member.check_is_owner()
    return answer({"words": [_word(one) for one in await request.app[BLOCKLIST].words()]})


async def add_word(request: web.Request) -> web.Response:
    """Add an entry; with `dry_run`, only see what it would have stopped."""
    member = await member_of(request)
    member.check_is_owner()
    sent = await typed.from_json(request, team.TypedWord)
    word, service = Word.of(sent.word, refuses=sent.refuses), request.app[BLOCKLIST]
    if not sent.dry_run:
        await service.add(word, member.id)
        return answer({"word": _word(word)})
    tried = await service.try_out(word)
    newest = [{"id": number, "text": text} for number, text in tried.newest]
    found = {"stopped": tried.stopped, "of": tried.of, "newest": newest}
    return answer({"word": _word(word), "dry_run": found})


async def remove_word(request: web.Request) -> web.Response:
    member = await member_of(request)
    member.check_is_owner()
    sent = await typed.from_json(request, team.TypedWord)
    word = Word.of(sent.word, refuses=False)
    await request.app[BLOCKLIST].remove(word.text, member.id)
    return answer({"removed": word.text})


def _ban(one: Ban) -> dict[str, Any]:
    return {
        "id": one.id,
        "target": one.target,
        "since": shapes.moment(one.since),
        "until": shapes.moment(one.until),
        "refuses": one.refuses,
        "message": one.message,
    }


def _preview(preview: Preview | None, target: str) -> dict[str, Any]:
    """Whom a ban would affect, as JSON.

    Raises:
        Refusal: no_address.
    """
    if preview is None:
        raise Refusal("no_address", "id")
    reach = next((one for one in preview.reaches if one.target == target), None)
    if reach is None:
        raise Refusal("bad_target", "target")
    return {
        "since": f"{preview.since}",
        "messages": reach.messages,
        "browsers": reach.browsers,
        "known": reach.known,
        "newest": [{"id": number, "text": text} for number, text in reach.newest],
        "is_own": reach.is_own,
        "is_everyone": preview.is_everyone,
    }


def _brake(one: InForce) -> dict[str, Any]:
    return {
        "level": one.level,
        "since": one.since and shapes.moment(one.since),
        "until": one.until and shapes.moment(one.until),
        "reason": one.reason,
        "newcomers": one.newcomers,
        "usual": one.usual,
        "closed": list(one.closed),
    }


def _word(one: Word) -> dict[str, Any]:
    return {"word": one.text, "refuses": one.refuses}
