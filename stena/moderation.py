from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from stena.decision import KEEP_DAYS
from stena.refusal import Refusal
from stena.store import decision, desk, rule, visibility
from stena.store import message as messages
from stena.store import report as reports
from stena.store import token as tokens
from stena.store.order import announce, ordered
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.change import Change
    from stena.decision import Action, Decision, Entry, Groups, Held, Range
    from stena.member import Member
    from stena.message import State
    from stena.publisher import Publisher
    from stena.report import Report, Reported
    from stena.rule import Mode, Rule
    from stena.store.database import Database
    from stena.store.order import Turns

# How often old texts are looked for.
ERASE_SECONDS = 3600


class Moderation:
    """What decides about messages, the team and what visitors report: one method, one transaction.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(self, database: Database, publisher: Publisher, turns: Turns) -> None:
        self._database = database
        self._publisher = publisher
        self._turns = turns

    @again_if_outdated
    async def decide(self, action: Action, ids: Sequence[int], member: int | None) -> Decision:
        """Approve, remove or keep messages; those that are decided about already stay as they are.

        Raises:
            Refusal: decided if nothing is left to do.
        """
        async with self._turns.connection() as connection, ordered(connection):
            made, decided = await decision.make(connection, action, ids, member)
            await announce(connection, made)
        await self._publisher.committed(made)
        if decided is None:
            raise Refusal("decided")
        return decided

    async def decide_group(
        self, action: Action, state: State, group: Range, member: int
    ) -> Decision:
        """The same for the messages of a group that are in this state.

        Raises:
            Refusal: as decide.
        """
        async with self._database.connection() as connection:
            ids = await desk.ids(connection, state, group)
        return await self.decide(action, ids, member)

    async def remove_conversation(self, number: int, member: int) -> Decision:
        """Remove a message with its replies.

        Raises:
            Refusal: as decide.
        """
        async with self._database.connection() as connection:
            ids = await desk.conversation(connection, number)
        return await self.decide("remove", ids, member)

    @again_if_outdated
    async def undo(self, number: int) -> Decision:
        """Give the messages of a decision the state that they had before it.

        Those that were changed by a later decision, or deleted, stay as they are.

        Raises:
            Refusal: not_found; decided if it is undone already.
        """
        made: list[Change] = []
        async with self._turns.connection() as connection, ordered(connection):
            found = await decision.get(connection, number)
            if found is None:
                raise Refusal("not_found")
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
            Refusal: not_found for a message that is not shown.
        """
        made: list[Change] = []
        async with self._turns.connection() as connection, ordered(connection):
            found = await messages.get(connection, report.message)
            if found is None or found.tombstone:
                raise Refusal("not_found")
            await reports.add(connection, report, is_first=is_first)
            if await reports.suffice(connection, report.message):
                made, _ = await decision.make(connection, "report", [report.message], None)
                await reports.explain(connection, report.message)
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

    async def waiting(self) -> int:
        """How many messages of all walls wait, counted up to MOST_COUNTED."""
        async with self._database.connection() as connection:
            return await desk.waiting(connection)

    async def entries(self, before: int | None, limit: int) -> list[Entry]:
        """At most `limit` decisions as the log shows them, newest first."""
        async with self._database.connection() as connection:
            return await desk.entries(connection, before, limit)

    async def entry(self, number: int) -> Entry | None:
        """One decision as the log shows it."""
        async with self._database.connection() as connection:
            return next(iter(await desk.entries(connection, None, 1, [number])), None)

    async def last_about(self, message: int) -> Entry | None:
        """The newest decision about a message; None if there is none, or an old one only."""
        async with self._database.connection() as connection:
            return await desk.last_about(connection, message)

    async def rules(self) -> list[Rule]:
        """The rules of the main wall, and then those of the threads that have their own."""
        async with self._database.connection() as connection:
            return await rule.all_rules(connection)

    async def remove_rule(self, thread: str) -> None:
        """Let the rules of the main wall hold for a thread, from the next post on."""
        async with self._database.connection() as connection:
            await rule.remove(connection, thread)

    async def erase_removed(self) -> None:
        """Erase the texts of messages that were removed KEEP_DAYS ago, until cancelled."""
        while True:
            # The database layer logs a failure, and the next try may succeed.
            with suppress(Refusal):
                while await self._erase_some():
                    pass
            await asyncio.sleep(ERASE_SECONDS)

    async def _erase_some(self) -> bool:
        async with self._database.connection() as connection:
            return await visibility.erase_old(connection, KEEP_DAYS)

    async def set_mode(self, thread: str, mode: Mode) -> None:
        """Let a mode hold for one wall, from the next post on."""
        async with self._database.connection() as connection:
            await rule.set_mode(connection, thread, mode)

    async def set_reports(self, thread: str, reports: int) -> None:
        """Let messages of one wall wait from this weight of reports on; 0 for never."""
        async with self._database.connection() as connection:
            await rule.set_reports(connection, thread, reports)
