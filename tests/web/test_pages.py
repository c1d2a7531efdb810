from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from stena.settings import Postgres, Settings, Wall
from tests.web.calls import KEY, OTHERS_KEY
from tests.web.moderating import show_links

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from stena.store.database import Address
    from tests.conftest import Client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def read(client: Client, path: str = "/", **headers: str) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status == 200
    return await answer.text()


def cards(page: str) -> list[str]:
    """The ids of the messages on a page; the blank one for scripts has none."""
    return re.findall(r'<article id="m(\d+)"', page)


async def leave(client: Client, text: str, **fields: str) -> ClientResponse:
    return await client.post(
        "/messages", data={"text": text, **fields}, headers=FORM, allow_redirects=False
    )


async def test_a_form_leads_back_to_the_page_with_the_message_in_view(client: Client) -> None:
    answer = await leave(client, "Hello, wall", name="Anna")
    assert answer.status == 303
    number = re.fullmatch(r"/#m(\d+)", answer.headers["Location"])
    assert number
    page = await read(client)
    assert f'<article id="m{number[1]}"' in page
    assert "Hello, wall" in page
    assert '<bdi class="name">Anna</bdi>' in page


async def test_the_newest_fifty_stand_on_the_page_and_the_older_behind_a_link(
    client: Client,
) -> None:
    for number in range(53):
        await leave(client, f"message {number}")
    page = await read(client)
    assert len(cards(page)) == 50
    older = re.search(r'href="(/\?before=\d+)"', page)
    assert older
    page = await read(client, older[1])
    assert re.findall(r"message \d+", page) == ["message 2", "message 1", "message 0"]
    assert "?before=" not in page.partition("<main")[2]


async def test_each_message_has_a_page_of_its_own(client: Client) -> None:
    location = (await leave(client, "Here I stand")).headers["Location"]
    number = location.removeprefix("/#m")
    assert f'href="/m/{number}"' in await read(client)
    assert "Here I stand" in await read(client, f"/m/{number}")


@pytest.mark.parametrize("path", ["/m/1", "/m/0", "/m/99999999999999999999", "/m/x", "/m/", "/x"])
async def test_a_page_that_is_not_there_says_so_in_html(client: Client, path: str) -> None:
    answer = await client.get(path, headers={"Accept": "text/html"})
    assert answer.status == 404
    assert answer.content_type == "text/html"
    assert "There is nothing here" in await answer.text()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": " \n "}, "Write a few words first."),
        ({"text": ""}, "Write a few words first."),
        ({}, "Write a few words first."),
        ({"text": "x" * 4001}, "1 character too many (4001 of 4000)."),
        ({"text": "kept", "name": "n" * 61}, "A name may have up to 60"),
        ({"text": "kept", "nonce": "!"}, "“nonce” must be"),
    ],
)
async def test_a_refused_form_comes_back_with_its_text_and_one_sentence(
    client: Client, fields: dict[str, str], sentence: str
) -> None:
    answer = await client.post("/messages", data=fields, headers=FORM)
    page = await answer.text()
    assert answer.status == 422
    assert page.count(sentence) == 1
    assert fields.get("text", "").strip() in page
    assert fields.get("name", "") in page
    assert cards(await read(client)) == []


async def test_a_refused_form_keeps_its_nonce(client: Client) -> None:
    answer = await client.post(
        "/messages", data={"text": "", "nonce": "nonce-of-mine"}, headers=FORM
    )
    assert 'name="nonce" value="nonce-of-mine"' in await answer.text()


async def test_a_form_sent_twice_makes_one_message_and_two_visitors_make_two(
    client: Client,
) -> None:
    found = re.search(r'name="nonce" value="(\S+)"', await read(client))
    assert found
    fields = {"text": "Good morning", "nonce": found[1]}
    for key in (KEY, KEY, OTHERS_KEY):
        headers = {**FORM, "Cookie": f"key={key}", "User-Agent": key}
        client.session.cookie_jar.clear()
        await client.post("/messages", data=fields, headers=headers)
    assert len(cards(await read(client))) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"text=%FF", 400),
        (b"text=\xff", 400),
        (b"&" * 100, 400),
        (b"text=" + b"a" * 66_000, 413),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(
    client: Client, body: bytes, status: int
) -> None:
    answer = await client.post("/messages", data=body, headers=FORM)
    assert answer.status == status
    assert answer.content_type == "text/html"


async def test_four_thousand_emoji_fit_into_a_form(client: Client) -> None:
    assert (await leave(client, "🙂" * 4000, name="🙂" * 60)).status == 303


async def test_text_stays_text_and_addresses_become_links(client: Client, address: Address) -> None:
    await show_links(address)
    await leave(client, "<b>no</b> see https://example.com/?a=1&b=2\nand javascript:alert(1)")
    page = await read(client)
    assert "&lt;b&gt;no&lt;/b&gt;" in page
    assert (
        '<a href="https://example.com/?a=1&amp;b=2" rel="nofollow ugc noopener noreferrer">' in page
    )
    assert 'href="javascript' not in page


class TestWithoutMigrations:
    @pytest.fixture
    async def address(self, empty_address: Address) -> Address:
        return empty_address

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(postgres=Postgres(migrate=False))

    async def test_a_form_comes_back_with_its_text_whatever_is_wrong(self, client: Client) -> None:
        for fields in ({"text": "kept"}, {"text": "kept", "name": "n" * 61}):
            answer = await client.post("/messages", data=fields, headers=FORM)
            assert answer.status in {422, 503}
            assert "\nkept</textarea>" in await answer.text()


class TestLanguage:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("ru", "ru"),
            ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
            ("en-GB", "en"),
            ("de, ru;q=0.3, en;q=0.2", "ru"),
            ("en;q=0.2, ru;q=0.3", "ru"),
            ("ru;q=0, en;q=0.1", "en"),
            ("de", "en"),
            ("", "en"),
            ("*", "en"),
            ("ru;q=x", "en"),
            (",,;;=,", "en"),
        ],
    )
    async def test_the_browser_is_heard(self, client: Client, header: str, language: str) -> None:
        assert f'<html lang="{language}">' in await read(client, **{"Accept-Language": header})

    async def test_a_link_changes_it_and_it_stays(self, client: Client) -> None:
        page = await read(client, "/?lang=ru", **{"Accept-Language": "en"})
        assert '<html lang="ru">' in page
        assert "Оставить на стене" in page
        assert '<html lang="ru">' in await read(client, **{"Accept-Language": "en"})
        await read(client, "/?lang=en")
        assert '<html lang="en">' in await read(client, **{"Accept-Language": "ru"})

    async def test_a_language_that_nobody_speaks_changes_nothing(self, client: Client) -> None:
        assert '<html lang="en">' in await read(client, "/?lang=%3Cb%3E")

    async def test_the_link_leads_back_to_the_same_stretch(self, client: Client) -> None:
        page = await read(client, "/?before=12")
        assert 'href="/?before=12&amp;lang=ru"' in page

    async def test_errors_speak_it_too(self, client: Client) -> None:
        answer = await client.get("/api/messages.get?id=1", headers={"Accept-Language": "ru"})
        assert (await answer.json())["error"]["message"].startswith("Здесь ничего нет")


class TestOwnersWords:
    @pytest.fixture
    def settings(self) -> Settings:
        wall = Wall(title="Двор <3", language="ru", time_zone="Asia/Vladivostok")
        return Settings(wall=wall)

    async def test_the_owner_names_the_wall_and_its_first_language(self, client: Client) -> None:
        page = await read(client, **{"Accept-Language": "fr"})
        assert "<title>Двор &lt;3</title>" in page
        assert '<html lang="ru">' in page

    async def test_times_are_in_the_owners_zone(self, client: Client) -> None:
        await leave(client, "now")
        page = await read(client)
        found = re.search(r'<time datetime="(\S+)T(\d\d)(\S+)">.* (\d\d):\d\d</time>', page)
        assert found
        assert int(found[4]) == (int(found[2]) + 10) % 24
