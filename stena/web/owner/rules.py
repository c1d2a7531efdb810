"""The rules of the main wall and of threads: who may post, when and how often, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from stena.brake import LONGEST_MINUTES, RELEASED_MINUTES
from stena.refusal import Refusal
from stena.rule import MODES, REPORTS, Rule
from stena.thread import slug
from stena.web.app_keys import POLICY
from stena.web.inputs import query, rule
from stena.web.owner import refused
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stena.member import Session
    from stena.web.explained import Explained

RULES = f"{OWNER}/rules"
# The refusals that the page says itself.
SAID = {"thread_invalid", "bad_mode", "bad_hours", "bad_time_zone", "bad_links", "bad_number"}
# What the form shows for hours before there are any.
DAY = {"from": "08:00", "to": "22:00"}


async def rules(request: web.Request) -> web.Response:
    """The page of the main wall, with the list of the threads; with `thread`, that of one."""
    session = await sessions.required(request)
    return await _page(request, session, query.thread(request))


async def set_main(request: web.Request) -> web.Response:
    """Set rules of the main wall, and of all threads without rules of their own."""
    session, sent = await sessions.acting_as_owner(request)
    return await _set(request, session, "", sent)


async def set_thread(request: web.Request) -> web.Response:
    session, sent = await sessions.acting_as_owner(request)
    try:
        thread = _thread(sent)
    except Refusal as refusal:
        # The form of the main wall is on this page too, and shows what holds there.
        typed = {"thread": sent.get("thread", "")}
        return await refused.again(
            request, refusal, SAID, lambda said: _page(request, session, "", typed, said)
        )
    return await _set(request, session, thread, sent)


async def remove(request: web.Request) -> web.Response:
    session, sent = await sessions.acting_as_owner(request)
    await request.app[POLICY].remove_rule(_thread(sent), session.member.id)
    raise web.HTTPSeeOther(at(request[LOOK], RULES))


async def _set(
    request: web.Request, session: Session, thread: str, sent: Mapping[str, str]
) -> web.Response:
    try:
        await request.app[POLICY].set_rule(thread, rule.from_form(sent), session.member.id)
    except Refusal as refusal:
        return await refused.again(
            request, refusal, SAID, lambda said: _page(request, session, thread, sent, said)
        )
    raise web.HTTPSeeOther(at(request[LOOK], RULES, thread=thread if "outside" in sent else ""))


def _thread(sent: Mapping[str, str]) -> str:
    # An empty name is the main wall, which has a form of its own.
    thread = slug(sent.get("thread", "").strip())
    if not thread:
        raise Refusal("thread_invalid", "thread")
    return thread


async def _page(
    request: web.Request,
    session: Session,
    thread: str,
    sent: Mapping[str, str] | None = None,
    explained: Explained | None = None,
) -> web.Response:
    """The rules of one wall.

    Args:
        request: for this page.
        session: of the member who looks.
        thread: the wall, empty for the main wall.
        sent: the fields of a form that was refused.
        explained: why it was.
    """
    look = request[LOOK]
    main, *others = await request.app[POLICY].rules()
    shown = main
    if thread:
        shown = await request.app[POLICY].rule(thread) or Rule(thread, main.mode)
    text = pages.render(
        request,
        look,
        "owner/rules.html",
        explained=explained,
        fields={**_fields(shown), **(sent or {})},
        longest_minutes=LONGEST_MINUTES,
        modes=MODES,
        most=rule.MOST,
        others=[] if thread else others,
        released_minutes=RELEASED_MINUTES,
        query={"thread": thread} if thread else {},
        rule=shown,
        session=session,
        thread=thread,
    )
    return pages.respond(look, text, explained.status if explained else 200)


def _fields(shown: Rule) -> dict[str, str]:
    """What the form shows: an empty field holds as on the main wall."""
    hours = shown.hours
    fields = {
        "thread": "",
        "mode": shown.mode,
        "outside": "",
        **DAY,
        "time_zone": shown.time_zone or "",
        "links": shown.links or ("" if shown.thread else "plain"),
    }
    if hours and hours.all_day:
        fields["outside"] = rule.ALL_DAY
    elif hours:
        fields |= {
            "outside": hours.outside,
            "from": f"{hours.start:%H:%M}",
            "to": f"{hours.end:%H:%M}",
        }
    numbers = {name: getattr(shown, name) for name in rule.MOST}
    if not shown.thread and numbers["reports"] is None:
        numbers["reports"] = REPORTS
    return fields | {name: "" if value is None else f"{value}" for name, value in numbers.items()}
