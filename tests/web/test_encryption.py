"""Behind a router that terminates TLS, as hosts have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings, Wall

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.conftest import Client

PATHS = ["/", "/?lang=ru", "/m/1", "/api/messages.list", "/api/messages.stream", "/static/wall.css"]


def kept(answer: ClientResponse) -> str | None:
    return answer.headers.get("Strict-Transport-Security")


async def leave(client: Client, proto: str) -> ClientResponse:
    return await client.post(
        "/api/messages.create", json={"text": "words"}, headers={"X-Forwarded-Proto": proto}
    )


class TestBehindARouter:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1))

    @pytest.mark.parametrize("path", PATHS)
    async def test_who_comes_encrypted_is_told_to_stay_so(self, client: Client, path: str) -> None:
        for proto, sent in (("https", True), ("http", False), ("https, http", False), ("", False)):
            answer = await client.get(path, headers={"X-Forwarded-Proto": proto})
            assert (kept(answer) is not None) == sent, proto
            answer.close()

    async def test_cookies_are_kept_from_an_open_connection(self, client: Client) -> None:
        for proto, secure in (("https", True), ("http", False)):
            answer = await leave(client, proto)
            assert answer.status == 201
            assert ("Secure" in answer.headers["Set-Cookie"]) == secure
            assert (kept(answer) is not None) == secure
            page = await client.get("/?lang=ru", headers={"X-Forwarded-Proto": proto})
            client.session.cookie_jar.clear()
            assert ("Secure" in page.headers["Set-Cookie"]) == secure


class TestWithAnHttpsAddress:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1), wall=Wall(url="https://wall.example"))

    @pytest.mark.parametrize("path", PATHS)
    async def test_http_is_redirected(self, client: Client, path: str) -> None:
        for method in ("GET", "HEAD", "POST"):
            answer = await client.request(
                method,
                path,
                headers={"X-Forwarded-Proto": "http", "Host": "other.example"},
                allow_redirects=False,
            )
            assert answer.status == 308, method
            assert answer.headers["Location"] == f"https://wall.example{path}"
            assert kept(answer) is None
            answer.close()

    async def test_the_hosts_own_questions_are_answered(self, client: Client) -> None:
        for path in ("/healthz", "/readyz"):
            answer = await client.get(path, headers={"X-Forwarded-Proto": "http"})
            assert answer.status == 200

    async def test_a_proxy_that_reports_no_scheme_is_taken_for_the_one_of_the_address(
        self, client: Client
    ) -> None:
        answer = await client.post("/messages", data={"text": "words"}, allow_redirects=False)
        assert answer.status == 303
        assert kept(answer) is not None
        for cookie in answer.headers.getall("Set-Cookie"):
            assert cookie.startswith("__Host-")
            assert "; Secure" in cookie


async def test_where_no_router_is_ours_nobody_is_believed(client: Client) -> None:
    answer = await leave(client, "https")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert kept(answer) is None
