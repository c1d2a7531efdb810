from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stena.settings import Settings, Wall
from tests.web.calls import exchange

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.conftest import Client

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
EVERYTHING = [
    "/",
    "/x",
    "/live",
    "/messages",
    "/m/1",
    "/m/1/edit",
    "/m/1/delete",
    "/m/1/reactions",
    "/m/1/report",
    "/edit/1",
    "/api/messages.list",
    "/api/messages.replies",
    "/api/messages.edit",
    "/api/messages.delete",
    "/api/messages.react",
    "/api/messages.report",
    "/api/x",
    "/healthz",
    "/readyz",
    "/embed",
    "/embed.js",
    "/embed/messages",
    "/static/wall.css",
    "/static/",
    "/static/../app.py",
    "/api/openapi.json",
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "BREW"])
async def test_every_answer_is_sealed(client: Client, method: str) -> None:
    for path in EVERYTHING:
        answer = await client.request(method, path)
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert answer.headers.get("X-Content-Type-Options") == "nosniff", path
        # A file loads nothing to which it could send one.
        if path != "/static/wall.css":
            assert answer.headers.get("Referrer-Policy") == "same-origin", path
        assert "Python" not in answer.headers["Server"], path
        assert answer.status < 500, path


@pytest.mark.parametrize(
    "path", ["/", "/live", "/m/1", "/api/messages.list", "/healthz", "/static/wall.css"]
)
async def test_head_answers_as_get_does_without_the_body(client: Client, path: str) -> None:
    get = await client.get(path)
    head = await client.head(path)
    assert head.status == get.status
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert await head.read() == b""


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/", "GET,HEAD"),
        ("GET", "/messages", "POST"),
        ("DELETE", "/m/1", "GET,HEAD"),
        ("GET", "/api/messages.create", "POST"),
        ("PUT", "/api/messages.list", "GET,HEAD"),
        ("PROPFIND", "/api/messages.list", "GET,HEAD"),
        ("BREW", "/api/messages.list", "GET, HEAD, POST"),
        ("OPTIONS", "/", "GET,HEAD"),
    ],
)
async def test_another_method_is_refused_and_the_right_ones_named(
    client: Client, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status == 405
    assert answer.headers["Allow"] == allowed


async def test_programs_get_errors_as_json_and_people_as_pages(client: Client) -> None:
    for path, headers in (("/api/x", {}), ("/x", {"Accept": "application/json"})):
        answer = await client.get(path, headers=headers)
        assert (await answer.json())["error"]["code"] == "not_found"
    answer = await client.get("/x", headers={"Accept": "text/html,application/json;q=0.5"})
    assert answer.content_type == "text/html"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://[bad"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_a_post_from_another_site_is_refused(client: Client, headers: dict[str, str]) -> None:
    for path, types, body in (
        ("/messages", FORM, b"text=a"),
        ("/api/messages.create", JSON, b'{"text": "a"}'),
        ("/api/messages.create", {"Content-Type": "text/plain"}, b'{"text": "a"}'),
    ):
        answer = await client.post(path, data=body, headers={**types, **headers})
        assert answer.status == 403
    answer = await client.get("/api/messages.list")
    assert (await answer.json())["messages"] == []


async def test_a_post_from_the_page_itself_passes(client: Client) -> None:
    own = str(client.make_url("/")).rstrip("/")
    for headers in ({"Origin": own}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        answer = await client.post("/api/messages.create", json={"text": "a"}, headers=headers)
        assert answer.status == 201


async def test_an_owner_behind_a_proxy_keeps_their_own_origin(client: Client) -> None:
    for origin in ("https://wall.example", "https://wall.example:443", "http://WALL.example"):
        headers = {"Host": "wall.example", "Origin": origin}
        answer = await client.post("/api/messages.create", json={"text": "a"}, headers=headers)
        assert answer.status == 201


class TestBehindAProxyThatPutsAnotherNameIntoHost:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(url="https://wall.example:443"))

    async def test_the_address_in_the_settings_is_the_walls_own(self, client: Client) -> None:
        own = {"Origin": "https://wall.example"}
        answer = await client.post("/messages", data={"text": "a"}, headers=own)
        assert answer.status == 200
        for headers in (
            {"Origin": "http://wall.example"},
            {"Origin": "https://wall.example:444"},
            {"Origin": "https://wall.example/"},
            {"Origin": "https://wall.example.elsewhere.example"},
            {"Origin": "https://www.wall.example"},
            {"Origin": "null"},
            {"Origin": ""},
            {**own, "Sec-Fetch-Site": "cross-site"},
            {**own, "Sec-Fetch-Site": "same-site"},
        ):
            answer = await client.post("/messages", data={"text": "b"}, headers=headers)
            assert answer.status == 403, headers
        # The name by which the wall was asked is its own too.
        headers = {"Host": "wall.lan:8080", "Origin": "http://wall.lan:8080"}
        answer = await client.post("/api/messages.create", json={"text": "a"}, headers=headers)
        assert answer.status == 201


async def test_a_header_bomb_is_refused(client: Client) -> None:
    for headers in (
        {"X-Bomb": "a" * 20_000},
        {f"X-Bomb-{number}": "a" for number in range(200)},
        {"Cookie": "language=" + "r" * 9_000},
    ):
        answer = await client.get("/", headers=headers)
        assert answer.status == 400
    answer = await client.get("/" + "a" * 20_000)
    assert answer.status == 400
    assert (await client.get("/")).status == 200


async def test_bytes_that_are_no_http_get_the_same_shape_of_error(client: Client) -> None:
    for sent in (
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
    ):
        head, body = await exchange(client, sent)
        assert " 400 " in head.splitlines()[0]
        assert "content-security-policy" in head.lower()
        assert json.loads(body)["error"]["code"] == "bad_request"


async def test_a_large_body_is_refused_before_it_is_sent(client: Client) -> None:
    head, _ = await exchange(
        client,
        b"POST /api/messages.create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000000000\r\n\r\n{",
    )
    assert head.startswith("HTTP/1.1 413")
    head, _ = await exchange(
        client,
        b"POST /messages HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000\r\n\r\n",
    )
    assert head.startswith("HTTP/1.1 413")


async def test_a_large_body_without_a_length_is_cut_off(client: Client) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(100):
            yield b"a" * 4096

    answer = await client.post("/api/messages.create", data=endless(), headers=JSON)
    assert answer.status == 413


async def test_a_body_that_was_asked_for_first_arrives(client: Client) -> None:
    answer = await client.post("/api/messages.create", json={"text": "a"}, expect100=True)
    assert answer.status == 201
    answer = await client.get("/", headers={"Expect": "a miracle"})
    assert answer.status == 400


async def test_a_body_that_never_ends_has_a_time_limit(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.web.inputs.body.BODY_SECONDS", 0.05)
    head, body = await exchange(
        client,
        b"POST /api/messages.create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b'Content-Length: 100\r\n\r\n{"te',
    )
    assert head.startswith("HTTP/1.1 408")
    assert json.loads(body)["error"]["code"] == "too_slow"


async def test_a_broken_chunked_body_is_the_senders_mistake(client: Client) -> None:
    head, _ = await exchange(
        client,
        b"POST /api/messages.create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nnonsense\r\n0\r\n\r\n",
    )
    assert " 400 " in head.splitlines()[0]


@settings(max_examples=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    path=st.sampled_from(
        [path for path in EVERYTHING if path.startswith(("/m", "/edit", "/api/messages."))]
        + ["/", "/api/messages.create"]
    ),
    query=st.dictionaries(
        st.sampled_from(["before", "after", "limit", "id", "lang", "thread", "x"]),
        st.text(max_size=30),
        max_size=3,
    ),
    content_type=st.sampled_from([*JSON.values(), *FORM.values(), "text/plain"]),
    body=st.one_of(
        st.binary(max_size=200),
        st.dictionaries(
            st.sampled_from(["text", "name", "nonce", "key", "reply_to", "thread", "id", "kind"]),
            st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text(), max_size=2)),
        ).map(lambda fields: json.dumps(fields).encode()),
        st.text().map(lambda text: b"text=" + text.encode("utf-8", "surrogatepass")),
        st.dictionaries(
            st.sampled_from(["text", "name", "nonce", "key", "reply_to", "thread", "kind", "off"]),
            st.text(max_size=20),
        ).map(lambda fields: urlencode(fields, errors="surrogatepass").encode()),
    ),
)
async def test_nothing_that_is_sent_breaks_it(
    client: Client,
    method: str,
    path: str,
    query: dict[str, str],
    content_type: str,
    body: bytes,
) -> None:
    answer = await client.request(
        method,
        path,
        params=query,
        data=body if method != "GET" else None,
        headers={"Content-Type": content_type},
        allow_redirects=False,
    )
    await answer.read()
    assert answer.status < 500
