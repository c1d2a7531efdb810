"""The metadata of a page for sites that link to it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import stena.web
from stena.message import Page
from stena.settings import Common, Settings, Wall
from stena.web.wire.page_cache import MOST_VARIANTS, CachedPage
from tests.web.test_pages import FORM, leave, read

if TYPE_CHECKING:
    from tests.conftest import Client

STYLE = (Path(stena.web.__file__).parent / "static" / "wall.css").read_text()
# The first 24 bytes of a PNG contain its width and height.
SIZES = {"icon-32.png": (32, 32), "icon-180.png": (180, 180)}


def said_by(page: str) -> dict[str, str]:
    """The metadata in the head of a page, by name."""
    named = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page)
    links = re.findall(r'<link rel="(canonical|apple-touch-icon)" href="([^"]*)">', page)
    return {name: unescape(content) for name, content in [*named, *links]}


async def test_a_wall_tells_where_it_is_by_what_was_asked_for(client: Client) -> None:
    for host in ("wall.example", "127.0.0.1:8080", "[::1]:8080", "WALL.example"):
        found = said_by(await read(client, Host=host))
        assert found["canonical"] == found["og:url"] == f"http://{host.lower()}/"
        assert found["og:image"].startswith(f"http://{host.lower()}/static/share.jpg?v=")


async def test_a_host_that_is_no_name_is_not_repeated(client: Client) -> None:
    for host in (
        '"><script>',
        "a b",
        "a/b",
        "me@wall.example",
        "x" * 300,
        "a:b",
        "wall.example:1,",
    ):
        page = await read(client, Host=host)
        assert "script>" not in page.partition("<body")[0].replace("</script>", "")
        found = said_by(page)
        assert found["canonical"] == "/"
        assert "og:url" not in found
        assert "og:image" not in found


async def test_what_one_asked_for_is_never_told_to_another(client: Client) -> None:
    names = [f"{number}.example" for number in range(3)]
    for host in [*names, *reversed(names), "not a name", *names]:
        found = said_by(await read(client, Host=host))
        assert found["canonical"] == ("/" if " " in host else f"http://{host}/")


def test_names_that_are_made_up_do_not_pile_up_and_push_out_none_that_is_asked_for() -> None:
    made: list[str] = []
    built = CachedPage(Page([], None))

    def ask(name: str) -> None:
        def make(_: CachedPage) -> bytes:
            made.append(name)
            return b""

        built.body(name, make)

    for number in range(MOST_VARIANTS * 2):
        ask(f"{number}.example")
        ask("wall.example")
    assert made.count("wall.example") == 1
    ask(f"{MOST_VARIANTS * 2 - 1}.example")
    ask("0.example")
    assert made[-2:] == [f"{MOST_VARIANTS * 2 - 1}.example", "0.example"]


async def test_a_message_is_an_article_with_its_first_words(client: Client) -> None:
    words = 'A "quoted" word & <a tag>, then many\nmore words. ' * 8
    answer = await leave(client, words)
    number = answer.headers["Location"].removeprefix("/#m")
    page = await read(client, f"/m/{number}", Host="wall.example")
    found = said_by(page)
    assert found["og:type"] == "article"
    assert found["canonical"] == found["og:url"] == f"http://wall.example/m/{number}"
    assert found["description"] == found["og:description"]
    assert found["description"].startswith('A "quoted" word & <a tag>, then many more words. A "')
    assert found["description"].endswith("…")
    assert 140 < len(found["description"]) <= 161
    title = re.search("<title>(.*)</title>", page)
    assert title
    assert unescape(title[1]) == found["og:title"]
    assert found["og:title"].startswith('A "quoted" word & <a tag>, then many')
    assert found["og:title"].endswith("… · The wall")


async def test_a_stretch_of_the_wall_has_one_address_in_both_languages(client: Client) -> None:
    for path, own in (
        ("/", "/"),
        ("/?lang=ru", "/"),
        ("/?utm=x&before=12&lang=en", "/?before=12"),
    ):
        found = said_by(await read(client, path, Host="wall.example"))
        assert found["canonical"] == f"http://wall.example{own}"
        assert found["og:type"] == "website"
        assert "robots" not in found


async def test_the_page_says_its_language(client: Client) -> None:
    for language, locale in (("en", "en_US"), ("ru", "ru_RU")):
        page = await read(client, **{"Accept-Language": language})
        assert said_by(page)["og:locale"] == locale


async def test_what_nobody_should_find_says_so(client: Client) -> None:
    for answer in (
        await client.get("/nothing"),
        await client.get("/m/1"),
        await client.get("/?before=x", headers={"Accept": "text/html"}),
        await client.post("/messages", data={"text": ""}, headers=FORM),
    ):
        found = said_by(await answer.text())
        assert answer.status >= 400
        assert found["robots"] == "noindex"
        assert "canonical" not in found
        assert "og:url" not in found


async def test_a_private_link_is_kept_out_of_search(client: Client) -> None:
    said = {"text": "Good morning", "key": "abcdefghijklmnopqrstuvwxyz"}
    answer = await client.post("/api/messages.create", json=said)
    number = (await answer.json())["message"]["id"]
    locked = await read(client, f"/edit/{number}", Host="wall.example")
    opened = await client.post(f"/edit/{number}", data={"key": said["key"]})
    for page in (locked, await opened.text()):
        found = said_by(page)
        assert found["robots"] == "noindex"
        assert not {"canonical", "og:url", "og:title"} & found.keys()


async def test_the_browsers_edge_has_the_colour_of_the_sky(client: Client) -> None:
    page = await read(client)
    found = re.findall(r'name="theme-color" content="(#\w+)" media="\(.*: (\w+)\)"', page)
    light, dark = re.findall(r"--sun: (#\w+);", STYLE)
    assert found == [(light, "light"), (dark, "dark")]


async def test_the_pictures_that_are_named_are_there_and_small(client: Client) -> None:
    page = await read(client, Host="wall.example")
    pictures = [said_by(page)["og:image"].removeprefix("http://wall.example")]
    pictures += re.findall(r'<link rel="(?:icon|apple-touch-icon)" href="([^"]+)"', page)
    assert len(pictures) == 4
    for picture in pictures:
        answer = await client.get(picture)
        body = await answer.read()
        assert answer.status == 200
        assert answer.content_type.startswith("image/")
        assert len(body) < 60_000
        name = picture.partition("?")[0].rpartition("/")[2]
        if name in SIZES:
            size = (int.from_bytes(body[16:20]), int.from_bytes(body[20:24]))
            assert size == SIZES[name]


class TestWhereTheOwnerSays:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(url="https://wall.example", introduction='"Our" <yard>'))

    async def test_the_wall_is_there_whatever_was_asked_for(self, client: Client) -> None:
        for host in ("elsewhere.example", "not a name", "wall.example"):
            found = said_by(await read(client, Host=host))
            assert found["canonical"] == found["og:url"] == "https://wall.example/"
            assert found["og:image"].startswith("https://wall.example/static/share.jpg?v=")
            assert found["description"] == found["og:description"] == '"Our" <yard>'


class TestBehindARouter:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1))

    async def test_who_came_encrypted_is_told_so(self, client: Client) -> None:
        for scheme in ("https", "http"):
            page = await read(client, **{"Host": "wall.example", "X-Forwarded-Proto": scheme})
            assert said_by(page)["canonical"] == f"{scheme}://wall.example/"
