"""The wall on another site's page: which sites may embed it, and links that stay in the frame."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings, Wall

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.conftest import Client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BLOG = "https://blog.example"
FRAMED = [
    "/embed",
    "/embed?thread=a&theme=dark",
    "/embed?before=9",
    "/embed/m/1",
    "/embed/m/1/report",
    "/embed/x",
]
NEVER_FRAMED = [
    "/",
    "/live",
    "/search",
    "/?thread=a",
    "/m/1",
    "/m/1/edit",
    "/embed.js",
    "/embedded",
    "/healthz",
]


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(origins=(BLOG, "http://localhost:4000")), common=Common(proxies=1))


def ancestors(answer: ClientResponse) -> str:
    found = re.search(r"frame-ancestors ([^;]+)", answer.headers["Content-Security-Policy"])
    assert found
    return found[1]


async def post(
    client: Client, path: str = "/embed/messages", proto: str = "http", **fields: str
) -> ClientResponse:
    headers = {**FORM, "X-Forwarded-Proto": proto}
    return await client.post(path, data=fields, headers=headers, allow_redirects=False)


async def read(client: Client, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200
    return await answer.text()


# -- sites that may embed it


@pytest.mark.parametrize("path", FRAMED)
async def test_the_frame_may_be_shown_by_the_owners_sites_and_is_as_strict_otherwise(
    client: Client, path: str
) -> None:
    framed, page = await client.get(path), await client.get("/")
    assert ancestors(framed) == f"{BLOG} http://localhost:4000"
    policies = [one.headers["Content-Security-Policy"] for one in (framed, page)]
    assert policies[0].partition("frame-ancestors")[0] == policies[1].partition("frame-anc")[0]
    assert framed.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert framed.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", NEVER_FRAMED)
async def test_no_other_page_may_be_shown_by_anybody(client: Client, path: str) -> None:
    assert ancestors(await client.get(path)) == "'none'"


async def test_the_script_is_the_one_file_that_other_sites_may_load(client: Client) -> None:
    answer = await client.get("/embed.js")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.content_type == "text/javascript"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    again = await client.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304
    for path in ("/static/embed.js", "/static/frame.css", "/embed"):
        other = await client.get(path)
        assert other.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_who_has_the_frame_already_is_told_so_with_its_policy(client: Client) -> None:
    for path in ("/embed", "/embed?theme=dark"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status == 304
        assert ancestors(again) == ancestors(first)


class TestWithoutOrigins:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings()

    async def test_nobody_may_show_it(self, client: Client) -> None:
        for path in ("/embed", "/embed/m/1"):
            assert ancestors(await client.get(path)) == "'none'"


class TestForEverybody:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall.model_validate({"origins": "*"}))

    async def test_any_site_may_show_it_and_no_other_page(self, client: Client) -> None:
        assert ancestors(await client.get("/embed")) == "*"
        assert ancestors(await client.get("/m/1")) == "'none'"


class TestWithTheOwnersColour:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(accent="#2f6f4f"))

    async def test_it_is_the_frames_too_in_the_theme_that_the_site_has(
        self, client: Client
    ) -> None:
        for theme, holds in (("light", "not all"), ("dark", "all")):
            page = await read(client, f"/embed?theme={theme}")
            found = re.findall(r'href="(/static/\w+\.(?:wall|accent)\.css[^"]*)"', page)
            sheets = [await read(client, address) for address in found]
            assert len(sheets) == 2
            for sheet in sheets:
                assert f"@media {holds} {{" in sheet
                assert "prefers-color-scheme" not in sheet
            assert "--ember: #2f6f4f" in sheets[1]


# -- links and forms that stay in the frame


async def test_a_form_in_the_frame_leads_back_to_it_with_the_message_in_view(
    client: Client,
) -> None:
    query = "?theme=dark&lang=ru"
    first = await post(client, f"/embed/messages{query}", text="One", thread="blog/first")
    assert first.status == 303
    assert first.headers["Location"] == "/embed?thread=blog/first&theme=dark&lang=ru#m1"
    reply = await post(client, text="Two", reply_to="1")
    assert reply.headers["Location"] == "/embed/m/1#m2"
    for path in ("/embed/m/2/reactions", "/embed/m/2/edit"):
        answer = await post(client, path, text="Three", kind="love")
        assert answer.headers["Location"] == "/embed/m/2"
    answer = await post(client, f"/embed/m/2/delete{query}")
    assert answer.headers["Location"] == "/embed/m/1?theme=dark&lang=ru"
    answer = await post(client, f"/embed/m/1/delete{query}")
    assert answer.headers["Location"] == "/embed?thread=blog/first&theme=dark&lang=ru"


@pytest.mark.parametrize("given", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_nothing_in_a_form_or_an_address_leads_elsewhere(client: Client, given: str) -> None:
    names = ("frame", "next", "theme", "lang", "return", "origin")
    fields = dict.fromkeys(names, given)
    asked = await client.post(
        "/embed/messages",
        params=fields,
        data={**fields, "text": "Hello"},
        headers=FORM,
        allow_redirects=False,
    )
    assert asked.headers["Location"] == "/embed#m1"
    assert "evil" not in await read(client, f"/embed?theme={given}&lang={given}&x={given}")
    posted = await post(client, text="Hello", thread="//evil.example")
    assert posted.headers["Location"] == "/embed?thread=evil.example#m2"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/embed/messages", {"text": " "}),
        ("/embed/messages", {"text": " ", "reply_to": "1"}),
        ("/embed/messages", {"text": "x", "thread": "no slug"}),
        ("/embed/m/1/edit", {"text": " "}),
        ("/embed/m/9/delete", {}),
        ("/embed/m/1/reactions", {"kind": "hate"}),
    ],
)
async def test_what_is_refused_comes_back_in_the_frame(
    client: Client, path: str, fields: dict[str, str]
) -> None:
    await post(client, text="Hello")
    answer = await post(client, f"{path}?theme=dark", **fields)
    assert answer.status >= 400
    assert ancestors(answer).startswith(BLOG)
    page = unescape(await answer.text())
    assert 'data-theme="dark"' in page
    inside = re.findall(r'(?:action|href)="(/[^"]*)" *[^>]*target="_self"', page)
    assert inside
    assert all(re.fullmatch(r"/embed(/.*)?\?(.*&)?theme=dark(#\w+)?", one) for one in inside)


async def test_in_the_frame_forms_stay_and_other_links_open_a_page_of_their_own(
    client: Client,
) -> None:
    for number in range(51):
        await post(client, text=f"See https://example.org/{number}", thread="a")
    await post(client, text="A reply", reply_to="51")
    for path in ("/embed?thread=a", "/embed?thread=a&before=3", "/embed/m/51", "/embed/m/51/edit"):
        page = await read(client, path)
        assert '<base target="_blank">' in page
        for tag in re.findall(r"<(?:form|a)\b[^>]*>", page):
            address = re.search(r'(?:action|href)="([^"#]*)', tag)
            if not address:
                # A script writes the address into a link of a template.
                assert 'rel="next" target="_self"' in tag, tag
                continue
            assert (' target="_self"' in tag) == address[1].startswith("/embed"), tag
            assert not tag.startswith("<form") or address[1].startswith("/embed"), tag
    assert 'target="_self"' not in await read(client, "/?thread=a")
    assert "/embed" not in await read(client, "/?thread=a")


async def test_walls_of_pages_are_apart_in_the_frame_too(client: Client) -> None:
    await post(client, text="On the first", thread="first")
    await post(client, text="On the wall itself")
    assert "On the first" in await read(client, "/embed?thread=first")
    assert "On the wall itself" not in await read(client, "/embed?thread=first")
    assert "On the first" not in await read(client, "/embed")


async def test_the_site_chooses_theme_and_language_or_leaves_them_to_the_visitor(
    client: Client,
) -> None:
    pages = {
        query: await read(client, f"/embed{query}")
        for query in ("", "?theme=dark", "?theme=light", "?theme=pink", "?lang=ru")
    }
    sheets = {"": "wall", "?theme=pink": "wall", "?theme=dark": "dark.wall"}
    for query, sheet in {**sheets, "?theme=light": "light.wall"}.items():
        assert f'href="/static/{sheet}.css?v=' in pages[query]
    assert '<html lang="ru">' in pages["?lang=ru"]
    # The language that a site sets does not change the visitor's choice for the wall itself.
    assert list(client.session.cookie_jar) == []
    assert '<html lang="en">' in await read(client, "/")


@pytest.mark.parametrize("path", ["/embed/messages", "/embed/m/1/reactions", "/embed/m/1/delete"])
async def test_a_form_of_the_site_around_is_refused_though_it_may_show_the_wall(
    client: Client, path: str
) -> None:
    await post(client, text="Hello")
    fields = {"text": "Not mine", "kind": "love"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": BLOG}, {"Origin": "null"}):
        answer = await client.post(path, data=fields, headers={**FORM, **headers})
        assert answer.status == 403
