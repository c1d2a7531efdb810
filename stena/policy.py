from __future__ import annotations

from typing import TYPE_CHECKING

from stena.rule import Rule
from stena.store import brake, policy, rule
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from stena.brake import InForce, Level
    from stena.store.database import Database
    from stena.store.order import Turns


class Policy:
    """What the team sets for the wall beside its decisions about messages.

    Each change is one transaction under the order lock, so each post is judged by what was
    committed before it. The change is in the log, and can be undone like a decision.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(self, database: Database, turns: Turns) -> None:
        self._database = database
        self._turns = turns

    async def rules(self) -> list[Rule]:
        """The rules of the main wall, and then those of the threads that have their own."""
        async with self._database.connection() as connection:
            return await rule.all_rules(connection)

    async def rule(self, thread: str) -> Rule | None:
        """The rules of one wall, None if it has none of its own."""
        async with self._database.connection() as connection:
            return await rule.get(connection, thread)

    @again_if_outdated
    async def set_rule(self, thread: str, given: Mapping[str, Any], member: int | None) -> None:
        """Let rules hold for one wall, from the next post on.

        Args:
            thread: the wall; empty for the main wall.
            given: the new values of a Rule by its attributes; the others stay.
            member: the id of the member that sets it.

        Raises:
            Refusal: bad_time_zone, for one that the database does not know.
        """
        async with policy.changing(self._turns, "rule", thread, member) as connection:
            before = await rule.get(connection, thread) or Rule(thread)
            await rule.put(connection, before._replace(**given))

    async def brake(self) -> InForce:
        """The brake that holds now."""
        async with self._database.connection() as connection:
            return await brake.in_force(connection)

    @again_if_outdated
    async def set_brake(self, level: Level | None, minutes: int, member: int | None) -> None:
        """Set the level of the brake for some minutes, from the next post on.

        Args:
            level: 0 releases it, whatever the wall would do; None leaves it to the wall again.
            minutes: how long that holds.
            member: the id of the member that sets it.
        """
        async with policy.changing(self._turns, "brake", "", member) as connection:
            if level is None:
                await brake.release(connection)
            else:
                await brake.put(connection, level, minutes)

    @again_if_outdated
    async def remove_rule(self, thread: str, member: int | None) -> None:
        """Let the rules of the main wall hold for a thread, from the next post on."""
        async with policy.changing(self._turns, "rule", thread, member) as connection:
            await rule.remove(connection, thread)
