"""The owner's settings, on every page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from stena.links import Link
from stena.settings import Settings, Wall
from tests.web.test_pages import read

if TYPE_CHECKING:
    from tests.conftest import Client

PAGES = ("/", "/?before=2", "/x")


async def test_a_wall_of_nobody_has_words_and_colours_of_its_own(client: Client) -> None:
    page = await read(client)
    assert "Say what you think. No account, and a name only if you like. " in page
    assert "accent.css" not in page
    assert (await client.get("/static/accent.css")).status == 404


async def test_the_foot_of_every_page_leads_on(client: Client) -> None:
    for language, feed, kept in (
        ("en", "RSS feed", "What is kept"),
        ("ru", "RSS-лента", "Что хранится"),
    ):
        for path in PAGES:
            page = await (await client.get(path, headers={"Accept-Language": language})).text()
            foot = page.partition("<footer>\n    <ul>")[2]
            assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', foot) == [
                ("/feed.atom", feed),
                ("/privacy", kept),
                ("/api", "API"),
            ]


class TestOwners:
    @pytest.fixture
    def settings(self) -> Settings:
        links = (
            Link(name="Our <rules>", url="https://yard.example/rules?a=1&b=2"),
            Link(name="Write to us", url="mailto:us@yard.example"),
        )
        wall = Wall(introduction='News of "our" <yard>.', accent="#ffee00", links=links)
        return Settings(wall=wall)

    async def test_their_introduction_stands_below_the_heading(self, client: Client) -> None:
        for language in ("en", "ru"):
            page = await read(client, **{"Accept-Language": language})
            assert 'dir="auto">News of &#34;our&#34; &lt;yard&gt;.</p>' in page
            assert "No account" not in page

    async def test_their_links_stand_at_the_foot_of_every_page(self, client: Client) -> None:
        for path in PAGES:
            page = await (await client.get(path)).text()
            foot = page.partition("<footer>\n    <ul>")[2]
            assert re.search(r'href="https://yard.example/rules\?a=1&amp;b=2".*>Our &lt;rul', foot)
            assert re.search(r'href="mailto:us@yard.example".*>Write to us</a>', foot)

    async def test_their_colour_is_a_style_of_its_own_after_the_walls(self, client: Client) -> None:
        for path in PAGES:
            page = await (await client.get(path)).text()
            styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
            assert [style.partition("?")[0] for style in styles] == [
                "/static/wall.css",
                "/static/accent.css",
            ]
        answer = await client.get(styles[-1])
        assert answer.content_type == "text/css"
        assert "immutable" in answer.headers["Cache-Control"]
        light, dark = re.findall(r"--ember: (#\w+);", await answer.text())
        # Too light for the light theme, and unchanged in the dark one.
        assert (light != "#ffee00", dark) == (True, "#ffee00")
