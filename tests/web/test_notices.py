"""The notices above the form, as visitors and programs see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from tests.calm import calm
from tests.conftest import Front
from tests.owner import make_code, rows, sign_in
from tests.web.calls import create, page, submit
from tests.web.events import listening
from tests.web.highlighting import failed, newest
from tests.web.moderating import make_token, moderate, undo

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.events import Event, Events


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def notice_of(events: Events) -> Event:
    while (event := await events.next()).kind != "notice":
        pass
    return event


async def test_a_notice_is_above_the_form_of_the_walls_that_it_is_for(
    client_of_one: Client, address: Address
) -> None:
    client = client_of_one
    await sign_in(client, await make_code(address, "Anna", "moderator"))
    plain = await page(client, "/?thread=news")
    assert 'id="notice"' not in plain
    for thread, text in (("", "Back on *Monday* <b>"), ("news", "https://a.example")):
        answer = await submit(client, "/owner/notices", thread=thread, text=text)
        assert answer == (303, "/owner/notices")
    for path in ("/", "/embed", "/?thread=talk"):
        shown = await page(client, path)
        assert "Back on <em>Monday</em> &lt;b&gt;" in shown
        assert shown.index('id="notice"') < shown.index('id="write"')
    assert '<a href="https://a.example' in await page(client, "/?thread=news")
    assert 'id="notice"' not in await page(client, "/?before=1")
    assert (await newest(client))["notice"] == "Back on *Monday* <b>"
    assert "Set the notice of news" in await page(client, "/owner/log")
    await submit(client, "/owner/notices", thread="news", text=" ")
    assert (await newest(client, thread="news"))["notice"] == "Back on *Monday* <b>"
    await submit(client, "/owner/notices", thread="", text="")
    assert await page(client, "/?thread=news") == plain


async def test_a_notice_that_is_refused_is_in_its_form(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    assert (await submit(client, "/owner/notices", text="w" * 301))[0] == 422
    assert (await submit(client, "/owner/notices", of_a_page="1", text="hello"))[0] == 422
    status, shown = await submit(client, "/owner/notices", thread="", text="w" * 301)
    assert (status, "1 character too many (301 of 300)" in shown, "w" * 301 in shown) == (
        422,
        True,
        True,
    )
    fields = {"of_a_page": "1", "thread": "no such", "text": "my words"}
    status, shown = await submit(client, "/owner/notices", **fields)
    assert (status, "my words</textarea>" in shown) == (422, True)
    assert await failed(client, "notice", text="w" * 301) == (422, "text_too_long")
    assert await rows(address, "SELECT FROM notice") == []


async def test_open_pages_learn_of_a_notice_and_of_its_undo_in_every_process(
    client: Client, other: Client, address: Address
) -> None:
    async with (
        listening(client, query="?audience=1") as here,
        listening(other, query="?audience=1&thread=news") as there,
    ):
        await moderate(client, "notice", text="one *word*")
        for events in (here, there):
            event = await notice_of(events)
            # A process that has not looked yet says first that there is none.
            event = event if event.data["text"] else await notice_of(events)
            assert event.id is None
            assert event.data == {
                "text": "one *word*",
                "html": '<p dir="auto">one <em>word</em></p>',
            }
        # The wall of the other process has it too.
        assert (await newest(other, thread="talk"))["notice"] == "one *word*"
        await moderate(client, "notice", thread="news", text="other")
        assert (await notice_of(there)).data == {"text": "other"}
        last = await rows(address, "SELECT max(id) AS id FROM decision")
        await undo(client, last[0]["id"])
        assert (await notice_of(there)).data["text"] == "one *word*"


async def test_a_stream_begins_with_the_notice_where_there_ever_was_one(
    client_of_one: Client, settings: Settings, address: Address
) -> None:
    client = client_of_one
    # From when the process has looked.
    while await beginning(client) != ["audience"]:
        pass
    await moderate(client, "notice", text="back on Monday")
    assert await beginning(client) == ["audience", "notice"]
    assert await beginning(client, "&thread=news") == ["audience", "notice"]
    await moderate(client, "notice", text="")
    # A reader that was away may still show it.
    async with listening(client, query="?audience=1") as events:
        assert (await notice_of(events)).data == {"text": ""}
    # A process that starts later reads of it in the log.
    async with TestClient(Front(create_app(calm(settings), address))) as later:
        for _ in range(2):
            assert await beginning(later) == ["audience", "notice"]


async def beginning(client: Client, query: str = "") -> list[str]:
    """The kinds of events of a stream before the first message, which is posted then."""
    seen: list[str] = []
    async with listening(client, query=f"?audience=1{query}") as events:
        await create(client, "a message", thread="news" if "news" in query else "")
        while (event := await events.next()).kind != "message":
            # The number of readers comes again whenever another process announces its own.
            if event.kind not in seen:
                seen.append(event.kind)
    return seen
