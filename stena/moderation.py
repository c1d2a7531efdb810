from __future__ import annotations

from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.store import decision, rule
from stena.store import token as tokens
from stena.store.order import announce, ordered
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.change import Change
    from stena.decision import Action, Decision, Held
    from stena.message import State
    from stena.publisher import Publisher
    from stena.rule import Mode
    from stena.store.database import Database
    from stena.store.order import Turns

# How many messages one decision may be about: a commit of so many takes about a second.
MOST_AT_ONCE = 2000


class Moderation:
    """What the owner and the moderators can do: one method, one transaction.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(self, database: Database, publisher: Publisher, turns: Turns) -> None:
        self._database = database
        self._publisher = publisher
        self._turns = turns

    @again_if_outdated
    async def decide(self, action: Action, ids: Sequence[int], member: int | None) -> Decision:
        """Approve or remove messages; those that somebody else has decided about stay as they are.

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

    async def holder(self, token: bytes) -> int | None:
        """The id of the member whose token has this digest, None if nobody's has."""
        async with self._database.connection() as connection:
            return await tokens.holder(connection, token)

    async def held(self, state: State, before: int | None, limit: int) -> list[Held]:
        """At most `limit` messages of one state on all walls, newest first."""
        async with self._database.connection() as connection:
            return await decision.held(connection, state, before, limit)

    async def log(self, before: int | None, limit: int) -> list[Decision]:
        """At most `limit` decisions, newest first."""
        async with self._database.connection() as connection:
            return await decision.newest(connection, before, limit)

    async def set_mode(self, thread: str, mode: Mode) -> None:
        """Let a mode hold for one wall, from the next post on."""
        async with self._database.connection() as connection:
            await rule.set_mode(connection, thread, mode)
