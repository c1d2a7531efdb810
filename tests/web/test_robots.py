from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import asyncpg
import pytest

from stena.settings import Settings, Wall
from tests.browser.visitor import put

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

HOST = {"Host": "wall.example"}
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


async def listed(client: Client, path: str) -> list[str]:
    """The paths of the addresses in a sitemap."""
    answer = await client.get(path, headers=HOST)
    assert answer.status == 200
    assert answer.content_type == "application/xml"
    root = ET.fromstring(await answer.text())  # noqa: S314 -- our own
    found = [one.text or "" for one in root.iter(f"{NAMESPACE}loc")]
    assert all(one.startswith("http://wall.example/") for one in found)
    return [one.removeprefix("http://wall.example") for one in found]


async def write(address: Address, statement: str) -> None:
    connection = await asyncpg.connect(address.url)
    await connection.execute(statement)
    await connection.close()


async def test_search_engines_find_the_list_and_leave_alone_what_has_no_end(client: Client) -> None:
    answer = await client.get("/robots.txt", headers=HOST)
    assert answer.content_type == "text/plain"
    robots = RobotFileParser()
    robots.parse((await answer.text()).splitlines())
    assert robots.site_maps() == ["http://wall.example/sitemap.xml"]
    for path, may in (
        ("/", True),
        ("/m/1", True),
        ("/?before=5", True),
        ("/feed.atom", True),
        ("/api/messages.list", True),
        # Allowed: a page that a crawler may not fetch cannot say that it is not to be indexed.
        ("/edit/1", True),
        ("/search?q=x", False),
        ("/owner", False),
        ("/api/messages.stream", False),
    ):
        assert robots.can_fetch("*", f"http://wall.example{path}") == may, path


async def test_an_empty_wall_lists_itself(client: Client) -> None:
    assert await listed(client, "/sitemap.xml") == ["/sitemap-1.xml"]
    assert await listed(client, "/sitemap-1.xml") == ["/"]


async def test_every_message_that_stands_on_the_wall_is_listed_once(
    client: Client, address: Address
) -> None:
    await write(
        address,
        """
        INSERT INTO message (id, text, thread, state, gone, parent)
        VALUES (1, 'a', '', 'visible', false, NULL), (2, 'removed', '', 'removed', false, NULL),
            (3, 'elsewhere', 'page', 'visible', false, NULL), (4, '', '', 'visible', true, NULL),
            (5, 'reply', '', 'visible', false, 1), (10000, 'b', '', 'visible', false, NULL),
            (10001, 'c', '', 'visible', false, NULL), (30000, 'd', '', 'visible', false, NULL)
        """,
    )
    lists = await listed(client, "/sitemap.xml")
    assert lists == ["/sitemap-3.xml", "/sitemap-2.xml", "/sitemap-1.xml"]
    found = [await listed(client, path) for path in lists]
    assert found == [["/m/30000"], ["/m/10001"], ["/", "/m/1", "/m/10000"]]


@pytest.mark.parametrize("name", ["0", "2", "01", "-1", "x", "", "999999999999", "9" * 30])
async def test_a_list_that_is_not_there_is_not_found(client: Client, name: str) -> None:
    await put(client, "Good morning")
    answer = await client.get(f"/sitemap-{name}.xml")
    assert answer.status == 404


async def test_who_has_a_list_already_is_told_so(client: Client) -> None:
    await put(client, "Good morning")
    for path in ("/sitemap.xml", "/sitemap-1.xml"):
        for encoding in ("zstd", "br", "gzip"):
            headers = {"Accept-Encoding": encoding}
            first = await client.get(path, headers=headers, auto_decompress=False)
            assert first.headers["Content-Encoding"] == encoding
            # A shared cache may have no Host in its key, and the list repeats it.
            assert first.headers["Cache-Control"] == "private, max-age=3600"
            headers["If-None-Match"] = first.headers["ETag"]
            again = await client.get(path, headers=headers, auto_decompress=False)
            assert again.status == 304


class TestWhereTheOwnerSays:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(url="https://wall.example"))

    async def test_the_lists_are_there_whatever_was_asked_for(self, client: Client) -> None:
        for path in ("/robots.txt", "/sitemap.xml", "/sitemap-1.xml"):
            answer = await client.get(path)
            assert answer.headers["Cache-Control"] == "public, max-age=3600"
            text = await answer.text()
            found = re.findall(r"(https?://.+?)/", text.replace(NAMESPACE.strip("{}"), ""))
            assert set(found) == {"https://wall.example"}
