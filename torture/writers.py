"""Authors who post, reply, edit, delete and react, and insist until each is acknowledged."""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from torture.clients import PATIENCE, UNAVAILABLE, background

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from torture.clients import Answer, Clients
    from torture.programs import Program

WRITERS = 16
KINDS = ("love", "like", "laugh", "wow", "sad")
# What they do, and how often of a hundred times.
POST, REPLY, EDIT, REACT, DELETE = "post", "reply", "edit", "react", "delete"
SHARES = {POST: 62, REPLY: 10, EDIT: 10, REACT: 12, DELETE: 6}
# One post in so many is looked for on the page of another program, as its author's browser does.
LOOKED_FOR = 5
# Only the newest messages of a writer are changed, so that the others are known in the end.
RECENT = 20
# One request in so many is given up within so many seconds, on its way or with its answer, and
# repeated elsewhere at once.
GIVEN_UP, HASTE = 20, 0.02
# Between two tries of one request, in seconds.
RETRY = (0.02, 0.1)
# After the last fault everything has to be acknowledged within so many seconds.
END_SECONDS = 60
# A message of a page; replies are shown below theirs.
CARD = re.compile(r'<article id="m(\d+)" class="message(?! reply)')


@dataclass(slots=True)
class Kept:
    """A message as it was acknowledged.

    Attributes:
        text: empty once it is deleted.
        reactions: the kinds of reactions that its author gave it.
        settled: False once a request to change it was repeated: an attempt that was not answered
            may be carried out late, so another change after it would have no certain result.
    """

    id: int
    text: str
    name: str
    reply_to: int | None
    reactions: set[str] = field(default_factory=set)
    deleted: bool = False
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Unseen:
    """A page whose newest message was older than one that its visitor had posted.

    Attributes:
        message: the visitor's, and `newest` that of the page.
        program: whose page it was.
        start: when it was asked for, and `end` when it was answered.
    """

    message: int
    newest: int
    program: int
    start: float
    end: float


@dataclass(slots=True)
class Writers:
    """All writers at once, each with one request at a time.

    Attributes:
        kept: all messages that were acknowledged, by id.
        wrong: answers that contradict what was acknowledged before, a sentence each.
        unseen: pages that did not show their author's message.
    """

    clients: Clients
    programs: Sequence[Program]
    seed: int
    rate: float
    kept: dict[int, Kept] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)
    _enough: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def at_work(self) -> AsyncGenerator[None]:
        async with background(*(self._write(number) for number in range(WRITERS))) as tasks:
            yield
            self._enough.set()
            _, waiting = await asyncio.wait(tasks, timeout=END_SECONDS)
            if waiting:
                self.wrong.append(
                    f"{len(waiting)} writers had no success in the {END_SECONDS} seconds after "
                    "the last fault"
                )

    async def _write(self, number: int) -> None:
        writer = Writer(self, number, random.Random(f"{self.seed} {number}"))  # noqa: S311 -- repeatable
        while not self._enough.is_set():
            await writer.step()
            await asyncio.sleep(writer.dice.expovariate(self.rate / WRITERS))


@dataclass(slots=True)
class Writer:
    """One author with one key, who knows only the messages that were acknowledged to them."""

    all: Writers
    number: int
    dice: random.Random
    own: list[Kept] = field(default_factory=list)
    count: int = 0

    async def step(self) -> None:
        """Do one thing, and return when it is acknowledged."""
        what = self.dice.choices(list(SHARES), list(SHARES.values()))[0]
        there = [kept for kept in self.own[-RECENT:] if not kept.deleted]
        settled = [kept for kept in there if kept.settled]
        self.count += 1
        if what == REPLY and there:
            await self._post(self.dice.choice(there))
        elif what == DELETE and there:
            await self._delete(self.dice.choice(there))
        elif what == EDIT and settled:
            await self._edit(self.dice.choice(settled))
        elif what == REACT and settled:
            await self._react(self.dice.choice(settled))
        else:
            await self._post(None)

    @property
    def key(self) -> str:
        return f"torture-key-of-writer-{self.number}"

    async def _post(self, above: Kept | None) -> None:
        name = f"{self.number}-{self.count}"
        text, nonce = f"Post {name}", f"torture-{name}"
        draft: dict[str, Any] = {"text": text, "name": name, "nonce": nonce, "key": self.key}
        if above:
            draft["reply_to"] = above.id
        answer, _ = await self._insist("create", draft)
        if not self._is(answer, 201, f"post {name}"):
            return
        message = answer.body["message"]
        kept = Kept(message["id"], text, name, message["reply_to"])
        if (message["text"], message["name"]) != (text, name):
            self.all.wrong.append(f"post {name} was answered with another message: {message}")
        if kept.id in self.all.kept:
            self.all.wrong.append(f"the id {kept.id} was given to two posts")
        self.all.kept[kept.id] = kept
        self.own.append(kept)
        if above is None and self.dice.randrange(LOOKED_FOR) == 0:
            await self._look_for(kept, answer.cookies)

    async def _edit(self, kept: Kept) -> None:
        text = f"Post {kept.name}, edited {self.count}"
        change = {"id": kept.id, "text": text, "name": kept.name, "key": self.key}
        answer, kept.settled = await self._insist("edit", change)
        if self._is(answer, 200, f"edit of {kept.id}"):
            kept.text = text

    async def _react(self, kept: Kept) -> None:
        kind = self.dice.choice(KINDS)
        on = kind not in kept.reactions
        reaction = {"id": kept.id, "kind": kind, "on": on, "key": self.key}
        answer, kept.settled = await self._insist("react", reaction)
        if self._is(answer, 200, f"reaction to {kept.id}"):
            kept.reactions ^= {kind}

    async def _delete(self, kept: Kept) -> None:
        answer, first = await self._insist("delete", {"id": kept.id, "key": self.key})
        # An attempt that was not answered may have deleted it.
        if first or answer.status != 404:  # noqa: PLR2004 -- not found
            self._is(answer, 200, f"deletion of {kept.id}")
        kept.deleted, kept.text, kept.reactions = True, "", set()

    async def _look_for(self, kept: Kept, cookies: dict[str, str]) -> None:
        """The author's own page shows the message, or newer ones."""
        program = self.dice.choice(self.all.programs)
        start = asyncio.get_running_loop().time()
        seen = "; ".join(f"{name}={value}" for name, value in cookies.items())
        answer = await self.all.clients.ask(program, "/", cookies=seen)
        if answer and answer.status == 200:  # noqa: PLR2004 -- OK
            newest = max(map(int, CARD.findall(answer.body)), default=0)
            if newest < kept.id:
                self.all.unseen.append(
                    Unseen(
                        kept.id, newest, program.number, start, asyncio.get_running_loop().time()
                    )
                )

    async def _insist(self, method: str, body: dict[str, Any]) -> tuple[Answer, bool]:
        """Repeat a request until it is answered. Returns whether it was sent once, too."""
        first = True
        while True:
            program = self.dice.choice(self.all.programs)
            hasty = first and self.dice.randrange(GIVEN_UP) == 0
            answer = await self.all.clients.ask(
                program,
                f"/api/messages.{method}",
                body,
                patience=self.dice.uniform(0, HASTE) if hasty else PATIENCE,
            )
            if answer and answer.status != UNAVAILABLE:
                return answer, first
            first = False
            await asyncio.sleep(self.dice.uniform(*RETRY))

    def _is(self, answer: Answer, status: int, what: str) -> bool:
        if answer.status != status:
            self.all.wrong.append(f"the {what} was answered with {answer.status}: {answer.body}")
        return answer.status == status
