from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stena.decision import Seen
from stena.refusal import Refusal
from stena.rule import needs_owner
from stena.store import (
    decision,
    desk,
    desk_change,
    desk_log,
    desk_search,
    figure,
    policy,
)
from stena.store import message as messages
from stena.store import report as reports
from stena.store import session as sessions
from stena.store import token as tokens
from stena.store.order import announce, ordered
from stena.store.outdated import again_if_outdated
from stena.store.search_index import SearchIndex

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from stena.change import Change
    from stena.decision import Action, Decision, Entry, Groups, Held, Law, Range
    from stena.member import Member, Pass
    from stena.message import State
    from stena.publisher import Publisher
    from stena.report import Report, Reported
    from stena.search import Query
    from stena.store.database import Database
    from stena.store.order import Turns

# How many new decisions are read for the streams of the team at once.
MOST_NEW = 100


class DeskState(NamedTuple):
    """What open streams of the team have to know.

    Attributes:
        number: another one after each change of what the desk shows.
        valid: the sessions and tokens that still let their members in.
        decisions: those that were made after one, by its id, the oldest first.
    """

    number: int
    valid: set[Pass]
    decisions: Mapping[int, list[Decision]]


class Moderation:
    """What decides about messages, the team and what visitors report: one method, one transaction.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(self, database: Database, publisher: Publisher, turns: Turns) -> None:
        self._database = database
        self._publisher = publisher
        self._turns = turns
        # Its own: visitors who search leave room for the team.
        self._search_index = SearchIndex(database)

    @again_if_outdated
    async def decide(  # noqa: PLR0913 -- what a decision has
        self,
        action: Action,
        ids: Sequence[int],
        member: int | None,
        *,
        first: int | None = None,
        law: Law | None = None,
        seen: Seen = decision.ANYTHING,
    ) -> Decision:
        """Approve, remove or keep messages; those that are decided about already stay as they are.

        Args:
            action: what is done.
            ids: of the messages.
            member: the id of the member who decides.
            first: the decision of which this one is a later part; None if it stands alone.
            law: the ground of a removal for legal reasons.
            seen: what the member saw; messages that are not so any more stay as they are.

        Raises:
            Refusal: decided if nothing is left to do, or the first part is undone; changed if all
                that is left was changed after the member saw it.
        """
        async with self._turns.connection() as connection, ordered(connection):
            made, decided = await decision.make(
                connection, action, ids, member, first=first, law=law, seen=seen
            )
            await announce(connection, made)
        await self._publisher.committed(made)
        if decided is None:
            raise Refusal("decided")
        return decided

    async def decide_part(  # noqa: PLR0913 -- which part of what
        self,
        action: Action,
        state: State,
        group: Range,
        member: int,
        *,
        below: int | None = None,
        first: int | None = None,
        law: Law | None = None,
    ) -> tuple[Decision, int | None]:
        """The same for the newest messages of a group that are in this state.

        Args:
            action: what is done.
            state: of the messages.
            group: which messages.
            member: the id of the member who decides.
            below: of the group those with smaller ids only.
            first: as decide.
            law: as decide.

        Returns:
            The decision, and the id below which there may be more of the group.

        Raises:
            Refusal: as decide.
        """
        async with self._database.connection() as connection:
            ids = await desk.ids(connection, state, group, below)
        seen = Seen(state, group.seen)
        decided = await self.decide(action, ids, member, first=first, law=law, seen=seen)
        return decided, ids[-1] if len(ids) == desk.MOST_READ else None

    async def parts(self, first: int) -> list[int]:
        """The ids of the later parts of a decision that are not undone, the newest first."""
        async with self._database.connection() as connection:
            return await decision.parts(connection, first)

    async def remove_conversation(self, number: int, member: int) -> Decision:
        """Remove a message with its replies.

        Raises:
            Refusal: as decide.
        """
        async with self._database.connection() as connection:
            ids = await desk.conversation(connection, number)
        return await self.decide("remove", ids, member)

    @again_if_outdated
    async def undo(self, number: int, member: Member) -> Decision:
        """Give the messages of a decision, or a part of the policy, the state before it.

        Messages that were changed by a later decision, or deleted, or edited while they waited for
        their reports, stay as they are.

        Raises:
            Refusal: not_found; for_ever of an erasure; decided if it is undone already, or a part
                of the policy was changed again since; owner_only; too_many_pins, too_many_words,
                too_many_notices.
        """
        made: list[Change] = []
        async with self._turns.connection() as connection, ordered(connection):
            found = await decision.get(connection, number)
            if found is None:
                raise Refusal("not_found")
            if needs_owner(found.action, *await policy.rows(connection, number)):
                member.check_is_owner()
            if found.action == "erase":
                raise Refusal("for_ever")
            if found.undone:
                raise Refusal("decided")
            made, undone = await decision.undo(connection, found)
            await announce(connection, made)
        await self._publisher.committed(made)
        return undone

    @again_if_outdated
    async def report(self, report: Report, *, is_first: bool) -> None:
        """Add a visitor's report. With enough of them, the message waits for the team.

        Args:
            report: what the visitor reports.
            is_first: whether it is the first report of the message from its client address.

        Raises:
            Refusal: not_found for a message that is not shown; step_needed, as the brake says.
        """
        made: list[Change] = []
        async with self._turns.connection() as connection, ordered(connection):
            found = await messages.get(connection, report.message)
            if found is None or found.tombstone:
                raise Refusal("not_found")
            if not await reports.add(connection, report, is_first=is_first):
                raise Refusal("step_needed", "reason")
            await desk_change.note(connection)
            if await reports.suffice(connection, report.message):
                made, _ = await decision.make(connection, "report", [report.message], None)
                await reports.explain(connection, report.message)
                await figure.add(connection, {("reports", "waited"): len(made)})
                await announce(connection, made)
        await self._publisher.committed(made)

    async def holder(self, token: bytes) -> Member | None:
        """The member whose token has this digest, None if nobody's has."""
        async with self._database.connection() as connection:
            return await tokens.holder(connection, token)

    async def held(self, state: State, before: int | None, limit: int) -> list[Held]:
        """At most `limit` messages of one state on all walls, newest first."""
        async with self._database.connection() as connection:
            return await decision.held(connection, state, before, limit)

    async def reported(self, before: int | None, limit: int) -> list[Reported]:
        """At most `limit` messages with open reports on all walls, newest first."""
        async with self._database.connection() as connection:
            return await reports.reported(connection, before, limit)

    async def log(self, before: int | None, limit: int) -> list[Decision]:
        """At most `limit` decisions, newest first."""
        async with self._database.connection() as connection:
            return await decision.newest(connection, before, limit)

    async def groups(
        self, state: State, before: int | None = None, within: Range | None = None
    ) -> Groups:
        """A page of the messages in one state on all walls, in groups of one browser's.

        Args:
            state: `waiting`, `removed` or `visible`.
            before: messages with smaller ids.
            within: of this group only, and each message by itself.
        """
        async with self._database.connection() as connection:
            return await desk.groups(connection, state, before, within)

    async def reported_groups(self, before: int | None = None) -> Groups:
        """A page of the messages with open reports on all walls, each a group of its own."""
        async with self._database.connection() as connection:
            return await desk.reported(connection, before)

    async def search(self, query: Query | None, limit: int) -> Groups:
        """A page of matches in all states, each a group of its own; None finds nothing.

        Raises:
            Refusal: query_common, search_too_broad, too_many_searches.
        """
        if query is not None:
            return await self._search_index.find_in_all_states(query, limit)
        async with self._database.connection() as connection:
            return await desk_search.nothing(connection)

    async def waiting(self) -> int:
        """How many messages of all walls wait, counted up to MOST_COUNTED."""
        async with self._database.connection() as connection:
            return await desk.waiting(connection)

    async def entries(self, before: int | None, limit: int) -> list[Entry]:
        """At most `limit` decisions as the log shows them, newest first."""
        async with self._database.connection() as connection:
            return await desk_log.entries(connection, before, limit)

    async def entry(self, number: int) -> Entry | None:
        """One decision as the log shows it."""
        async with self._database.connection() as connection:
            return next(iter(await desk_log.entries(connection, None, 1, [number])), None)

    async def last_about(self, message: int) -> Entry | None:
        """The newest decision about a message; None if there is none, or an old one only."""
        async with self._database.connection() as connection:
            return await desk_log.last_about(connection, message)

    async def desk_state(self, passes: Sequence[Pass], after: Collection[int]) -> DeskState:
        """What open streams of the team have to know.

        Args:
            passes: of the streams.
            after: the decisions after which new ones are read, the oldest MOST_NEW for each.
        """
        async with self._database.connection() as connection:
            # First: what is committed between the statements is then read again, and not missed.
            number = await desk_change.number(connection)
            ids = [one.session for one in passes if one.session is not None]
            digests = [one.token for one in passes if one.token is not None]
            valid = await sessions.passes(connection, ids) if ids else set()
            valid |= await tokens.passes(connection, digests) if digests else set()
            found = {one: await decision.after(connection, one, MOST_NEW) for one in after}
            return DeskState(number, valid, found)
