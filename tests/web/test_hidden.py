"""No byte of a message that is not shown leaves the wall, on any route, in any way.

The messages are hidden in tests/web/hiding.py; tests/web/routes.py has the questions. Texts and
names have words that occur nowhere else, and ids more digits than other numbers.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, DummyCookieJar, web

from stena.settings import Settings, Wall
from stena.web.routes import add_routes
from tests.owner import execute
from tests.web.caching import Browser
from tests.web.calls import KEY, create, got
from tests.web.events import PATIENCE
from tests.web.hiding import NEVER_SHOWN, ONCE_SHOWN
from tests.web.moderating import make_token, moderate
from tests.web.routes import STREAM, about_all, about_hidden, about_one
from tests.web.scenery import IN_NAME, IN_TEXT, Scenery
from tests.web.test_page_cache import UNPACK

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aiohttp import ClientResponse

    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.routes import Question, Questions

ENCODINGS = ("identity", *UNPACK)
FIRST_ID, NO_ID = 16_180_339, 16_190_001
THREADS = ("", "news")
FENCE = "the end of the stream"
THIRD = "key=key-of-a-third-browser"


@pytest.fixture
def settings() -> Settings:
    site = "https://blog.example"
    return Settings(wall=Wall(posts_per_minute=0, reads_per_minute=0, origins=(site,)))


@pytest.fixture
async def wall(client_of_one: Client, address: Address) -> Scenery:
    """A wall to which hidden messages will come.

    It is one process: others hear of a removal a moment later.
    """
    await make_token(address)
    # With gaps: a page may name the number after that of its message.
    await execute(address, f"ALTER SEQUENCE message_id_seq INCREMENT 7 RESTART {FIRST_ID}")
    scenery = Scenery(client_of_one)
    await scenery.begin()
    return scenery


@pytest.fixture
async def stranger(client_of_one: Client) -> AsyncGenerator[ClientSession]:
    """Somebody who keeps no cookies."""
    url = client_of_one.make_url("/")
    async with ClientSession(url, cookie_jar=DummyCookieJar()) as session:
        yield session


async def test_nothing_of_hidden_messages_is_in_what_everyone_is_shown(
    wall: Scenery, stranger: ClientSession, other: Client
) -> None:
    questions = about_all((IN_TEXT, IN_NAME), NO_ID)
    browser = Browser(stranger)

    async def look() -> None:
        for route, question in each(questions):
            await browser.ask(route, question)

    wall.look = look
    for scene in NEVER_SHOWN + ONCE_SHOWN:
        await scene(wall)
        await see(browser, questions, hidden(wall))
    # What the author is shown is not kept for the others.
    author = Browser(wall.client, f"key={KEY}")
    for number in wall.never + wall.gone:
        for route, question in each(about_one(number)):
            if route.startswith("GET "):
                await author.ask(route, question)
    await see(Browser(stranger), questions, hidden(wall), *ENCODINGS, methods=("", "HEAD"))
    await see(Browser(stranger, THIRD), questions, hidden(wall))
    # Another process on the same database.
    await see(Browser(other), questions, hidden(wall))


@pytest.mark.parametrize("cookie", ["", THIRD])
async def test_a_hidden_message_is_answered_for_as_if_there_were_none(
    wall: Scenery, stranger: ClientSession, cookie: str
) -> None:
    await hide_all(wall)
    browser = Browser(stranger, cookie)
    for questions in (about_one, about_hidden):
        expected = [(await browser.ask(*one)).without(NO_ID) for one in each(questions(NO_ID))]
        for number in wall.never + wall.gone:
            for one, answer in zip(each(questions(number)), expected, strict=True):
                assert (await browser.ask(*one)).without(number) == answer, one


async def test_nothing_of_hidden_messages_is_where_others_are_asked_for(
    wall: Scenery, stranger: ClientSession
) -> None:
    await hide_all(wall)
    browser = Browser(stranger)
    for number in wall.places + wall.shown:
        await see(browser, about_one(number), hidden(wall), methods=("", "HEAD"))
    for number in wall.places:
        place = await got(stranger, number)
        assert place
        left = [place[name] for name in ("text", "name", "edited", "reactions", "hue")]
        assert left == ["", None, None, {}, None]
    # Older ones than a hidden message; its id is in the address of the page.
    for number in wall.never:
        questions = about_all((), number)
        listing = {route: questions[route] for route in ("GET /", "GET /api/messages.list")}
        await see(browser, listing, hidden(wall, besides=number))


async def test_a_search_for_the_words_of_a_hidden_message_finds_none(
    wall: Scenery, stranger: ClientSession
) -> None:
    await hide_all(wall)
    for word in wall.words:
        for order in ("newest", "relevance"):
            for thread in THREADS:
                query = {"q": word, "order": order, "thread": thread}
                answer = await stranger.get("/api/messages.search", params=query)
                assert (await answer.json())["messages"] == []


async def test_streams_say_nothing_of_messages_that_were_never_shown(
    wall: Scenery, stranger: ClientSession, other: Client
) -> None:
    streams = [
        await asking.get(f"/api/messages.stream?audience=1&thread={thread}")
        for asking in (stranger, other)
        for thread in THREADS
    ]
    for scene in NEVER_SHOWN:
        await scene(wall)
    forbidden = hidden(wall)
    for scene in ONCE_SHOWN:
        await scene(wall)
    await end(wall)
    for stream in streams:
        found = forbidden.search(await heard(stream))
        assert not found, found


@pytest.mark.parametrize("thread", THREADS)
async def test_a_stream_from_any_number_on_has_nothing_of_hidden_messages(
    wall: Scenery, stranger: ClientSession, thread: str
) -> None:
    await hide_all(wall)
    last = await end(wall)
    for after in range(last + 1):
        stream = await stranger.get(f"/api/messages.stream?thread={thread}&after={after}")
        found = hidden(wall).search(await heard(stream))
        assert not found, (found, after)


async def test_what_is_cached_stays_as_it_is_where_a_message_is_never_shown(
    wall: Scenery, stranger: ClientSession
) -> None:
    async def tags() -> dict[str, str]:
        paths = [one.path for route, one in each(about_all((), NO_ID)) if route.startswith("GET ")]
        answers = [(path, await stranger.get(path)) for path in paths]
        return {path: one.headers["ETag"] for path, one in answers if "ETag" in one.headers}

    before = await tags()
    assert {"/", "/live", "/embed", "/feed.atom", "/api/messages.list"} <= before.keys()
    for scene in NEVER_SHOWN:
        await scene(wall)
        assert await tags() == before, scene


def test_each_route_is_asked() -> None:
    """One that is new belongs into tests/web/routes.py."""
    app = web.Application()
    add_routes(app)
    routes = {
        f"{route.method} {resource.canonical}"
        for resource in app.router.resources()
        for route in resource
        if route.method != "HEAD"
    }
    assert routes == {STREAM, *about_all((), 1), *about_one(1), *about_hidden(1)}


async def hide_all(wall: Scenery) -> None:
    for scene in NEVER_SHOWN + ONCE_SHOWN:
        await scene(wall)


def hidden(wall: Scenery, besides: int = 0) -> re.Pattern[bytes]:
    """What may occur nowhere: the words, and the ids of messages that were never shown."""
    ids = [rf"(?<!\d){number}(?!\d)" for number in wall.never if number != besides]
    return re.compile("|".join([*wall.words, *ids]).encode())


def each(questions: Questions) -> list[tuple[str, Question]]:
    return [(route, one) for route, asked in questions.items() for one in asked]


async def see(
    browser: Browser,
    questions: Questions,
    forbidden: re.Pattern[bytes],
    *encodings: str,
    methods: tuple[str, ...] = ("",),
) -> None:
    """See nothing that is forbidden in the answers to questions."""
    for route, question in each(questions):
        for encoding in encodings or ("br",):
            for method in methods if route.startswith("GET ") else ("",):
                answer = await browser.ask(route, question, encoding, method)
                assert answer.status < 500, question
                found = forbidden.search(answer.head + answer.body)
                assert not found, (found, route, question, encoding)


async def end(wall: Scenery) -> int:
    """Show a last message in each thread.

    Returns:
        The number of the newest change before them.
    """
    await moderate(wall.client, "rule", mode="open")
    for thread in reversed(THREADS):
        await create(wall.client, FENCE, thread=thread)
    received = await heard(await wall.client.get("/api/messages.stream?after=0"))
    return int(re.findall(rb"id: (\d+)", received)[-1]) - len(THREADS)


async def heard(stream: ClientResponse) -> bytes:
    """What a stream sends up to the last message."""
    received = b""
    try:
        async with asyncio.timeout(PATIENCE):
            while FENCE.encode() not in received:
                some = await stream.content.readany()
                assert some, received
                received += some
    finally:
        stream.close()
    return received
