"""The desk: the messages of each state in groups, and decisions about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from stena.ban import DAYS
from stena.brake import RELEASED_MINUTES
from stena.decision import Range, Seen
from stena.refusal import Refusal
from stena.search import Query
from stena.wall import FOUND_SIZE
from stena.web.app_keys import ALERTS, BULK, HIGHLIGHTS, MODERATION, POLICY
from stena.web.inputs.numbers import LAST_ID, in_query, whole
from stena.web.owner import highlights, log, refused, sign_in
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.rendering.formatting import prepare, unlinked
from stena.web.wire import member, rate_limit
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stena.decision import Action, Decision, Entry, Groups
    from stena.member import Session
    from stena.message import State
    from stena.web.explained import Explained
    from stena.web.wire.look import Look

# The state of the messages in each list but that of the reported ones; the address of each list.
STATES: dict[str, State] = {"waiting": "waiting", "wall": "visible", "removed": "removed"}
PATHS = {
    "waiting": OWNER,
    "reported": f"{OWNER}/reported",
    "wall": f"{OWNER}/wall",
    "removed": f"{OWNER}/removed",
    "search": f"{OWNER}/search",
    "log": log.LOG,
}
# Where each card is one message.
ONE_BY_ONE = {"reported", "search"}
ACTIONS: set[Action] = {"approve", "remove", "reject", "restore", "keep"}


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the desk, to which a decision leads back.

    Attributes:
        name: of the list, one of PATHS.
        before: the id below which the page begins, None for its first page.
        within: the group whose messages it shows one by one, None for all groups.
        q: what is searched, as it was typed; empty but for the search.
    """

    name: str
    before: int | None
    within: Range | None
    q: str = ""

    @property
    def query(self) -> dict[str, int | str | None]:
        within = self.within
        opened = {"oldest": within.oldest, "newest": within.newest} if within else {}
        return {"q": self.q, "before": self.before, **opened}


async def waiting(request: web.Request) -> web.Response:
    """What waits, or the form to sign in. Neither spends a code."""
    session = await member.session(request)
    if session is None:
        return sign_in.form(request)
    return await _page(request, session, place_of(request, "waiting"))


async def reported(request: web.Request) -> web.Response:
    return await _page(request, await sessions.required(request), place_of(request, "reported"))


async def on_the_wall(request: web.Request) -> web.Response:
    return await _page(request, await sessions.required(request), place_of(request, "wall"))


async def removed(request: web.Request) -> web.Response:
    return await _page(request, await sessions.required(request), place_of(request, "removed"))


async def search(request: web.Request) -> web.Response:
    """The messages of all states that match, or the form alone."""
    session, place = await sessions.required(request), place_of(request, "search")
    try:
        return await _page(request, session, place)
    except Refusal as refusal:
        if refusal.field != "q":
            raise
        said = {refusal.code} - {"query_empty"}
        nothing = replace(place, q="")
        if not said:
            return await _page(request, session, nothing)
        return await refused.again(
            request, refusal, said, lambda explained: _page(request, session, nothing, explained)
        )


async def decide(request: web.Request) -> web.Response:
    """Decide about a group of a list, or about a conversation."""
    session, sent = await sessions.acting(request)
    place = place_of(request, request.match_info["list"])
    group = range_in(sent)
    try:
        decision = await carry_out(request, session, place, group, sent.get("action", ""))
    except Refusal as refusal:
        if refusal.code == "too_many_pins":
            return await refused.again(
                request,
                refusal,
                {refusal.code},
                lambda said: highlights.page(request, session, said),
            )
        about = await request.app[MODERATION].last_about(group.newest)
        return await refused.again(
            request,
            refusal,
            {"decided", "changed"},
            lambda said: _page(request, session, place, said, about),
        )
    raise web.HTTPSeeOther(address(request[LOOK], place, decision.id))


async def undo(request: web.Request) -> web.Response:
    session, sent = await sessions.acting(request)
    number = whole("decision", [sent.get("decision", "")], LAST_ID)
    try:
        await request.app[BULK].undo(number, session.member)
    except Refusal as refusal:
        # If somebody else has undone it, the page says that it is undone.
        entry = await request.app[MODERATION].entry(number)
        if refusal.code != "decided" or entry is None or entry.undone is None:
            raise
    place = place_of(request, request.match_info["list"])
    raise web.HTTPSeeOther(address(request[LOOK], place, number))


async def carry_out(
    request: web.Request, session: Session, place: Place, group: Range, action: str
) -> Decision:
    """Carry out an action on a group of a list.

    Raises:
        Refusal: decided if nothing is left to do; changed if that was changed since; bad_request.
    """
    moderation = request.app[MODERATION]
    if action == "conversation":
        return await moderation.remove_conversation(group.newest, session.member.id)
    if action in {"pin", "unpin"}:
        forward = request.app[HIGHLIGHTS]
        return await forward.pin(group.newest, session.member.id, on=action == "pin")
    if action in {"lock", "unlock"}:
        forward = request.app[HIGHLIGHTS]
        return await forward.lock(group.newest, session.member.id, on=action == "lock")
    for known in ACTIONS:
        if action == known and place.name in ONE_BY_ONE:
            seen = Seen(change=group.seen)
            return await moderation.decide(known, [group.newest], session.member.id, seen=seen)
        if action == known:
            state = STATES[place.name]
            return await request.app[BULK].decide(known, state, group, session.member.id)
    raise Refusal("bad_request")


async def _page(
    request: web.Request,
    session: Session,
    place: Place,
    explained: Explained | None = None,
    about: Entry | None = None,
) -> web.Response:
    """A list of the desk.

    Args:
        request: names in its query the decisions that were just made or undone, if any.
        session: of the member who looks.
        place: which list, and which part of it.
        explained: why a decision was refused.
        about: the decision because of which it was refused.
    """
    look = request[LOOK]
    found = await _found(request, place)
    texts = {held.message.id: held.message.text for group in found.groups for held in group.shown}
    await prepare((text, True) for text in texts.values())
    text = pages.render(
        request,
        look,
        "owner/desk.html",
        about=about,
        all_done=await _done(request),
        brake=await request.app[POLICY].brake(),
        days=DAYS,
        explained=explained,
        found=found,
        here=address(look, place),
        is_failing=session.member.role == "owner" and await request.app[ALERTS].is_failing(),
        paths=PATHS,
        place=place,
        released_minutes=RELEASED_MINUTES,
        session=session,
        words={number: unlinked(text) for number, text in texts.items()},
    )
    return pages.respond(look, text, explained.status if explained else 200)


async def _found(request: web.Request, place: Place) -> Groups:
    moderation = request.app[MODERATION]
    if place.name == "reported":
        return await moderation.reported_groups(place.before)
    if place.name != "search":
        return await moderation.groups(STATES[place.name], place.before, place.within)
    query = Query.everywhere(place.q, place.before) if place.q else None
    with rate_limit.timed(request[LOOK]):
        return await moderation.search(query, FOUND_SIZE)


async def _done(request: web.Request) -> list[Entry]:
    """The decisions that were made or undone a moment ago: two if a ban removed messages too."""
    numbers = (in_query(request, name, LAST_ID) for name in ("done", "banned"))
    entries = [await request.app[MODERATION].entry(number) for number in numbers if number]
    return [entry for entry in entries if entry and entry.recent]


def place_of(request: web.Request, name: str) -> Place:
    within = None
    if "newest" in request.query:
        within = range_of(request.query.get("oldest", ""), request.query["newest"])
    q = request.query.get("q", "") if name == "search" else ""
    return Place(name, in_query(request, "before", LAST_ID), within, q)


def range_of(oldest: str, newest: str) -> Range:
    return Range(whole("oldest", [oldest], LAST_ID), whole("newest", [newest], LAST_ID))


def range_in(sent: Mapping[str, str]) -> Range:
    """The group of a form, as the page with the form showed it."""
    group = range_of(sent.get("oldest", ""), sent.get("newest", ""))
    if "seen" not in sent:
        return group
    return replace(group, seen=whole("seen", [sent["seen"]], LAST_ID, least=0))


def address(look: Look, place: Place, done: int | None = None) -> str:
    return at(look, PATHS[place.name], **place.query, done=done)
