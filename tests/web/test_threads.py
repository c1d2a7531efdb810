from __future__ import annotations

import gc
import re
import weakref
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from stena.web.wire.page_cache import MOST_THREADS, CachedPage
from tests.web.calls import KEY, call, create, got, listed, page, refused, submit, write
from tests.web.events import listening

if TYPE_CHECKING:
    from stena.message import Page
    from tests.conftest import Client

THREADS = ["", "/", "blog", "blog/2026", "~anna/a-page.html", "блог/первый"]
PLACES = ("search", "feed.atom", "feed.json")
# The same page, however its address is written.
SAME = {
    "blog/first": ["/blog/first", "blog/first/", "//blog//first//", " blog/first", "blog/first#x"],
    "блог/й": ["/%D0%B1%D0%BB%D0%BE%D0%B3/%d0%b9/", "блог/и\u0306", "блог%2Fй"],
    "blog.example/A": ["https://Blog.Example/A/", "HTTP://blog.example:80/A#x"],
    "пример.рф": ["https://xn--e1afmkfd.xn--p1ai/", "https://ПРИМЕР.рф"],
    "straße.de": ["https://xn--strae-oqa.de/", "https://Straße.de"],
    "xn--i-7iq.ws/a": ["https://xn--i-7iq.ws/a/"],
    "xn--.de": ["https://xn--.de"],
    "/": ["//", "/#top"],
}
HOSTILE = [
    " ",
    "a b",
    "x" * 101,
    "я" * 101,
    "https://",
    "ftp://blog.example/a",
    "https://blog.example/a?b=c",
    "a%",
    "a%FF",
    "a%00b",
    "a%20b",
    "a" * 3000,
    "<script>alert(1)</script>",
    '"onload="alert(1)',
    "'; DROP TABLE message; --",
    "a?b=c",
    "a&b",
    "a\\b",
    "a\nb",
    "a\0b",
    "\u202e",
]


def cards(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<article id="m(\d+)"', page)]


async def test_walls_of_pages_do_not_see_each_other(client: Client) -> None:
    made = {thread: [await create(client, "here", thread=thread)] for thread in THREADS}
    for thread in THREADS:
        made[thread].insert(0, await create(client, "here too", thread=thread))
    for thread in THREADS:
        assert await listed(client, thread=thread) == made[thread]
        assert await listed(client, thread=thread, limit=1) == made[thread][:1]
        assert await listed(client, thread=thread, before=made[thread][0]["id"]) == made[thread][1:]
        ids = [message["id"] for message in made[thread]]
        assert cards(await page(client, f"/?thread={quote(thread)}")) == ids
        assert cards(await page(client, f"/?thread={quote(thread)}&before={ids[0]}")) == ids[1:]
        assert {message["thread"] for message in made[thread]} == {thread}
    assert await listed(client) == made[""]
    assert await listed(client, thread="blog/2025") == []


@pytest.mark.parametrize("thread", SAME)
async def test_a_page_has_one_wall_however_its_address_is_written(
    client: Client, thread: str
) -> None:
    for name in SAME[thread]:
        assert (await create(client, f"as {name}", thread=name))["thread"] == thread
        assert await listed(client, thread=name) == await listed(client, thread=thread)
    assert len(await listed(client, thread=thread)) == len(SAME[thread])
    status, _ = await submit(client, "/messages", text="by the form", thread=SAME[thread][0])
    assert status == 303
    shown = await page(client, f"/?thread={quote(SAME[thread][0], safe='')}")
    assert f'data-thread="{thread}"' in shown
    assert cards(shown) == [one["id"] for one in await listed(client, thread=thread)]
    found = await client.get(
        "/api/messages.search", params={"q": "form", "thread": SAME[thread][0]}
    )
    assert len((await found.json())["messages"]) == 1


async def test_the_search_and_the_feeds_of_a_page_are_its_own(client: Client) -> None:
    here = await create(client, "A word here", thread="блог/первый")
    await create(client, "A word elsewhere")
    name = quote("блог/первый")
    for path in (f"/?thread={name}", f"/m/{here['id']}", f"/search?thread={name}"):
        shown = await page(client, path)
        links = re.findall(r'href="(/(?:search|feed\.\w+)[^"&]*)"', shown)
        assert set(links) == {f"/{one}?thread={name}" for one in PLACES}
    found = await page(client, f"/search?q=word&thread={name}")
    assert "A <mark>word</mark> here" in found
    assert "elsewhere" not in found
    for feed in ("feed.atom", "feed.json"):
        text = await page(client, f"/{feed}?thread={name}")
        assert "A word here" in text
        assert "elsewhere" not in text
        assert f"/{feed}?thread={name}" in text
        assert "блог/первый" in text
    assert 'href="/search"' in await page(client)


async def test_older_messages_of_a_page_are_behind_a_link_to_its_own_wall(client: Client) -> None:
    for number in range(51):
        await create(client, f"{number}", thread="blog/2026")
        await create(client, f"elsewhere {number}")
    found = re.search(
        r'href="(/\?thread=[^"]+before=\d+)"', await page(client, "/?thread=blog/2026")
    )
    assert found
    assert len(cards(await page(client, found[1].replace("&amp;", "&")))) == 1


async def test_the_form_on_a_pages_wall_leads_back_there(client: Client) -> None:
    assert 'name="thread" value="blog"' in await page(client, "/?thread=blog")
    assert 'name="thread"' not in await page(client)
    status, location = await submit(client, "/messages", text="here", thread="blog")
    number = int(location.rpartition("#m")[2])
    assert (status, location) == (303, f"/?thread=blog#m{number}")
    own = await page(client, f"/m/{number}")
    assert 'href="/?thread=blog"' in own
    assert f'href="/?thread=blog&before={number + 1}"' in own.replace("&amp;", "&")
    assert await submit(client, f"/m/{number}/delete") == (303, "/?thread=blog")


async def test_a_refused_form_comes_back_on_its_own_wall(client: Client) -> None:
    there = await write(client, "there", thread="blog")
    await write(client, "on the main wall")
    status, form = await submit(client, "/messages", text=" ", thread="blog")
    assert status == 422
    assert 'name="thread" value="blog"' in form
    assert cards(form) == [there]


async def test_a_reply_stands_on_the_wall_of_what_it_answers(client: Client) -> None:
    above = (await create(client, "Question", thread="blog"))["id"]
    for thread in (None, "elsewhere"):
        reply = await create(client, "Answer", reply_to=above, thread=thread)
        assert reply["thread"] == "blog"
    assert await listed(client, thread="elsewhere") == []
    answered = await got(client, above)
    assert answered is not None
    assert answered["replies"] == 2


async def test_a_stream_tells_what_happens_on_its_own_wall_alone(client: Client) -> None:
    async with (
        listening(client, query="?after=0") as here,
        listening(client, query="?after=0&thread=blog") as there,
    ):
        first = await create(client, "there", thread="blog", key=KEY)
        reply = await create(client, "an answer", reply_to=first["id"])
        await call(client, "react", id=reply["id"], kind="wow", key=KEY)
        await call(client, "edit", id=first["id"], key=KEY, text="there still")
        last = await create(client, "here")
        assert (await here.next()).data == last
        kinds = [(await there.next()) for _ in range(4)]
        assert [event.kind for event in kinds] == ["message", "message", "reacted", "edited"]
        assert {event.data["id"] for event in kinds} == {first["id"], reply["id"]}
    # A reader that was disconnected gets the same.
    async with listening(client, query="?after=0&thread=blog") as events:
        assert [(await events.next()).kind for _ in range(2)] == ["message", "message"]
        fresh = await create(client, "fresh", thread="blog")
        assert (await events.next()).data == fresh
    async with listening(client, query="?after=0") as events:
        assert (await events.next()).data == last


@pytest.mark.parametrize("path", ["/", "/api/messages.list"])
async def test_a_wall_that_has_not_changed_stays_the_same_while_others_change(
    client: Client, path: str
) -> None:
    await create(client, "there", thread="blog")
    await create(client, "here")
    query = {"thread": "blog"}
    first = await client.get(path, params=query)
    known = {"If-None-Match": first.headers["ETag"]}
    for _ in range(2):
        again = await client.get(path, params=query, headers=known)
        assert (again.status, await again.read()) == (304, b"")
    main = await client.get(path, headers=known)
    assert main.status == 200
    made = await create(client, "there again", thread="blog")
    answer = await client.get(path, params=query, headers=known)
    assert answer.status == 200
    assert "there again" in await answer.text()
    # Each kind of change is visible at once to its author.
    tag = answer.headers["ETag"]
    for method, fields in (
        ("react", {"id": made["id"], "kind": "wow", "key": KEY}),
        ("create", {"text": "an answer", "reply_to": made["id"]}),
    ):
        await call(client, method, **fields)
        answer = await client.get(path, params=query, headers={"If-None-Match": tag})
        assert answer.status == 200
        tag = answer.headers["ETag"]


# -- made-up names


@pytest.mark.parametrize("thread", HOSTILE)
async def test_a_name_that_is_no_pages_is_refused(client: Client, thread: str) -> None:
    for path in ("/", "/api/messages.list", "/api/messages.stream"):
        answer = await client.get(path, params={"thread": thread})
        assert answer.status == 422, path
    assert await refused(client, "create", text="x", thread=thread) == (422, "thread_invalid")
    for text in ("kept", " "):
        status, form = await submit(client, "/messages", text=text, thread=thread)
        assert status == 422
        assert f"\n{text}</textarea>" in form
        assert "<script>" not in form
    assert await listed(client) == []


async def test_a_thousand_made_up_names_take_no_memory_and_do_not_push_out_the_wall(
    client_of_one: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[weakref.ref[CachedPage]] = []
    before = 0

    class Counted(CachedPage):
        """A cached page, which a weak reference tells of; the real one has no room for any."""

        def __init__(self, page: Page) -> None:
            super().__init__(page)
            built.append(weakref.ref(self))

    monkeypatch.setattr("stena.web.wire.page_cache.CachedPage", Counted)
    client = client_of_one
    # Nothing is cached before the process listens, which may take a while.
    while not built or len(built) != before:
        before = len(built)
        await page(client)
    for number in range(MOST_THREADS * 3):
        await listed(client, thread=f"made-up/{number}")
        if number % 10 == 0:
            await page(client)
    gc.collect()
    alive = [found for one in built if (found := one()) is not None]
    assert len(alive) == MOST_THREADS
    [main] = [one for one in alive if not one.page.thread]
    assert main is built[before - 1]()
