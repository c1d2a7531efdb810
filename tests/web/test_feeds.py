from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import asyncpg
import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from stena.settings import Settings, Wall
from tests.browser.visitor import put
from tests.web.moderating import show_links
from tests.web.test_page_cache import UNPACK

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

HOST = {"Host": "wall.example"}
PATHS = ["/feed.atom", "/feed.json"]
KEY = "abcdefghijklmnopqrstuvwxyz"
ATOM = "{http://www.w3.org/2005/Atom}"


async def atom(client: Client, **headers: str) -> ET.Element:
    answer = await client.get("/feed.atom", headers=HOST | headers)
    assert answer.content_type == "application/atom+xml"
    return ET.fromstring(await answer.text())  # noqa: S314 -- our own


async def items(client: Client) -> list[dict[str, Any]]:
    answer = await client.get("/feed.json", headers=HOST)
    assert answer.content_type == "application/feed+json"
    found: list[dict[str, Any]] = json.loads(await answer.read())["items"]
    return found


def text_of(entry: ET.Element, *path: str) -> str | None:
    return entry.findtext("/".join(f"{ATOM}{name}" for name in path))


async def leave(client: Client, **fields: object) -> int:
    answer = await client.post("/api/messages.create", json=fields)
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["message"]["id"])


async def test_both_feeds_tell_the_newest_fifty_with_whole_addresses(client: Client) -> None:
    ids = [await put(client, f"message {number}", "Anna") for number in range(52)]
    newest = [f"http://wall.example/m/{number}" for number in reversed(ids[2:])]
    entries = (await atom(client)).findall(f"{ATOM}entry")
    assert [text_of(entry, "id") for entry in entries] == newest
    links = [link for entry in entries for link in entry.findall(f"{ATOM}link")]
    assert [link.attrib["href"] for link in links] == newest
    assert [item["id"] for item in await items(client)] == newest
    assert [item["url"] for item in await items(client)] == newest


async def test_a_message_is_told_with_its_title_its_author_and_its_html(
    client: Client, address: Address
) -> None:
    await show_links(address)
    words = "*Good* morning <all>,\nsee https://yard.example/?a=1&b=2 " + "and more " * 20
    await put(client, words, "Anna & <co>")
    await put(client, "no name")
    nameless, entry = (await atom(client)).findall(f"{ATOM}entry")
    title = "Good morning <all>, see https://yard.example/?a=1&b=2"
    assert (text_of(entry, "title") or "").startswith(title)
    assert (text_of(entry, "title") or "").endswith("…")
    assert text_of(entry, "author", "name") == "Anna & <co>"
    assert text_of(nameless, "author", "name") == "No name"
    html = text_of(entry, "content") or ""
    assert "<em>Good</em> morning &lt;all&gt;,<br>see <a href=" in html
    last, item = await items(client)
    assert item["content_html"] == html
    assert item["title"] == text_of(entry, "title")
    assert item["authors"] == [{"name": "Anna & <co>"}]
    assert "authors" not in last
    assert item["date_published"] == text_of(entry, "published") == text_of(entry, "updated")
    moment = datetime.fromisoformat(item["date_published"])
    assert moment.utcoffset() is not None


async def test_the_feeds_say_whose_they_are_and_where(client: Client) -> None:
    feed = await atom(client)
    assert text_of(feed, "title") == "The wall"
    assert text_of(feed, "id") == "http://wall.example/"
    links = {link.attrib["rel"]: link.attrib["href"] for link in feed.findall(f"{ATOM}link")}
    assert links == {"self": "http://wall.example/feed.atom", "alternate": "http://wall.example/"}
    assert text_of(feed, "updated") == "1970-01-01T00:00:00.000000Z"
    whole = json.loads(await (await client.get("/feed.json", headers=HOST)).read())
    assert whole["version"] == "https://jsonfeed.org/version/1.1"
    assert whole["feed_url"] == "http://wall.example/feed.json"
    assert whole["home_page_url"] == "http://wall.example/"
    assert whole["items"] == []


async def test_a_feed_changes_when_words_do_and_says_when(client: Client) -> None:
    number = await leave(client, text="Good mornin", key=KEY)
    first = await client.get("/feed.atom")
    said = {"id": number, "text": "Good morning", "key": KEY}
    assert (await client.post("/api/messages.edit", json=said)).status == 200
    feed = await atom(client)
    [entry] = feed.findall(f"{ATOM}entry")
    assert text_of(entry, "title") == "Good morning"
    published, updated = text_of(entry, "published"), text_of(entry, "updated")
    assert published
    assert updated
    assert published < updated
    assert text_of(feed, "updated") == updated
    again = await client.get("/feed.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 200


async def test_a_message_that_was_taken_down_is_told_no_more(client: Client) -> None:
    number = await leave(client, text="to be answered", key=KEY)
    await leave(client, text="a reply", reply_to=number)
    assert len(await items(client)) == 1
    answer = await client.post("/api/messages.delete", json={"id": number, "key": KEY})
    assert answer.status == 200
    # A placeholder stays on the wall for the reply, but it has no text for the feed.
    assert "deleted" in await (await client.get("/api/messages.list")).text()
    assert await items(client) == []


@pytest.mark.parametrize("path", PATHS)
async def test_a_feed_comes_packed_and_only_when_it_is_new(client: Client, path: str) -> None:
    await put(client, "Good morning")
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    for encoding, unpack in UNPACK.items():
        headers = {"Accept-Encoding": encoding}
        packed = await client.get(path, headers=headers, auto_decompress=False)
        assert packed.headers["Content-Encoding"] == encoding
        assert unpack(await packed.read()) == await plain.read()
    known = {"If-None-Match": packed.headers["ETag"]} | headers
    again = await client.get(path, headers=known, auto_decompress=False)
    assert again.status == 304
    await put(client, "Good evening")
    known = {"If-None-Match": packed.headers["ETag"]} | headers
    again = await client.get(path, headers=known, auto_decompress=False)
    assert again.status == 200


async def test_every_page_tells_of_both_feeds(client: Client) -> None:
    await put(client, "Good morning")
    for path in ("/", "/m/1", "/nothing"):
        page = await (await client.get(path)).text()
        for kind, feed in (("atom", "/feed.atom"), ("feed", "/feed.json")):
            link = f'<link rel="alternate" type="application/{kind}+'
            assert link in page
            assert f'href="{feed}"' in page.partition(link)[2].partition(">")[0]


async def test_a_feed_is_not_told_anothers_addresses(client: Client) -> None:
    await put(client, "Good morning")
    for host in ("one.example", "two.example", "one.example"):
        for path in PATHS:
            text = await (await client.get(path, headers={"Host": host})).text()
            assert f"http://{host}/m/1" in text
            assert text.count(".example") == text.count(host)


@examples(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1), name=st.text(max_size=60))
async def test_whatever_is_written_the_feeds_can_be_read(
    client: Client, text: str, name: str
) -> None:
    said = {"text": text.encode("utf-8", "replace").decode(), "name": name}
    answer = await client.post("/api/messages.create", json=said)
    assume(answer.status == 201)
    written = (await answer.json())["message"]
    entry = (await atom(client)).find(f"{ATOM}entry")
    assert entry is not None
    assert text_of(entry, "author", "name") == (written["name"] or "No name")
    assert (await items(client))[0]["content_html"] == text_of(entry, "content")


async def test_what_xml_cannot_write_is_left_out(client: Client, address: Address) -> None:
    """An article database may contain characters that a draft may not."""
    every = "".join(map(chr, [*range(1, 32), *range(127, 160), 0xFFFE, 0xFFFF, 0x1FFFF]))
    connection = await asyncpg.connect(address.url)
    await connection.execute("INSERT INTO message (text, name) VALUES ($1, $1)", f"a{every}b")
    await connection.close()
    entry = (await atom(client)).find(f"{ATOM}entry")
    assert entry is not None
    assert (text_of(entry, "content") or "").startswith("<p")
    [item] = await items(client)
    assert item["url"] == text_of(entry, "id")


class TestOwners:
    @pytest.fixture
    def settings(self) -> Settings:
        wall = Wall(
            title="Двор & <3", introduction="Новости", language="ru", url="https://wall.example"
        )
        return Settings(wall=wall)

    async def test_their_feeds_speak_their_words_from_their_address(self, client: Client) -> None:
        await put(client, "Доброе утро")
        feed = await atom(client, Host="elsewhere.example", **{"Accept-Language": "en"})
        assert text_of(feed, "title") == "Двор & <3"
        assert text_of(feed, "subtitle") == "Новости"
        assert text_of(feed, "entry", "id") == "https://wall.example/m/1"
        assert text_of(feed, "entry", "author", "name") == "Без имени"
        whole = json.loads(await (await client.get("/feed.json")).read())
        assert (whole["title"], whole["description"]) == ("Двор & <3", "Новости")
        assert whole["items"][0]["url"] == "https://wall.example/m/1"
