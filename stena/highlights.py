from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from stena.notice import notice as valid
from stena.refusal import Refusal
from stena.store import decision, highlight, notice, policy
from stena.store import message as messages
from stena.store.order import announce, ordered
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stena.decision import Decision
    from stena.message import Message
    from stena.notices import Notices
    from stena.publisher import Publisher
    from stena.rule import Part
    from stena.store.database import Connection, Database
    from stena.store.order import Turns


class Highlights:
    """What the team puts forward: pinned messages, locked conversations, notices.

    One method, one transaction under the order lock. Each change is in the log, and can be undone
    like a decision. Every method raises Refusal("unavailable") if the database does not answer in
    time.
    """

    def __init__(
        self, database: Database, publisher: Publisher, turns: Turns, notices: Notices
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._turns = turns
        self._notices = notices

    async def pin(self, number: int, member: int, *, on: bool) -> Decision:
        """Pin a message above the others of its wall, or pin it no longer.

        Raises:
            Refusal: not_found for a message to pin that is not shown, and for a reply;
                too_many_pins; decided if it is so already.
        """
        act = partial(_pin if on else highlight.unpin, number=number)
        return await self._decide("pin", number, member, act)

    async def lock(self, number: int, member: int, *, on: bool) -> Decision:
        """Let the conversation of a message take no more replies, or take them again.

        Raises:
            Refusal: not_found for a message that is not shown; decided if it is so already.
        """
        async with self._database.connection() as connection:
            found = await messages.get(connection, number)
        if found is None:
            raise Refusal("not_found")
        top = found.reply_to or number
        act = partial(highlight.lock if on else highlight.unlock, number=top)
        return await self._decide("lock", top, member, act)

    @again_if_outdated
    async def set_notice(self, thread: str, typed: str, member: int) -> str:
        """Set the notice above the form of a wall; an empty one removes it.

        Returns:
            The text, normalised.

        Raises:
            Refusal: text_too_long; too_many_notices.
        """
        text = valid(typed)
        async with policy.changing(self._turns, "notice", thread, member) as connection:
            if text:
                await notice.put(connection, thread, text)
            else:
                await notice.remove(connection, thread)
        # It is set, whether this process can read it now or in a moment.
        with suppress(Refusal):
            await self._notices.look()
        return text

    async def notices(self) -> dict[str, str]:
        """The notices by thread, the main wall's first."""
        async with self._database.connection() as connection:
            return await notice.all_notices(connection)

    async def pinned(self) -> list[Message]:
        """The pinned messages of all walls, at most MOST_LISTED."""
        async with self._database.connection() as connection:
            return await highlight.all_pinned(connection)

    async def locked(self) -> list[Message]:
        """The messages with locked conversations, the last locked first, at most MOST_LISTED."""
        async with self._database.connection() as connection:
            return await highlight.all_locked(connection)

    @again_if_outdated
    async def _decide(
        self, part: Part, number: int, member: int, act: Callable[[Connection], Awaitable[None]]
    ) -> Decision:
        async with self._turns.connection() as connection, ordered(connection):
            async with policy.logged(connection, part, str(number), member) as log:
                await act(connection)
            made = await highlight.change(connection, number) if log.decision else []
            await announce(connection, made)
            found = await decision.get(connection, log.decision) if log.decision else None
        await self._publisher.committed(made)
        if found is None:
            raise Refusal("decided")
        return found


async def _pin(connection: Connection, number: int) -> None:
    found = await messages.get(connection, number)
    if found is None or found.tombstone or found.reply_to:
        raise Refusal("not_found")
    await highlight.pin(connection, found)
