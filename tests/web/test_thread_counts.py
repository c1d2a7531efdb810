"""How many messages pages have, for the lists of these pages on other sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.settings import Settings, Wall
from stena.store.thread_count import MOST
from stena.thread_counts import FRESH_SECONDS, MOST_KNOWN, ThreadCounts
from stena.web.inputs.query import MOST_THREADS
from tests.owner import execute
from tests.patient import USED_UP
from tests.web.calls import KEY, call, create

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.patient import Limits

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=30",
}


async def counted(client: Client, threads: str) -> dict[str, int]:
    answer = await client.get("/api/messages.count", params={"threads": threads})
    assert answer.status == 200, await answer.text()
    return dict((await answer.json())["counts"])


async def refused(client: Client, query: str) -> tuple[int, str]:
    answer = await client.get(f"/api/messages.count{query}")
    return answer.status, (await answer.json())["error"]["code"]


async def test_messages_are_counted_with_their_replies_by_the_names_that_were_given(
    client: Client,
) -> None:
    first = await create(client, "One", thread="blog/first", key=KEY)
    await create(client, "Two", thread="blog/first")
    await create(client, "A reply", reply_to=first["id"])
    gone = await create(client, "Gone", thread="blog/first", key=KEY)
    await call(client, "delete", id=gone["id"], key=KEY)
    # With a reply, its place stays.
    await call(client, "delete", id=first["id"], key=KEY)
    await create(client, "On the main wall")
    threads = "blog/first,/blog/first/,https://Blog.Example/,,none"
    assert await counted(client, threads) == {
        "blog/first": 2,
        "/blog/first/": 2,
        "https://Blog.Example/": 0,
        "": 1,
        "none": 0,
    }


async def test_other_sites_may_ask_and_keep_the_answer_for_a_while(client: Client) -> None:
    answer = await client.get("/api/messages.count?threads=a", headers={"Origin": "https://a.b"})
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "Set-Cookie" not in answer.headers


async def test_what_waits_is_not_counted(client: Client, address: Address) -> None:
    await execute(address, "UPDATE rule SET mode = 'all'")
    await call(client, "create", text="It waits", thread="blog")
    assert await counted(client, "blog") == {"blog": 0}


async def test_more_are_not_counted_than_a_page_can_be_busy_with(
    client: Client, address: Address
) -> None:
    await execute(
        address,
        """
        INSERT INTO message (text, thread, replies)
        SELECT 'x', 'blog', 1 FROM generate_series(1, 1200)
        """,
    )
    assert await counted(client, "blog") == {"blog": MOST}


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("", (400, "field_missing")),
        ("?threads=a%3Fb", (422, "thread_invalid")),
        ("?threads=a,b%20c", (422, "thread_invalid")),
        ("?threads=" + "a," * MOST_THREADS, (400, "too_many_threads")),
    ],
)
async def test_what_names_no_pages_or_too_many_is_refused(
    client: Client, query: str, refusal: tuple[int, str]
) -> None:
    assert await refused(client, query) == refusal


class TestLimited:
    @pytest.fixture
    def limits(self) -> Limits:
        return USED_UP

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(reads_per_minute=10))

    async def test_counting_is_limited_and_what_is_known_is_not(
        self, client_of_one: Client
    ) -> None:
        for number in range(40):
            await counted(client_of_one, f"page-{number}")
        assert await refused(client_of_one, "?threads=one-more") == (429, "too_many_reads")
        assert await counted(client_of_one, "page-7,page-8") == {"page-7": 0, "page-8": 0}


async def test_numbers_are_read_again_after_some_seconds_and_few_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    asked: list[list[str]] = []

    async def count(_: ThreadCounts, threads: list[str]) -> dict[str, int]:
        asked.append(threads)
        return dict.fromkeys(threads, len(asked))

    monkeypatch.setattr(ThreadCounts, "_count", count)
    counts = ThreadCounts(None, clock=lambda: now)  # type: ignore[arg-type]
    assert await counts.of(["a", "b"]) == {"a": 1, "b": 1}
    assert await counts.of(["b", "c"]) == {"b": 1, "c": 2}
    assert asked == [["a", "b"], ["c"]]
    now = FRESH_SECONDS + 1
    assert await counts.of(["a"]) == {"a": 3}
    many = [f"page-{number}" for number in range(MOST_KNOWN)]
    assert len(await counts.of(many)) == MOST_KNOWN
    assert counts.unknown(["a"]) == ["a"]
