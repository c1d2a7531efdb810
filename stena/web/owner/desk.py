"""The desk: the messages of each state in groups, and decisions about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from stena.decision import Range
from stena.refusal import Refusal
from stena.web import errors
from stena.web.app_keys import MODERATION
from stena.web.inputs.numbers import LAST_ID, in_query, whole
from stena.web.owner import log, sign_in
from stena.web.owner import session as sessions
from stena.web.refusals import explain
from stena.web.rendering import page as pages
from stena.web.rendering.formatting import prepare, unlinked
from stena.web.wire import member
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from stena.decision import Action, Decision, Entry
    from stena.member import Session
    from stena.message import State
    from stena.web.refusals import Explained
    from stena.web.wire.look import Look

# The state of the messages in each list but that of the reported ones; the address of each list.
STATES: dict[str, State] = {"waiting": "waiting", "wall": "visible", "removed": "removed"}
PATHS = {
    "waiting": OWNER,
    "reported": f"{OWNER}/reported",
    "wall": f"{OWNER}/wall",
    "removed": f"{OWNER}/removed",
    "log": log.LOG,
}
ACTIONS: set[Action] = {"approve", "remove", "reject", "restore", "keep"}


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the desk, to which a decision leads back.

    Attributes:
        name: of the list, one of PATHS.
        before: the id below which the page begins, None for its first page.
        within: the group whose messages it shows one by one, None for all groups.
    """

    name: str
    before: int | None
    within: Range | None

    @property
    def query(self) -> dict[str, int | None]:
        within = self.within
        opened = {"oldest": within.oldest, "newest": within.newest} if within else {}
        return {"before": self.before, **opened}


async def waiting(request: web.Request) -> web.Response:
    """What waits, or the form to sign in. Neither spends a code."""
    session = await member.session(request)
    if session is None:
        return sign_in.form(request)
    return await _page(request, session, _place(request, "waiting"))


async def reported(request: web.Request) -> web.Response:
    return await _page(request, await sessions.required(request), _place(request, "reported"))


async def on_the_wall(request: web.Request) -> web.Response:
    return await _page(request, await sessions.required(request), _place(request, "wall"))


async def removed(request: web.Request) -> web.Response:
    return await _page(request, await sessions.required(request), _place(request, "removed"))


async def decide(request: web.Request) -> web.Response:
    """Decide about a group of a list, or about a conversation."""
    session, sent = await sessions.acting(request)
    place = _place(request, request.match_info["list"])
    group = _range(sent.get("oldest", ""), sent.get("newest", ""))
    try:
        decision = await _decide(request, session, place, group, sent.get("action", ""))
    except Refusal as refusal:
        if refusal.code != "decided":
            raise
        explained = explain(request[LOOK].language, refusal)
        about = await request.app[MODERATION].last_about(group.newest)
        response = await _page(request, session, place, explained, about)
        return errors.finish(request, response, explained)
    raise web.HTTPSeeOther(_address(request[LOOK], place, decision.id))


async def undo(request: web.Request) -> web.Response:
    _, sent = await sessions.acting(request)
    number = whole("decision", [sent.get("decision", "")], LAST_ID)
    try:
        await request.app[MODERATION].undo(number)
    except Refusal as refusal:
        # If somebody else has undone it, the page says that it is undone.
        if refusal.code != "decided":
            raise
    place = _place(request, request.match_info["list"])
    raise web.HTTPSeeOther(_address(request[LOOK], place, number))


async def _decide(
    request: web.Request, session: Session, place: Place, group: Range, action: str
) -> Decision:
    moderation = request.app[MODERATION]
    if action == "conversation":
        return await moderation.remove_conversation(group.newest, session.member.id)
    for known in ACTIONS:
        if action == known and place.name == "reported":
            return await moderation.decide(known, [group.newest], session.member.id)
        if action == known:
            state = STATES[place.name]
            return await moderation.decide_group(known, state, group, session.member.id)
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
        request: names in its query the decision that was just made or undone, if any.
        session: of the member who looks.
        place: which list, and which part of it.
        explained: why a decision was refused.
        about: the decision because of which it was refused.
    """
    look, moderation = request[LOOK], request.app[MODERATION]
    found = (
        await moderation.reported_groups(place.before)
        if place.name == "reported"
        else await moderation.groups(STATES[place.name], place.before, place.within)
    )
    texts = {held.message.id: held.message.text for group in found.groups for held in group.shown}
    await prepare(texts.values())
    text = pages.render(
        request,
        look,
        "owner/desk.html",
        about=about,
        done=await _done(request),
        explained=explained,
        found=found,
        here=_address(look, place),
        paths=PATHS,
        place=place,
        session=session,
        words={number: unlinked(text) for number, text in texts.items()},
    )
    return pages.respond(look, text, explained.status if explained else 200)


async def _done(request: web.Request) -> Entry | None:
    """The decision that was made or undone a moment ago."""
    number = in_query(request, "done", LAST_ID)
    entry = await request.app[MODERATION].entry(number) if number else None
    return entry if entry and entry.recent else None


def _place(request: web.Request, name: str) -> Place:
    within = None
    if "newest" in request.query:
        within = _range(request.query.get("oldest", ""), request.query["newest"])
    return Place(name, in_query(request, "before", LAST_ID), within)


def _range(oldest: str, newest: str) -> Range:
    return Range(whole("oldest", [oldest], LAST_ID), whole("newest", [newest], LAST_ID))


def _address(look: Look, place: Place, done: int | None = None) -> str:
    return at(look, PATHS[place.name], **place.query, done=done)
