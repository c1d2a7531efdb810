"""Pages of matches: their order, and what a search may cost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stena.settings import Postgres, Settings
from stena.store.indexing import LOCK_TIMEOUT
from stena.store.search import TIMEOUT_SECONDS
from stena.store.search_index import WAIT_SECONDS
from tests.patient import STEPPED
from tests.program import PATIENCE
from tests.web.flooding import eventually
from tests.web.searching import alter, found, put, search, until

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.patient import Limits


@pytest.fixture
def limits(request: pytest.FixtureRequest) -> Limits:
    """As in other tests, but for the one that a test is about."""
    return {**STEPPED, **getattr(request, "param", {})}


def own(name: str, limit: object) -> pytest.MarkDecorator:
    """Let the wall have this limit as it has it outside of tests."""
    return pytest.mark.parametrize("limits", [{name: limit}], indirect=True, ids=["its own limit"])


async def test_the_best_match_comes_first_where_that_is_asked_for(client: Client) -> None:
    for text in ("cat and dog", "cat, " + "then something else, " * 9 + "dog", "a dog"):
        await put(client, text)
    newest = await found(client, "cat dog")
    assert await found(client, "cat dog", order="newest") == newest
    assert await found(client, "cat dog", order="relevance") == newest[::-1]
    assert newest[-1] == "cat and dog"


@pytest.mark.parametrize("order", ["newest", "relevance"])
async def test_pages_lead_to_all_that_was_there_while_messages_arrive(
    client: Client, order: str
) -> None:
    # More of the words in a shorter text rank higher, so ranks repeat and differ.
    ids = [await put(client, "word " * (number % 3 + 1) + f"{number}") for number in range(47)]
    seen: list[int] = []
    query = {"order": order}
    while True:
        answer = await search(client, "word", **query)
        seen += [message["id"] for message in answer["messages"]]
        if answer["next"] is None:
            break
        await put(client, "word word word word")
        query["before"] = answer["next"]
    assert sorted(seen) == ids
    assert (seen == ids[::-1]) is (order == "newest")


async def test_the_best_of_the_newest_stay_the_same_whatever_arrives(
    client: Client, address: Address
) -> None:
    await alter(
        address,
        """
        INSERT INTO message (text)
        SELECT repeat('word ', 1 + n % 3) || n FROM generate_series(1, 510) AS n
        """,
    )
    await until_read(address)
    answer = await search(client, "word", order="relevance")
    seen = {message["id"] for message in answer["messages"]}
    while answer["next"]:
        await put(client, "word that came later")
        answer = await search(client, "word", order="relevance", before=answer["next"])
        seen |= {message["id"] for message in answer["messages"]}
    assert seen == set(range(11, 511))


async def test_a_full_last_page_promises_nothing_more(client: Client) -> None:
    for number in range(20):
        await put(client, f"word {number}")
    for order in ("newest", "relevance"):
        answer = await search(client, "word", order=order)
        assert (len(answer["messages"]), answer["next"]) == (20, None)


async def test_on_a_large_wall_rare_common_and_separate_words_are_found(
    client: Client, address: Address
) -> None:
    # Larger than the sample of a search, and than a batch of the index.
    await alter(
        address,
        """
        INSERT INTO message (text)
        SELECT CASE WHEN n % 2 = 0 THEN 'even ' ELSE 'odd ' END
            || CASE WHEN n % 50 = 0 THEN 'middling ' ELSE '' END
            || CASE WHEN n = 7 THEN 'rare ' ELSE '' END || n
        FROM generate_series(1, 6000) AS n
        """,
    )
    await until_read(address)
    for order in ("newest", "relevance"):
        assert len(await found(client, "even", order=order)) == 20
        assert await found(client, "rare", order=order) == ["odd rare 7"]
        assert await found(client, "even odd", order=order) == []
        assert await found(client, '"rare even"', order=order) == []
        middling = await found(client, "middling", order=order)
        assert middling == [f"even middling {n}" for n in range(6000, 5000, -50)]


class TestWithOneConnection:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(postgres=Postgres(pool_size=1))

    async def test_a_common_word_is_found_behind_thousands_of_messages_without_it(
        self, client_of_one: Client, address: Address
    ) -> None:
        await alter(
            address,
            """
            INSERT INTO message (text)
            SELECT CASE WHEN n > 6000 THEN 'spam' WHEN n = 7 THEN 'rare common' ELSE 'common' END
            FROM generate_series(1, 8100) AS n
            """,
        )
        await until_read(address)
        await alter(address, "ANALYZE message_words")
        assert await found(client_of_one, "common") == ["common"] * 20
        assert await found(client_of_one, "rare") == ["rare common"]
        # Fetching all messages with a common word by the index takes too long on a large wall. The
        # server counts its use a moment later.
        connection = await asyncpg.connect(address.url)
        used = """
            SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'message_words_found'
        """
        async with asyncio.timeout(PATIENCE):
            while not (times := await connection.fetchval(used)):  # noqa: ASYNC110 -- as below
                await asyncio.sleep(0.02)
        await connection.close()
        assert times == 1


async def until_read(address: Address) -> None:
    """Wait until the wall has indexed messages in the background."""
    await until(
        address,
        "SELECT (SELECT max(change) FROM message) = (SELECT change FROM message_words_mark)",
    )


@own("stena.store.search:TIMEOUT_SECONDS", TIMEOUT_SECONDS)
async def test_a_search_that_takes_too_long_is_given_up_with_a_sentence(
    client: Client, address: Address
) -> None:
    connection = await asyncpg.connect(address.url)
    async with connection.transaction():
        # Locked rows cannot be indexed, as if there were very many.
        await connection.execute("LOCK TABLE message_words")
        answer = await client.get("/api/messages.search?q=word")
        assert answer.status == 422
        assert (await answer.json())["error"]["code"] == "search_too_broad"
    await connection.close()

    async def is_answered() -> bool:
        # A busy machine may need more than one try.
        answer = await client.get("/api/messages.search?q=word")
        return answer.status == 200 and (await answer.json())["messages"] == []

    await eventually(is_answered)


@own("stena.store.search_index:WAIT_SECONDS", WAIT_SECONDS)
async def test_few_search_at_once_so_that_others_can_write(
    client: Client, address: Address
) -> None:
    connection = await asyncpg.connect(address.url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE message_words_mark")
        asked = [asyncio.create_task(client.get("/api/messages.search?q=word")) for _ in range(6)]
        done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        refused = await done.pop()
        assert refused.status == 503
        assert (await refused.json())["error"]["code"] == "too_many_searches"
        assert int(refused.headers["Retry-After"]) > 0
        await put(client, "written meanwhile")
    await connection.close()
    assert {(await answer).status for answer in asked} == {200, 503}


@own("stena.store.indexing:LOCK_TIMEOUT", LOCK_TIMEOUT)
async def test_a_search_does_not_wait_long_for_whoever_reads_what_is_new(
    client: Client, address: Address
) -> None:
    await put(client, "word one")
    assert await found(client, "word") == ["word one"]
    connection = await asyncpg.connect(address.url)
    async with connection.transaction():
        await connection.execute("SELECT FROM message_words_mark FOR UPDATE")
        await put(client, "word two")
        assert await found(client, "word") == ["word one"]
    await connection.close()

    async def is_found() -> bool:
        # The wall itself may be reading what is new just now.
        return await found(client, "word") == ["word two", "word one"]

    await eventually(is_found)
