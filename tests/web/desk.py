"""The desk of the team, as tests use it: its cards, and decisions about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.web.calls import page, submit

if TYPE_CHECKING:
    from tests.conftest import Client
    from tests.web.calls import Asking


CARD = re.compile(r'<li class="note group">.*?</li>\s*(?=<li class="note group">|</ul>)', re.DOTALL)
RANGE = re.compile(
    r'name="oldest" value="(\d+)">\s*<input type="hidden" name="newest" value="(\d+)"'
)

SEEN = re.compile(r'name="seen" value="(\d+)"')


async def let_wait(client: Client, mode: str = "all") -> None:
    assert (await submit(client, "/owner/rules", mode=mode))[0] == 303


async def wait(client: Client, text: str, **fields: object) -> int:
    """A visitor posts a message that waits. Returns its id."""
    answer = await client.post("/api/messages.create", json={"text": text, **fields})
    assert answer.status == 202, await answer.text()
    return int((await answer.json())["message"]["id"])


async def cards(asking: Asking, path: str = "/owner") -> list[str]:
    return CARD.findall(await page(asking, path))


def has_spam_button(card: str) -> bool:
    """Whether a card is removed as spam with one tap, without opening “More”."""
    return 'value="reject"' in card.partition("<details")[0]


async def decide(asking: Asking, action: str, card: str, name: str = "waiting") -> str:
    """Press a button of a card. Returns the address that the answer leads to."""
    status, target = await press(asking, action, card, name)
    assert status == 303, target
    return target


async def press(asking: Asking, action: str, card: str, name: str = "waiting") -> tuple[int, str]:
    """The same, with the status of the answer; that of a refusal comes with its page."""
    found, seen = RANGE.search(card), SEEN.search(card)
    assert found
    assert seen
    sent = {"oldest": found[1], "newest": found[2], "seen": seen[1]}
    return await submit(asking, f"/owner/{name}/decide", action=action, **sent)


def decision(target: str) -> str:
    return target.rpartition("done=")[2]
