"""A wall that is only a part of a site: `wall.url` has a path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from stena.settings import Settings, Wall

if TYPE_CHECKING:
    from tests.conftest import Client

HOME = "https://site.example/our/wall"
PAGES = (
    "/",
    "/?before=2",
    "/m/1",
    "/search?q=Morning",
    "/api",
    "/live",
    "/embed?thread=a",
    "/embed/m/1",
    "/feed.atom",
    "/feed.json",
    "/sitemap-1.xml",
    "/sitemap.xml",
    "/robots.txt",
    "/nothing-here",
)
ADDRESS = re.compile(
    r"""(?:href|src|action|data-edit)="([^"#][^"]*)"|<loc>([^<]*)|: (/\S*)|(https?:[^"<\s]*)"""
)
# The blank card's, which lack an id; those of forms; a stream, which does not end.
NOT_TO_GET = re.compile(
    r"/m/([/#?]|$)|/(messages|reactions)$|[.](stream|create|edit|delete|react|report)$"
    r"|/moderation[.]"
)


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(url=HOME, origins=("https://blog.example",)))


async def test_every_address_that_a_page_names_is_below_the_path_and_is_there(
    client: Client,
) -> None:
    await put(client, "Good Morning")
    await put(client, "Morning again", reply_to=1)
    named = set()
    for page in PAGES:
        for prefix in ("", "/our/wall"):
            answer = await client.get(prefix + page)
            text = await answer.text()
            assert answer.status == (404 if page == "/nothing-here" else 200), page
            found = {next(filter(None, one)) for one in ADDRESS.findall(text)}
            named |= {one for one in found if "://" not in one or "site.example" in one}
    below = {one.removeprefix("https://site.example") for one in named}
    assert {one for one in below if not re.match(r"/our/wall(/|$)", one)} == set()
    for path in sorted(below):
        if not NOT_TO_GET.search(path):
            answer = await client.get(path.replace("&amp;", "&"))
            assert answer.status in {200, 400}, path


async def test_what_is_beside_the_path_is_not_taken_for_it(client: Client) -> None:
    for path, status in (
        ("/our/wall", 200),
        ("/our/wall/", 200),
        ("/our/wallpaper", 404),
        ("/our/", 404),
        ("/our/wall/our/wall/", 404),
        ("/our/wall//evil.example/", 404),
        ("/our/wall/..//", 404),
        ("/our/wall?before=1", 200),
        ("/our/wall/m/%31", 404),
    ):
        answer = await client.get(path, allow_redirects=False)
        assert answer.status == status, path


async def test_answers_lead_below_the_path_and_cookies_stay_there(client: Client) -> None:
    origin = {"Origin": "https://site.example"}
    for prefix, base in (("/our/wall", "/our/wall"), ("", "/our/wall")):
        for frame in ("", "/embed"):
            answer = await client.post(
                f"{prefix}{frame}/messages",
                data={"text": f"a {prefix} {frame}"},
                headers=origin,
                allow_redirects=False,
            )
            assert answer.status == 303
            home = base + (frame or "/")
            assert answer.headers["Location"].startswith(f"{home}#m")
            cookies = answer.headers.getall("Set-Cookie")
            assert {re.findall("Path=([^;]*)", one)[0] for one in cookies} == {base + frame}
    # Other parts of the site are the same origin; other origins are none of ours.
    answer = await client.post("/messages", data={"text": "b"}, headers={"Origin": HOME})
    assert answer.status == 403


async def test_programs_are_told_the_path(client: Client) -> None:
    document = await (await client.get("/our/wall/api/openapi.json")).json()
    assert document["servers"] == [{"url": "/our/wall"}]
    reference = await (await client.get("/our/wall/api")).text()
    assert "curl https://site.example/our/wall/api/messages.list" in reference
    robots = await (await client.get("/our/wall/robots.txt")).text()
    assert "Disallow: /our/wall/search" in robots


async def put(client: Client, text: str, **fields: object) -> None:
    answer = await client.post("/api/messages.create", json={"text": text, **fields})
    assert answer.status == 201
