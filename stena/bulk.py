from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stena.refusal import Refusal

if TYPE_CHECKING:
    from stena.decision import Action, Decision, Law, Range
    from stena.member import Member
    from stena.message import State
    from stena.moderation import Moderation

# How long a request goes on with the parts; what is left then is done in the background.
SECONDS = 2.0
# What waits to be done in the background in one process; what is more stays on the desk.
MOST_LEFT = 100
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Deciding:
    """The rest of a group that is being decided about.

    Attributes:
        first: the decision of which the rest are later parts.
        below: the id below which the rest is.
        law: as Moderation.decide.
    """

    action: Action
    state: State
    group: Range
    member: int
    first: int
    below: int
    law: Law | None


@dataclass(frozen=True, slots=True)
class Undoing:
    """A decision whose later parts are being undone."""

    first: int
    member: Member


class Bulk:
    """Decisions about more messages than one transaction takes: in parts, one after the other.

    Each part is a decision of its own that can be undone exactly, so a process that is killed in
    between leaves nothing half done: the rest is still on the desk, to be decided about again.
    """

    def __init__(self, moderation: Moderation) -> None:
        self._moderation = moderation
        self._left: asyncio.Queue[Deciding | Undoing] = asyncio.Queue(MOST_LEFT)

    async def decide(
        self, action: Action, state: State, group: Range, member: int, law: Law | None = None
    ) -> Decision:
        """Decide about the messages of a group that are in this state.

        Returns:
            The first part. It stands for all of them in the log.

        Raises:
            Refusal: decided if nothing is left to do; unavailable.
        """
        until = _now() + SECONDS
        decided, below = await self._moderation.decide_part(action, state, group, member, law=law)
        if below is not None:
            rest = Deciding(action, state, group, member, decided.id, below, law)
            await self._go_on(rest, until)
        return decided

    async def undo(self, number: int, member: Member) -> Decision:
        """Undo a decision, with its later parts.

        Raises:
            Refusal: as Moderation.undo. One that is undone already is decided, unless parts of it
                are left.
        """
        until = _now() + SECONDS
        try:
            # First, so that a decision that is still being made goes no further.
            undone = await self._moderation.undo(number, member)
        except Refusal as refusal:
            parts = await self._moderation.parts(number) if refusal.code == "decided" else []
            if not parts:
                raise
            undone = await self._moderation.undo(parts[0], member)
        await self._go_on(Undoing(number, member), until)
        return undone

    async def run(self) -> None:
        """Do in the background what requests have left, until cancelled."""
        while True:
            rest: Deciding | Undoing | None = await self._left.get()
            while rest is not None:
                try:
                    rest = await self._part(rest)
                except Refusal as refusal:
                    if refusal.code != "unavailable":
                        break
                    await asyncio.sleep(RETRY_SECONDS)

    async def _go_on(self, rest: Deciding | Undoing | None, until: float) -> None:
        """Do parts until a time, and leave the others to the background."""
        try:
            while rest is not None and _now() < until:
                rest = await self._part(rest)
        except Refusal as refusal:
            # The first part is done. Somebody else has decided about the others, or undone it.
            if refusal.code != "unavailable":
                return
        if rest is not None:
            with suppress(asyncio.QueueFull):
                self._left.put_nowait(rest)

    async def _part(self, rest: Deciding | Undoing) -> Deciding | Undoing | None:
        """Do the next part. Returns what is left after it."""
        if isinstance(rest, Undoing):
            parts = await self._moderation.parts(rest.first)
            if parts:
                await self._moderation.undo(parts[0], rest.member)
            return rest if len(parts) > 1 else None
        _, below = await self._moderation.decide_part(
            rest.action,
            rest.state,
            rest.group,
            rest.member,
            below=rest.below,
            first=rest.first,
            law=rest.law,
        )
        return None if below is None else replace(rest, below=below)


def _now() -> float:
    return asyncio.get_running_loop().time()
