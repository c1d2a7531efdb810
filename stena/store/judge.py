"""Judges texts by the owner's words, as this process knows them, before they are written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from stena.deadline import held
from stena.message import Judged
from stena.refusal import Refusal, Stale
from stena.store import word
from stena.word import NEVER, WordList

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stena.message import Draft
    from stena.store.database import Database
    from stena.word import Verdict

    Result = TypeVar("Result")

# A longer text is judged in a thread, one after the other: one of the greatest length takes
# milliseconds.
SHORT = 1000
# How often in a row the list may change under one text.
MOST_TRIES = 5


class Judge:
    """Knows the list of words, and reads it again once a statement has found it stale."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._words = WordList(NEVER, [])
        self._reading = asyncio.Lock()
        self._in_thread = asyncio.Lock()

    async def write(self, draft: Draft, write: Callable[[Judged], Awaitable[Result]]) -> Result:
        """What `write` returns for a draft with its verdict.

        Args:
            draft: by a member of the team it has no words.
            write: raises Stale if the verdict is by an older list.

        Raises:
            Refusal: busy if the list changes all the time; what `write` raises.
        """
        for _ in range(MOST_TRIES):
            verdict = self._words.clear if self._words.is_empty else await self._judge(draft)
            try:
                return await write(Judged(draft, verdict))
            except Stale:
                await self._read(verdict)
        raise Refusal("busy")

    async def _judge(self, draft: Draft) -> Verdict:
        words = self._words
        text, name = ("", None) if draft.by_team else (draft.text, draft.name)
        if len(text) <= SHORT:
            return words.judge(text, name)
        async with held(self._in_thread):
            return await asyncio.to_thread(words.judge, text, name)

    async def _read(self, verdict: Verdict) -> None:
        async with held(self._reading):
            # Another one that was stale may have read it meanwhile.
            if self._words.version != verdict.version:
                return
            async with self._database.connection() as connection:
                self._words = await word.load(connection)
