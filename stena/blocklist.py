from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from stena.deadline import held
from stena.store import policy, word
from stena.store.outdated import again_if_outdated
from stena.word import NEVER, WordList, offered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.store.database import Database
    from stena.store.order import Turns
    from stena.word import Word

# An entry is tried out on so many messages, the newest; so many that it would stop are shown.
MOST_TRIED, SHOWN = 1000, 3
# They are compared so many at once: other work has its turn in between.
AT_ONCE = 50


class Tried(NamedTuple):
    """What an entry would have stopped.

    Attributes:
        stopped: how many messages.
        of: among how many.
        newest: the ids and the texts of the newest of them.
    """

    stopped: int
    of: int
    newest: list[tuple[int, str]]


class Blocklist:
    """The list of words that the owner does not want: one method, one transaction.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(self, database: Database, turns: Turns) -> None:
        self._database = database
        self._turns = turns
        # One at a time: comparing long texts takes a second of a processor.
        self._trying = asyncio.Lock()

    async def words(self) -> list[Word]:
        """All entries, in the order of the alphabet."""
        async with self._database.connection() as connection:
            return await word.words(connection)

    @again_if_outdated
    async def add(self, entry: Word, member: int) -> None:
        """Add an entry, or change what it does; it holds from the next post on.

        Raises:
            Refusal: too_many_words.
        """
        async with policy.changing(self._turns, "word", entry.text, member) as connection:
            await word.put(connection, entry)

    @again_if_outdated
    async def remove(self, text: str, member: int) -> None:
        """Remove an entry; one that is not there changes nothing."""
        async with policy.changing(self._turns, "word", text, member) as connection:
            await word.remove(connection, text)

    async def try_out(self, entry: Word) -> Tried:
        """What an entry would have stopped among the newest messages, in any state."""
        async with held(self._trying):
            async with self._database.connection() as connection:
                found = await word.texts(connection, MOST_TRIED)
            words = WordList(NEVER, [entry])
            stopped: list[tuple[int, str]] = []
            for place in range(0, len(found), AT_ONCE):
                stopped += await asyncio.to_thread(_stopped, words, found[place:][:AT_ONCE])
            return Tried(len(stopped), len(found), stopped[:SHOWN])

    async def offered(self, message: int) -> list[str]:
        """The words of a message, in any state, as entries to choose from."""
        async with self._database.connection() as connection:
            return offered(await word.text_of(connection, message))


def _stopped(
    words: WordList, messages: Sequence[tuple[int, str, str | None]]
) -> list[tuple[int, str]]:
    return [
        (number, text)
        for number, text, name in messages
        if words.judge(text, name).word is not None
    ]
