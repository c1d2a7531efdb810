from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from stena import long_texts
from stena.refusal import Refusal
from stena.store import classifier, desk_change, figure
from stena.store.order import ordered
from stena.store.outdated import again_if_outdated
from stena.term import SURE, probability, terms_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.store.classifier import Learned, Lesson, Unjudged
    from stena.store.database import Connection, Database
    from stena.store.order import Turns
    from stena.term import Terms

# How often it looks for new decisions and messages, in seconds; and the pause while there are more
# than one step takes.
LOOK_SECONDS, STEP_SECONDS = 5.0, 1.0
# How often what is old is forgotten, and after how many texts: they have 200 terms at most.
FORGET_SECONDS, FORGET_TEXTS = 3600.0, 500


class Classifier:
    """Learns from the decisions of the team which texts are spam, and says which resemble them.

    It changes no state: what it says is one line on a card of the desk. Any number of processes may
    do it at once; what one has done, another one does not repeat.
    """

    def __init__(self, database: Database, turns: Turns) -> None:
        self._database = database
        self._turns = turns
        # The number of the desk at which nothing was left to do.
        self._seen: int | None = None
        self._forgotten = -FORGET_SECONDS
        self._learned = 0

    async def run(self) -> None:
        """Step by step, until cancelled."""
        while True:
            is_done = False
            # The database layer logs a failure, and the next step may succeed.
            with suppress(Refusal):
                is_done = await self.step()
            await asyncio.sleep(LOOK_SECONDS if is_done else STEP_SECONDS)

    async def step(self) -> bool:
        """Learn from the next decisions, and judge the next messages that wait.

        Returns:
            Whether nothing is left to do. False too while another process learns.
        """
        async with self._database.connection() as connection:
            number = await desk_change.number(connection)
        if number == self._seen:
            return True
        is_done = await self._learn()
        is_done = await self._judge() and is_done
        if is_done:
            self._seen = number
        return is_done

    @again_if_outdated
    async def _learn(self) -> bool:
        """Whether all decisions are learned from."""
        async with self._database.connection() as connection, connection.transaction():
            mark = await classifier.mark(connection)
            if mark is None:
                return False
            undone = await classifier.undone(connection)
            for decision in undone:
                await classifier.unlearn(connection, decision)
            lessons = await classifier.lessons(connection, mark.decision)
            read = await _read(lessons, mark.key)
            for lesson, terms in read:
                await classifier.learn(connection, lesson, terms)
            if lessons:
                await classifier.move(connection, lessons[-1].decision)
            await self._forget(connection, len(read))
        return max(len(undone), len(lessons)) < classifier.DECISIONS

    async def _forget(self, connection: Connection, learned: int) -> None:
        self._learned += learned
        is_time = time.monotonic() - self._forgotten >= FORGET_SECONDS
        if is_time or self._learned >= FORGET_TEXTS:
            await classifier.forget(connection)
            self._forgotten, self._learned = time.monotonic(), 0

    @again_if_outdated
    async def _judge(self) -> bool:
        """Whether all messages that wait are judged by what was learned."""
        async with self._database.connection() as connection:
            learned = await classifier.learned(connection)
            unjudged = await classifier.unjudged(connection, learned)
            if not unjudged:
                return True
            verdicts = await _verdicts(connection, learned, unjudged)
        async with self._turns.connection() as connection, ordered(connection):
            marked = await classifier.note(connection, learned, verdicts)
            if any(one.resembles_spam != verdict for one, verdict in verdicts.items()):
                await desk_change.note(connection)
            if marked:
                await figure.add(connection, {("classifier", "marked"): marked})
        return len(unjudged) < classifier.MESSAGES


async def _read(lessons: Sequence[Lesson], key: bytes) -> list[tuple[Lesson, Terms]]:
    texts = (text for lesson in lessons for text in lesson.texts)
    return await long_texts.result(partial(_read_all, lessons, key), texts)


def _read_all(lessons: Sequence[Lesson], key: bytes) -> list[tuple[Lesson, Terms]]:
    """The terms of what each decision teaches: of copies one."""
    found: list[tuple[Lesson, Terms]] = []
    for lesson in lessons:
        each: dict[int, Terms] = {}
        for text in lesson.texts:
            if len(each) == classifier.MOST_OF_ONE:
                break
            if (terms := terms_of(text, key)).terms:
                each[terms.text] = terms
        found += [(lesson, terms) for terms in each.values()]
    return found


async def _verdicts(
    connection: Connection, learned: Learned, unjudged: Sequence[Unjudged]
) -> dict[Unjudged, bool]:
    """Whether each of the messages resembles spam; none does while too little was learned."""
    if not learned.texts.is_enough:
        return dict.fromkeys(unjudged, False)
    each = await _terms(unjudged, learned.key)
    counts = await classifier.counts(connection, list({term for of in each for term in of.terms}))
    return {
        one: probability((counts[term] for term in of.terms if term in counts), learned.texts)
        >= SURE
        for one, of in zip(unjudged, each, strict=True)
    }


async def _terms(unjudged: Sequence[Unjudged], key: bytes) -> list[Terms]:
    texts = [one.text for one in unjudged]
    return await long_texts.result(partial(_all_terms, texts, key), texts)


def _all_terms(texts: Sequence[str], key: bytes) -> list[Terms]:
    return [terms_of(text, key) for text in texts]
