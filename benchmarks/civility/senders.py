"""People and spammers post, and do what they do when the wall refuses."""

from __future__ import annotations

import asyncio
import json
import random
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.civility.payments import PHONE, SERVER, Payments, fields
from benchmarks.civility.plan import OTHERS

if TYPE_CHECKING:
    from benchmarks.civility.clients import Answer, Clients
    from benchmarks.civility.plan import Post
    from benchmarks.civility.walls import Wall

# How often one message is sent, and how many seconds somebody waits to send it again.
TRIES, PATIENCE = 3, 60
CREATED, ACCEPTED, SEE_OTHER = 201, 202, 303
STEP_NEEDED, LATER = 428, {429, 503}
# How often somebody pays for one message before the owner may look at it instead.
PAYMENTS = 4
# What another address or another key may help against.
EVADED = {403, 429}
NONCE = re.compile(r'name="nonce" value="([^"]+)"')
# Where a form leads: to the message among the others, or to its own page if it waits.
TARGET = re.compile(r"/#m(?P<shown>\d+)|/m/(?P<held>\d+)")

# What became of a message: shown at once, waiting, refused for good, or a payment was asked for
# that its sender did not make.
End = Literal["shown", "waiting", "refused", "asked"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that was posted.

    Attributes:
        at: when it was answered, by the clock of the wall.
        id: None if the wall did not take it.
        asked: whether a payment was asked for.
        code: of the last refusal, empty if there was none.
    """

    post: Post
    at: float
    end: End
    id: int | None = None
    asked: bool = False
    code: str = ""


class Senders:
    """Everybody who posts on one wall."""

    def __init__(self, wall: Wall, clients: Clients, seed: int) -> None:
        self._wall = wall
        self._clients = clients
        self._payments = Payments(wall)
        self._dice = random.Random(seed)  # noqa: S311 -- has to be repeatable

    async def send(self, post: Post) -> Delivery:
        """Post a message, and again as long as its sender tries to."""
        code, asked = "", False
        for _ in range(TRIES):
            answer = await self._send(post)
            if answer.status == STEP_NEEDED:
                code, asked = _code(answer), True
                answer = await self._pay(post, answer)
            if (delivery := self._taken(post, answer)) is not None:
                return replace(delivery, asked=asked, code=code)
            code = _code(answer)
            if answer.status == STEP_NEEDED:
                return Delivery(post, self._wall.now(), "asked", asked=True, code=code)
            again = await (self._evaded if post.is_spam else _waited)(post, answer)
            if again is None:
                break
            post = again
        return Delivery(post, self._wall.now(), "refused", asked=asked, code=code)

    async def _send(self, post: Post) -> Answer:
        return await (self._by_api if post.has_scripts else self._by_form)(post)

    async def _pay(self, post: Post, answer: Answer) -> Answer:
        """Send a message again with what the wall asks for, as its sender is able to."""
        for _ in range(PAYMENTS if post.pays else 0):
            if answer.status != STEP_NEEDED:
                return answer
            if post.pays == "work":
                speed = SERVER if post.is_spam else PHONE
                answer = await self._by_api(post, await self._payments.by_work(answer, speed))
            else:
                answer = await self._send_form(post, await self._payments.by_time(answer))
        if answer.status == STEP_NEEDED and post.pays == "time":
            # The second button of the form.
            answer = await self._send_form(post, {**fields(answer), "way": "look"})
        return answer

    async def _by_api(self, post: Post, step: dict[str, Any] | None = None) -> Answer:
        draft = {
            "text": post.text,
            "name": post.name,
            "nonce": post.nonce,
            "key": post.key,
            "step": step,
        }
        return await self._clients.post(post.address, "/api/messages.create", json=draft)

    async def _by_form(self, post: Post) -> Answer:
        """As a browser without scripts: it loads the page, and sends the form that is there."""
        page = await self._clients.get(post.address, "/")
        found = NONCE.search(page.text)
        return await self._send_form(post, {"nonce": found[1] if found else ""})

    async def _send_form(self, post: Post, more: dict[str, str]) -> Answer:
        form = {"text": post.text, "name": post.name or "", **more}
        cookies = {"Cookie": f"key={post.key}"} if post.key else {}
        return await self._clients.post(post.address, "/messages", form=form, **cookies)

    def _taken(self, post: Post, answer: Answer) -> Delivery | None:
        now = self._wall.now()
        if answer.status in {CREATED, ACCEPTED}:
            end: End = "shown" if answer.status == CREATED else "waiting"
            return Delivery(post, now, end, json.loads(answer.text)["message"]["id"])
        if answer.status == SEE_OTHER and (found := TARGET.search(answer.headers["Location"])):
            end = "shown" if found["shown"] else "waiting"
            return Delivery(post, now, end, int(found["shown"] or found["held"]))
        return None

    async def _evaded(self, post: Post, answer: Answer) -> Post | None:
        """What a spammer sends next: at once, from another address, as another browser."""
        if answer.status not in EVADED:
            return None
        key = "".join(self._dice.choices("abcdefghijklmnopqrstuvwxyz", k=24))
        return replace(post, address=self._dice.choice(OTHERS), key=key, nonce=key)


async def _waited(post: Post, answer: Answer) -> Post | None:
    """What somebody else sends next: the same, when the wall has said to."""
    seconds = float(answer.headers.get("Retry-After", PATIENCE + 1))
    if answer.status not in LATER or seconds > PATIENCE:
        return None
    await asyncio.sleep(seconds)
    return post


def _code(answer: Answer) -> str:
    """The code of a refusal; of a form its status, since the page has a sentence instead."""
    if answer.headers.get("Content-Type", "").startswith("application/json"):
        return str(json.loads(answer.text)["error"]["code"])
    return str(answer.status)
