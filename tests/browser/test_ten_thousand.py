"""Ten thousand hostile texts on one wall break no client that reads them."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from playwright.async_api import expect

from stena.settings import Settings, Wall
from stena.web.rendering.formatting import formatted, is_plain
from tests.browser.card import assert_shown, look
from tests.browser.hostile_many import many
from tests.browser.visitor import address, texts
from tests.marks import Shown
from tests.web.events import listening

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.witness import Witness
    from tests.conftest import Client
    from tests.web.events import Events

    Words = dict[int, tuple[str, str | None]]

HOW_MANY = 10_000
AT_ONCE = 50
MOST_UNREAD = 100
PAGE = 50
# How often the feeds are read; they contain the newest fifty messages without replies.
FEED = 60
ATOM = "{http://www.w3.org/2005/Atom}"
MARKUP = "(parts) => parts.map((part) => part.outerHTML)"
# Elements wider than the window, outside their card, or cut off at its edge by more than the
# padding of a `code`, which may extend over the end of a line. Many combining marks on one letter
# cannot be wrapped, and are cut off.
ASTRAY = r"""
() => {
    const BLOCKS = "article, header, time, bdi, div, p, blockquote";
    const LINES = "header, p, blockquote";
    const astray = [];
    if (document.documentElement.scrollWidth > innerWidth) astray.push("the page");
    for (const card of document.querySelectorAll("#messages > article")) {
        const edge = card.getBoundingClientRect();
        for (const part of card.querySelectorAll(BLOCKS)) {
            const { left, right, top, bottom } = part.getBoundingClientRect();
            const beyond = part.matches(LINES) ? part.scrollWidth - part.clientWidth : 0;
            const aside = left < edge.left || right > edge.right || beyond > 5;
            const piled = aside && /\p{M}{8}/u.test(part.textContent);
            // Of a long text the rest is folded away.
            const folded = part.closest(".long > .words");
            const above = top < edge.top || (bottom > edge.bottom && !folded);
            if ((aside && !piled) || above) {
                astray.push([card.id, part.localName, part.textContent]);
            }
        }
    }
    return astray;
}
"""
# The ids of the messages, each followed by those of its replies.
EARLIER = "document.querySelector('.earlier a')?.getAttribute('href')"
IDS = "(cards) => cards.map((card) => Number(card.id.slice(1)))"


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(posts_per_minute=0))


@pytest.mark.longest
async def test_ten_thousand_hostile_texts_break_nothing(witness: Witness, client: Client) -> None:
    # The wall disconnects a reader that is far behind.
    room = asyncio.Semaphore(MOST_UNREAD)
    async with listening(client) as events:
        received = asyncio.create_task(read_all(events, room))
        typed = await put_all(client, many(HOW_MANY), room)
        assert words(await received) == typed
    assert words(await listed(client)).items() <= typed.items()
    await walk(witness.page, address(client), typed)


async def test_hostile_texts_that_come_live_look_as_they_do_on_the_next_visit(
    witness: Witness, client: Client
) -> None:
    page = witness.page
    await page.goto(address(client))
    await put_all(client, many(HOW_MANY)[-PAGE:], asyncio.Semaphore(PAGE))
    await expect(texts(page)).to_have_count(PAGE)
    came = await texts(page).evaluate_all(MARKUP)
    await page.reload()
    assert await texts(page).evaluate_all(MARKUP) == came


async def put_all(client: Client, some: list[tuple[str, str]], room: asyncio.Semaphore) -> Words:
    """Post them all concurrently, while there is room. Returns the texts by id."""
    rest = iter(some)
    typed: Words = {}

    async def visitor() -> None:
        """A visitor who sometimes replies to their own message."""
        last: int | None = None
        for text, name in rest:
            await room.acquire()
            reply_to = last if len(typed) % 5 == 0 else None
            number = await put_patiently(client, text, name, reply_to)
            typed[number] = (text, name or None)
            if number % FEED == 0:
                await read_feeds(client)
            last = number if reply_to is None else None

    await asyncio.gather(*(visitor() for _ in range(AT_ONCE)))
    return typed


async def put_patiently(client: Client, text: str, name: str, reply_to: int | None) -> int:
    """Post a message, again with its nonce if the machine is too slow for an answer in time."""
    message = {"text": text, "name": name, "reply_to": reply_to, "nonce": secrets.token_hex(8)}
    while True:
        answer = await client.post("/api/messages.create", json=message)
        if answer.status != 503:
            assert answer.status == 201, await answer.text()
            return int((await answer.json())["message"]["id"])


async def read_feeds(client: Client) -> None:
    atom = ET.fromstring(await read(client, "/feed.atom"))  # noqa: S314 -- our own
    contents = [entry.findtext(f"{ATOM}content") for entry in atom.iter(f"{ATOM}entry")]
    items = json.loads(await read(client, "/feed.json"))["items"]
    assert len(contents) == len(items)
    for html in (*contents, *(item["content_html"] for item in items)):
        Shown((html or "").replace("<br>", "\n"))


async def read(client: Client, path: str) -> str:
    """A feed; asked again if the machine is too slow for the database to answer in time."""
    while True:
        answer = await client.get(path)
        if answer.status != 503:
            assert answer.status == 200
            return await answer.text()


async def read_all(events: Events, room: asyncio.Semaphore) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    while len(messages) < HOW_MANY:
        messages.append((await events.next()).data)
        room.release()
    for message in messages:
        # Their links are text: nobody knows these browsers.
        if not is_plain(message["text"], links=False):
            assert message["html"] == formatted(message["text"], links=False)
    return messages


async def listed(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    place = "/api/messages.list?limit=100"
    while True:
        answer = await (await client.get(place)).json()
        found += answer["messages"]
        if answer["next"] is None:
            return found
        place = f"/api/messages.list?limit=100&before={answer['next']}"


def words(messages: list[dict[str, Any]]) -> Words:
    found = {one["id"]: (one["text"], one["name"]) for one in messages}
    assert len(found) == len(messages)
    return found


async def walk(page: Page, wall: str, typed: Words) -> None:
    """Visit every page from the newest message to the oldest."""
    seen: set[int] = set()
    place = "/"
    while place:
        await page.goto(f"{wall}{place}")
        assert await page.evaluate(ASTRAY) == []
        ids = await page.locator("article").evaluate_all(IDS)
        for number, one in zip(ids, await look(page), strict=True):
            text, name = typed[number]
            assert_shown(one, text, name or "")
        seen.update(ids)
        place = await page.evaluate(EARLIER)
    assert seen == set(typed)
