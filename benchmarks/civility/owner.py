"""The owner at the desk: each press of a button and each page that is opened is a tap."""

from __future__ import annotations

import asyncio
import html
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp

from benchmarks.civility.clients import clients
from tests.owner import CODE
from tests.owner import run as run_command

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from benchmarks.civility.clients import Clients
    from benchmarks.civility.judge import Judge
    from benchmarks.civility.walls import Wall

ADDRESS = "198.19.0.3"
WAITING, ON_THE_WALL = "/owner", "/owner/wall"
OK, SEE_OTHER, CONFLICT = 200, 303, 409
CARD = re.compile(r'<li class="note group">.*?</li>\s*(?=<li class="note group">|</ul>)', re.DOTALL)
# Of a card: the messages that it shows; where its buttons lead, with the range of its messages
# and what the page has seen, then the same for single ones; the page with each of its messages
# on a card of its own.
SHOWN = re.compile(r'<p class="by" id="by(\d+)"')
BUTTONS = re.compile(
    r'<form class="decide" action="([^"]+)" method="post">\s*'
    r'<input type="hidden" name="oldest" value="(\d+)">\s*'
    r'<input type="hidden" name="newest" value="(\d+)">\s*'
    r'<input type="hidden" name="seen" value="(\d+)">\s*(<button class="approve")?'
)
REST = re.compile(r'<p class="rest"><a href="([^"]+[?&;]newest=\d+)"')
# Of a page.
EARLIER = re.compile(r'<p class="onward"><a href="([^"]+)" rel="next"')


class Owner:
    """An owner who never takes spam for something else, and decides by what a card shows."""

    def __init__(self, clients: Clients, judge: Judge) -> None:
        self._clients = clients
        self._judge = judge
        self.taps = 0

    async def set_rule(self, **fields: str) -> None:
        await self._submit("/owner/rules", **fields)

    async def add_word(self, word: str, *, refuses: bool = False) -> None:
        await self._submit("/owner/words", word=word, refuses=str(int(refuses)))

    async def ban(self, message: int) -> None:
        """Ban the browser that wrote a message for a day."""
        number = str(message)
        await self._submit("/owner/wall/ban", oldest=number, newest=number, days="1")

    async def tidy_up(self) -> None:
        """Decide about all that waits, and remove the spam from the wall."""
        await self._go_through(WAITING)
        await self._go_through(ON_THE_WALL)

    async def _go_through(self, path: str) -> None:
        """Go back page by page, until one has nothing to decide."""
        while await self._decide_on(path):
            # What was decided has made room for other cards.
            while await self._decide_on(path):
                pass
            earlier = EARLIER.search(await self._page(path))
            if earlier is None:
                return
            self.taps += 1
            path = html.unescape(earlier[1])

    async def _decide_on(self, path: str) -> bool:
        """Decide about the cards of a page. Whether there was something to decide."""
        decided = [await self._decide(card) for card in CARD.findall(await self._page(path))]
        return any(decided)

    async def _decide(self, card: str) -> bool:
        numbers = [int(number) for number in SHOWN.findall(card)]
        whole, *single = BUTTONS.findall(card)
        if len({self._judge.is_spam(number) for number in numbers}) == 1:
            return await self._press(numbers[0], whole)
        # Opens the rest of the card.
        self.taps += 1
        if rest := REST.search(card):
            return await self._decide_on(html.unescape(rest[1]))
        pairs = zip(numbers, single, strict=True)
        return any([await self._press(number, buttons) for number, buttons in pairs])

    async def _press(self, number: int, buttons: tuple[str, ...]) -> bool:
        """Remove spam, and approve what else waits. `number` is one of the messages."""
        target, oldest, newest, seen, can_approve = buttons
        is_spam = self._judge.is_spam(number)
        if not is_spam and not can_approve:
            return False
        action = "remove" if is_spam else "approve"
        card = {"oldest": oldest, "newest": newest, "seen": seen}
        await self._submit(html.unescape(target), action=action, **card)
        self.taps += 1
        return True

    async def _page(self, path: str) -> str:
        answer = await self._clients.get(ADDRESS, path)
        if answer.status != OK:
            raise RuntimeError(f"{path} answered {answer.status}")
        return answer.text

    async def _submit(self, path: str, **fields: str) -> None:
        answer = await self._clients.post(ADDRESS, path, form=fields)
        # If something has changed since the page was read, the owner looks again.
        if answer.status not in {SEE_OTHER, CONFLICT}:
            raise RuntimeError(f"{path} answered {answer.status}")


@asynccontextmanager
async def signed_in(wall: Wall, judge: Judge) -> AsyncGenerator[Owner]:
    """An owner with a session, by a code as the command makes it."""
    async with clients(wall, aiohttp.CookieJar(unsafe=True)) as browser:
        done = await asyncio.to_thread(run_command, DATABASE_URL=wall.database)
        code = CODE.search(done.stdout)
        if code is None:
            raise RuntimeError(done.stderr)
        answer = await browser.post(ADDRESS, "/owner/sign-in", form={"code": code[0]})
        if answer.status != SEE_OTHER:
            raise RuntimeError(f"The code was refused: {answer.status}")
        yield Owner(browser, judge)
