from __future__ import annotations

import json
import os
from time import monotonic
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from stena.app import create_app
from stena.settings import Common, Settings, Wall
from stena.store.database import Address
from stena.web.wire.buckets import Buckets
from stena.web.wire.proxies import Proxies
from tests.patient import USED_UP
from tests.web.calls import create, exchange, rendered

if TYPE_CHECKING:
    from tests.conftest import Client
    from tests.patient import Limits


async def flood(client: Client, posts: int, **headers: str) -> list[int]:
    statuses = []
    for number in range(posts):
        answer = await client.post(
            "/api/messages.create", json={"text": f"{number}"}, headers=headers
        )
        statuses.append(answer.status)
    return statuses


def stop_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass for the buckets of this process, and of those that it forks."""
    monkeypatch.setattr("stena.web.wire.buckets.time", SimpleNamespace(monotonic=lambda: 1000.0))


class UsedUp:
    """Tests that count what an address may do: none of it comes back meanwhile."""

    @pytest.fixture
    def limits(self) -> Limits:
        return USED_UP


class TestThree(UsedUp):
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(posts_per_minute=3))

    async def test_an_address_that_floods_the_wall_is_held_back(self, client: Client) -> None:
        assert await flood(client, 5) == [201, 201, 201, 429, 429]
        answer = await client.post("/api/messages.create", json={"text": "more"})
        assert (await answer.json())["error"]["code"] == "too_many_posts"
        assert "Retry-After" in answer.headers
        page = await client.post("/messages", data={"text": "kept"})
        assert page.status == 429
        assert "\nkept</textarea>" in await page.text()
        listed = await (await client.get("/api/messages.list")).json()
        assert len(listed["messages"]) == 3

    async def test_no_forged_header_makes_it_another_address(self, client: Client) -> None:
        for number in range(3):
            await flood(client, 1, **{"X-Forwarded-For": f"192.0.2.{number}"})
        assert await flood(client, 1, **{"X-Forwarded-For": "192.0.2.99"}) == [429]

    async def test_a_refused_text_counts_too(self, client: Client) -> None:
        """Its answer is a whole page, which costs more than a post."""
        for _ in range(3):
            answer = await client.post("/messages", data={"text": " "})
            assert answer.status == 422
        page = await client.post("/messages", data={"text": "kept"})
        assert page.status == 429
        assert "\nkept</textarea>" in await page.text()
        assert "<article" not in rendered(await page.text())


class TestWhenThereIsOneAgain:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(posts_per_minute=3))

    async def test_the_answer_says_so(
        self, client_of_one: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stop_the_clock(monkeypatch)
        await flood(client_of_one, 3)
        answer = await client_of_one.post("/api/messages.create", json={"text": "more"})
        assert answer.headers["Retry-After"] == "20"


class TestBehindARouter(UsedUp):
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1), wall=Wall(posts_per_minute=1))

    async def test_the_last_hop_is_the_visitor(self, client: Client) -> None:
        for last, status in (("192.0.2.1", 201), ("192.0.2.2", 201), ("192.0.2.1", 429)):
            header = f"10.{len(last)}.0.1, {last}"
            assert await flood(client, 1, **{"X-Forwarded-For": header}) == [status]

    async def test_the_line_that_the_router_adds_counts_and_not_the_visitors_own(
        self, client: Client
    ) -> None:
        body = json.dumps({"text": "words"})
        statuses = []
        for number in range(3):
            head, _ = await exchange(
                client,
                "POST /api/messages.create HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"X-Forwarded-For: 198.51.100.{number}\r\nX-Forwarded-For: 192.0.2.7\r\n"
                "Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode(),
            )
            statuses.append(head.split()[1])
        assert statuses == ["201", "429", "429"]

    async def test_bytes_that_are_no_text_have_a_budget_like_an_address(
        self, client: Client
    ) -> None:
        for status in ("201", "429"):
            head, _ = await exchange(
                client,
                b"POST /api/messages.create HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                b"X-Forwarded-For: \xff\r\nContent-Type: application/json\r\n"
                b'Content-Length: 16\r\n\r\n{"text":"words"}',
            )
            assert head.split()[1] == status

    @pytest.mark.parametrize(
        "entries",
        [
            ("192.0.2.1", "192.0.2.1:1024", "192.0.2.1:65535", "::ffff:192.0.2.1"),
            (
                "2001:db8::1",
                "2001:db8::2",
                "2001:db8:0:0:ffff::",
                "[2001:db8::3]:99",
                '"[2001:db8::4]"',
            ),
            ("unknown", "unknown"),
        ],
    )
    async def test_one_visitor_has_one_budget_whatever_the_router_writes(
        self, client: Client, entries: tuple[str, ...]
    ) -> None:
        statuses = [(await flood(client, 1, **{"X-Forwarded-For": one}))[0] for one in entries]
        assert statuses == [201, *[429] * (len(entries) - 1)]

    async def test_other_networks_have_budgets_of_their_own(self, client: Client) -> None:
        for one in ("2001:db8::1", "2001:db8:0:1::1", "192.0.2.1", "192.0.2.2"):
            assert await flood(client, 1, **{"X-Forwarded-For": one}) == [201], one


class TestBehindProxiesInPrivateNetworks(UsedUp):
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies="auto"), wall=Wall(posts_per_minute=1))

    @pytest.mark.parametrize(
        ("chain", "same"),
        [
            ("192.0.2.1", "198.51.100.9, 192.0.2.1"),
            ("192.0.2.1", "192.0.2.1, 10.0.0.7"),
            ("192.0.2.1", "6.6.6.6, 192.0.2.1, 172.16.3.4, 100.64.1.1:4000, fd00::1, 127.0.0.1"),
            ("2001:db8::1", "[2001:db8::2]:99, 192.168.1.1"),
            ("10.0.0.5, 10.0.0.1", "10.0.0.5, 10.0.0.2"),
        ],
    )
    async def test_the_visitor_is_the_last_address_that_is_none_of_theirs(
        self, client: Client, chain: str, same: str
    ) -> None:
        statuses = [
            (await flood(client, 1, **{"X-Forwarded-For": one}))[0]
            for one in (chain, same, "203.0.113.5", "6.6.6.6, 203.0.113.5")
        ]
        assert statuses == [201, 429, 201, 429]


def test_a_client_without_a_proxy_cannot_pretend_that_there_is_one() -> None:
    headers = CIMultiDictProxy(
        CIMultiDict({"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"})
    )
    trusting = Proxies(None)
    assert trusting.address(headers, "203.0.113.5") == "203.0.113.5"
    assert trusting.is_encrypted(headers, "203.0.113.5") is None
    for proxy in ("127.0.0.1", "::1", "10.1.2.3", "fe80::1", "", "::ffff:10.0.0.1"):
        assert trusting.address(headers, proxy) == "192.0.2.1"
        assert trusting.is_encrypted(headers, proxy) is True


class TestBehindAProxyThatWritesForwarded(UsedUp):
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1, forwarded=True), wall=Wall(posts_per_minute=1))

    async def test_its_last_element_names_the_visitor(self, client: Client) -> None:
        for forwarded, status in (
            ("for=192.0.2.1;proto=https;by=203.0.113.43", 201),
            ('for="192.0.2.9, 6.6.6.6";proto=http, For="192.0.2.1:4711"', 429),
            ("for=192.0.2.2, for=192.0.2.1", 429),
            ('proto=https;FOR="[2001:db8::1]:99"', 201),
            ('for="[2001:db8::2]"', 429),
            ('for="', 201),
            ("for=unknown", 201),
            ("for=unknown; proto=http", 429),
            (",;=,for", 429),
        ):
            headers = {"Forwarded": forwarded, "X-Forwarded-For": f"{status}"}
            assert await flood(client, 1, **headers) == [status], forwarded

    async def test_it_says_whether_the_visitor_came_by_https(self, client: Client) -> None:
        for forwarded, encrypted in (
            ("for=192.0.2.1;proto=https", True),
            ("for=192.0.2.1;Proto=HTTPS", True),
            ("proto=https, proto=http", False),
            ("for=192.0.2.1", False),
        ):
            answer = await client.get("/", headers={"Forwarded": forwarded})
            assert ("Strict-Transport-Security" in answer.headers) is encrypted, forwarded


class TestWithoutLimit:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(posts_per_minute=0))

    async def test_there_is_none(self, client: Client) -> None:
        assert set(await flood(client, 30)) == {201}


class TestReading:
    @pytest.fixture
    def settings(self, request: pytest.FixtureRequest) -> Settings:
        url = getattr(request, "param", "")
        return Settings(wall=Wall(reads_per_minute=20, posts_per_minute=0, url=url))

    async def test_what_is_not_in_memory_is_limited_for_each_address(self, client: Client) -> None:
        await create(client, "words")
        paths = ["/?before=2", "/m/1", "/search?q=words", "/api/messages.get?id=1", "/m/1/edit"]
        start = monotonic()
        statuses = [(await client.get(path)).status for path in paths * 8]
        # A third of a read comes back each second.
        assert statuses.index(429) <= 21 + (monotonic() - start) / 3
        for path in [*paths, "/sitemap.xml", "/api/messages.stream?after=0", "/?thread=other"]:
            while (answer := await client.get(path)).status != 429:
                answer.close()
            assert 1 <= int(answer.headers["Retry-After"]) <= 60

    @pytest.mark.parametrize("settings", ["https://wall.example"], indirect=True)
    async def test_the_wall_is_read_all_the_same(self, client: Client) -> None:
        """A school behind one address, one pupil of which has used up the budget."""
        while (await client.get("/m/1")).status != 429:
            pass
        for number in range(3):
            await create(client, f"words {number}")
            for path in ("/", "/live", "/feed.atom", "/api/messages.list", "/healthz", "/readyz"):
                for headers in ({}, {"Host": f"h{number}.example"}, {"Cookie": "seen=99"}):
                    assert (await client.get(path, headers=headers)).status == 200, path

    async def test_made_up_hosts_and_threads_and_cookies_are_not_free(
        self, client_of_one: Client
    ) -> None:
        for path, headers in (
            ("/", {"Host": "h{}.example"}),
            ("/live", {"Host": "h{}.example"}),
            ("/?thread=t{}", {}),
            ("/", {"Cookie": "link={}.0123456789abcdef"}),
        ):
            for number in range(100):
                given = {name: value.format(number) for name, value in headers.items()}
                answer = await client_of_one.get(path.format(number), headers=given)
                if answer.status == 429:
                    break
            assert answer.status == 429, (path, headers)

    async def test_a_search_costs_the_time_that_it_takes(
        self, client_of_one: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("stena.web.wire.rate_limit.SECONDS_A_PAGE", 1e-9)
        assert (await client_of_one.get("/search?q=words")).status == 200
        assert (await client_of_one.get("/m/1")).status in {404, 429}
        assert (await client_of_one.get("/m/1")).status == 429


def test_every_route_that_reads_from_the_database_has_a_cost() -> None:
    """Those that have none answer from memory, or count themselves."""
    app = create_app(Settings(), Address(""))
    free = {
        route.resource.canonical
        for route in app.router.routes()
        if route.method == "GET" and route.resource and not hasattr(route.handler, "__wrapped__")
    }
    assert free == {
        "/", "/live", "/embed", "/embed.js", "/api/messages.list", "/api/messages.count",
        "/api/openapi.json", "/feed.atom", "/feed.json", "/healthz", "/readyz", "/robots.txt",
        "/static/{name}",
    }  # fmt: skip


def test_buckets_are_counted_together_by_the_processes_that_are_forked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop_the_clock(monkeypatch)
    buckets = Buckets()
    client = buckets.client("192.0.2.1", "posts")
    for _ in range(3):
        child = os.fork()
        if not child:
            os._exit(buckets.take(client, 1, 3))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert buckets.take(client, 1, 3) == 20


def test_a_flood_of_addresses_needs_no_more_memory_and_forgets_the_oldest_first() -> None:
    buckets = Buckets()
    for number in range(200_000):
        buckets.take(buckets.client(f"client {number}", "posts"), 1, 2)
    latest = buckets.client("client 199999", "posts")
    assert buckets.take(latest, 1, 2) == 0
    assert buckets.take(latest, 1, 2) > 0
    assert buckets.take(buckets.client("client 0", "posts"), 2, 2) == 0
