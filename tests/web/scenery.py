"""A wall on which messages are hidden, and what a reader may see of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.web.calls import KEY, call, create
from tests.web.moderating import approve, moderate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Client

    Scene: TypeAlias = Callable[["Scenery"], Awaitable[None]]

# In all texts and in all names, so that a search for them would find each.
IN_TEXT, IN_NAME = "pear", "plum"


async def _nobody_looks() -> None:
    pass


@dataclass
class Scenery:
    """A wall with messages that are not shown.

    Attributes:
        above: the id of a message that is shown; a thread has one, too.
        look: awaited where readers see what will be hidden, and may keep it in their caches.
        words: words that nobody may be shown, one of each text and of each name.
        never: the ids of messages that were never shown.
        gone: the ids of messages that were shown.
        places: the ids of messages of which the place is shown.
        shown: the ids of messages that are shown, above or beside the others.
    """

    client: Client
    above: int = 0
    look: Callable[[], Awaitable[None]] = _nobody_looks
    words: list[str] = field(default_factory=list)
    never: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)

    async def begin(self) -> None:
        self.above = await self.stays()
        await self.stays(thread="news")

    async def waits(self, **fields: object) -> int:
        """Post a message that waits. Returns its id."""
        await moderate(self.client, "rule", mode="all")
        body = {**self._secret(), **fields}
        answer = await self.client.post("/api/messages.create", json=body)
        assert answer.status == 202, await answer.text()
        number = int((await answer.json())["message"]["id"])
        self.never.append(number)
        return number

    async def approved(self, **fields: object) -> tuple[int, int]:
        """Let readers see a message that waited. Returns its id, and that of the decision."""
        number = await self.waits(**fields)
        decision = await approve(self.client, number)
        self.never.remove(number)
        self.gone.append(number)
        await self.look()
        return number, decision

    async def posted(self, **fields: object) -> int:
        """Let readers see a message that will be hidden. Returns its id."""
        await moderate(self.client, "rule", mode="open")
        number = int((await create(self.client, **{**self._secret(), **fields}))["id"])
        self.gone.append(number)
        await self.look()
        return number

    async def stays(self, **fields: object) -> int:
        """Post a message that is shown to the end. Returns its id."""
        await moderate(self.client, "rule", mode="open")
        text = f"Shown, with a {IN_TEXT}"
        message = await create(self.client, text, **{"name": f"A {IN_NAME}", **fields})
        number = int(message["id"])
        self.shown.append(number)
        return number

    def leaves_its_place(self, number: int) -> None:
        self.gone.remove(number)
        self.places.append(number)

    async def edit(self, number: int) -> None:
        """Let the author put other words in the place of what may not be shown."""
        await call(self.client, "edit", id=number, **self._secret())

    async def delete(self, number: int) -> None:
        await call(self.client, "delete", id=number, key=KEY)

    def _secret(self) -> dict[str, Any]:
        number = len(self.words) // 2
        text, name = f"hiddentext{number}x", f"hiddenname{number}x"
        self.words += [text, name]
        return {"text": f"{text} {IN_TEXT}", "name": f"{name} {IN_NAME}", "key": KEY}


# Never shown, and nothing is shown beside.
