"""Pages and streams of the largest texts: bounded in bytes, with nothing lost."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from stena.message import TEXT_LIMIT
from stena.settings import Settings, Wall
from stena.store.page import PAGE_BYTES
from stena.web.api.stream import MOST_MISSED_TEXT
from stena.web.rendering import formatting as module
from stena.web.rendering.formatting import MOST_LINKS, MOST_MARKS, excerpt, formatted
from tests.marks import Shown, is_as_typed
from tests.web.calls import create, listed, page, rendered, replies
from tests.web.events import listening

if TYPE_CHECKING:
    from tests.conftest import Client

# A character of four bytes.
LARGEST = "🙂" * TEXT_LIMIT
FITTING = PAGE_BYTES // len(LARGEST.encode())
# What takes longest to format, or becomes the most HTML.
EXPENSIVE = [
    "http://a.b ",
    "http://a.b* ",
    "*a\n\n",
    "*a* ",
    "`a` ",
    "***b ",
    ">a\n\n",
    "> a\nb\n",
    "*\n\n",
    "*`http://a.b`* ",
    "&*",
    '"`',
    "\\*",
    "a* http://a.b/?",
]


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(posts_per_minute=0))


@pytest.mark.parametrize("part", EXPENSIVE)
def test_marks_and_links_of_a_text_are_bounded_and_the_rest_is_shown_as_typed(part: str) -> None:
    text = (part * TEXT_LIMIT)[:TEXT_LIMIT]
    html = formatted(text)
    assert html.count("<a ") <= MOST_LINKS
    # An element for each mark, and the paragraph of the rest.
    assert html.count("<") <= 4 * MOST_MARKS + 2
    assert len(html) < 40_000
    assert is_as_typed("".join(Shown(html).blocks), text)
    assert len(excerpt(text, 80)) <= 80


def test_a_text_with_few_marks_is_formatted_to_its_end() -> None:
    text = "word " * 700 + "*end* http://a.example/"
    assert formatted(text).endswith("http://a.example/</a></p>")


async def test_a_page_of_the_largest_texts_is_short_and_the_next_one_goes_on(
    client: Client,
) -> None:
    sent = [await create(client, f"{number:02} {LARGEST[:-3]}") for number in range(2 * FITTING)]
    newest = await listed(client)
    assert len(newest) == FITTING
    whole = await page(client)
    assert len(re.findall("<article", rendered(whole))) == FITTING
    found = list(newest)
    while (answer := await client.get(f"/api/messages.list?limit=100&before={found[-1]['id']}")).ok:
        some = (await answer.json())["messages"]
        assert len(some) <= FITTING
        found += some
        if (await answer.json())["next"] is None:
            break
    assert [one["id"] for one in reversed(found)] == [one["id"] for one in sent]
    older = await page(client, f"/?before={newest[-1]['id']}")
    assert len(re.findall("<article", rendered(older))) == FITTING


async def test_replies_of_the_largest_texts_are_paged_too(client: Client) -> None:
    above = [await create(client, f"question {number}") for number in range(FITTING)]
    for one in above:
        for _ in range(2):
            await create(client, LARGEST, reply_to=one["id"])
    whole = rendered(await page(client))
    # All messages are there, and as many of the newest replies to the first of them as fit.
    assert len(re.findall('class="message"', whole)) == FITTING
    assert len(re.findall('class="message reply[ "]', whole)) == FITTING
    number = above[0]["id"]
    for _ in range(FITTING):
        await create(client, LARGEST, reply_to=number)
    first = await replies(client, number, limit=100)
    assert len(first["messages"]) == FITTING
    rest = await replies(client, number, after=first["next"], limit=100)
    assert (len(rest["messages"]), rest["next"]) == (2, None)


async def test_a_reader_that_missed_too_much_text_reloads_the_page(client: Client) -> None:
    few = MOST_MISSED_TEXT // len(LARGEST.encode())
    sent = [await create(client, LARGEST) for _ in range(few)]
    async with listening(client, query="?after=0") as events:
        got = [await events.next() for _ in range(few)]
        assert [event.data["id"] for event in got] == [one["id"] for one in sent]
    await create(client, LARGEST)
    async with listening(client, query="?after=0") as events:
        assert (await events.next()).kind == "reset"


async def test_texts_that_take_long_to_format_are_formatted_off_the_event_loop(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the loop, a page and a stream of such texts would hold up everyone for a second."""
    on_the_loop: list[str] = []

    def watch(text: str, links: bool) -> object:  # noqa: FBT001 -- as it is called
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return formatting(text, links)
        on_the_loop.append(text)
        return formatting(text, links)

    formatting = module._formatted  # noqa: SLF001 -- to be watched
    monkeypatch.setattr(module, "_formatted", watch)
    for number in range(30):
        part = EXPENSIVE[number % len(EXPENSIVE)]
        await create(client, f"{number} {(part * TEXT_LIMIT)[:3000]}")
    newest = await listed(client)
    async with listening(client, query="?after=0") as events:
        await events.next()
        await create(client, "*live* " * 200)
        # It is formatted before it is sent; what is formatted must not be lost in between.
        while "*live*" not in str((await events.next()).data):
            pass
    number = newest[0]["id"]
    for path in ("/", f"/?before={number}", f"/m/{number}", "/live", "/feed.atom", "/feed.json"):
        module._kept.clear()  # noqa: SLF001 -- as after a start
        await create(client, "another page")
        await page(client, path)
    assert on_the_loop == []
