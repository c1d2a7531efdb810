"""A form without scripts that the wall asks for a step comes back with it, and loses no word."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from stena.message import Draft
from stena.settings import Common, Settings, Wall
from stena.step import WAIT
from tests.web.calls import create, listed, replies, submit
from tests.web.paying import aged, brake

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

NONCE = "a-nonce-of-mine"
TEXT = "Good <morning> & “welcome”"
QUESTION, ANSWER = "Which <floor>?", "Seven"


@pytest.fixture(autouse=True)
async def braked(address: Address) -> None:
    await brake(address)


def form(page: str) -> dict[str, str]:
    """What a browser sends of the form that was refused, without its second button."""
    [found] = re.findall(r'<form [^>]*class="write[ "].*?</form>', page, re.DOTALL)
    fields = {
        name: unescape(value)
        for name, value in re.findall(r'<input[^>]* name="(\w+)"[^>]*? value="([^"]*)"', found)
    }
    text = re.search(r"<textarea.*?>\n(.*?)</textarea>", found, re.DOTALL)
    assert text
    return {**fields, "text": unescape(text[1])}


async def refused(client: Client, path: str = "/messages", **fields: str) -> str:
    status, page = await submit(client, path, **fields)
    assert status == 428
    return page


async def test_the_words_come_back_whole_with_the_step(client: Client, address: Address) -> None:
    await brake(address, 0)
    await create(client, "Somebody was here before.")
    await brake(address)
    page = await refused(client, text=TEXT, name="Anna & Co", nonce=NONCE)
    sent = form(page)
    assert (sent["text"], sent["name"], sent["nonce"]) == (TEXT, "Anna & Co", NONCE)
    assert "In 20 seconds press “Put it on the wall” once more." in page
    # The text is right as it is, and the wall is left out.
    assert 'aria-invalid="true"' not in page
    assert "Somebody was here" not in page


async def test_a_visitor_who_presses_too_early_is_told_how_long_to_wait(
    client: Client, address: Address
) -> None:
    ticket = await aged(address, 5, Draft.of(TEXT, nonce=NONCE))
    page = await refused(client, text=TEXT, nonce=NONCE, ticket=ticket)
    seconds = re.search(r"In (\d+) seconds? press", page)
    assert seconds
    assert int(seconds[1]) <= WAIT - 5
    assert form(page)["ticket"] == ticket


async def test_a_visitor_who_has_waited_posts(client: Client, address: Address) -> None:
    sent = form(await refused(client, text=TEXT, nonce=NONCE))
    sent["ticket"] = await aged(address, WAIT, Draft.of(TEXT, nonce=NONCE))
    status, target = await submit(client, "/messages", **sent)
    assert status == 303
    assert "/#m" in target
    assert [one["text"] for one in await listed(client)] == [TEXT]


async def test_the_second_button_lets_the_owner_look(client: Client) -> None:
    page = await refused(client, text=TEXT)
    assert '<button name="way" value="look"' in page
    status, target = await submit(client, "/messages", **form(page), way="look")
    assert status == 303
    assert "#" not in target
    assert await listed(client) == []


async def test_a_reply_comes_back_as_a_reply(client: Client, address: Address) -> None:
    await brake(address, 0)
    above = (await create(client, "above"))["id"]
    await brake(address)
    page = await refused(client, text=TEXT, reply_to=str(above), nonce=NONCE)
    assert "press “Send the reply” once more" in page
    sent = form(page)
    draft = Draft.of(TEXT, nonce=NONCE, reply_to=above)
    sent["ticket"] = await aged(address, WAIT, draft)
    status, _ = await submit(client, "/messages", **sent)
    assert status == 303
    assert [one["text"] for one in (await replies(client, above))["messages"]] == [TEXT]


async def test_the_step_is_asked_for_in_russian(client: Client) -> None:
    answer = await client.post("/messages", data={"text": TEXT}, headers={"Accept-Language": "ru"})
    page = await answer.text()
    assert "Через 20 секунд нажмите «Оставить на стене» ещё раз." in page
    assert "Пусть сначала посмотрит владелец" in page


async def test_a_form_in_a_frame_stays_there(client: Client) -> None:
    page = await refused(client, "/embed/messages", text=TEXT, thread="news")
    assert form(page)["thread"] == "news"
    status, target = await submit(client, "/embed/messages", **form(page), way="look")
    assert status == 303
    assert "/embed/m/" in target


@pytest.mark.parametrize("way", ["", "money", "\0", "x" * 5000])
async def test_a_way_that_there_is_not_is_no_payment(client: Client, way: str) -> None:
    sent = form(await refused(client, text=TEXT))
    assert form(await refused(client, **sent, way=way))["text"] == TEXT


async def test_a_page_that_nobody_has_to_pay_for_has_no_step(client: Client) -> None:
    page = await (await client.get("/")).text()
    assert "step" not in page


class TestBelowAPath:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(url="http://127.0.0.1/wall"), common=Common(proxies=0))

    async def test_the_files_are_found_below_the_path(self, client: Client) -> None:
        page = await refused(client, "/wall/messages", text=TEXT)
        assert 'action="/wall/messages"' in page
        assert re.search(r'href="/wall/static/step\.css\?v=', page)


class TestAQuestion:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(question=QUESTION, answer=ANSWER))

    async def test_the_answer_to_the_owners_question_posts_at_once(self, client: Client) -> None:
        page = await refused(client, text=TEXT)
        assert "Which &lt;floor&gt;?" in page
        assert ANSWER.casefold() not in page.casefold()
        page = await refused(client, **form(page), answer="eight")
        status, _ = await submit(client, "/messages", **form(page), answer=" seven ")
        assert status == 303

    async def test_without_an_answer_the_time_counts(
        self, client: Client, address: Address
    ) -> None:
        sent = form(await refused(client, text=TEXT, nonce=NONCE))
        sent["ticket"] = await aged(address, WAIT, Draft.of(TEXT, nonce=NONCE))
        assert (await submit(client, "/messages", **sent, answer=" "))[0] == 303
