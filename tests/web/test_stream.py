from __future__ import annotations

import asyncio
import random
from itertools import islice
from typing import TYPE_CHECKING
from urllib.request import urlopen

import asyncpg
import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.settings import Postgres, Settings
from tests.calm import calm
from tests.conftest import Front
from tests.failures.scene import connected
from tests.program import eventually, get, post, running
from tests.web.events import PATIENCE, leave, listening
from tests.web.moderating import show_links

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client


async def test_a_new_message_is_told_to_who_is_looking(client: Client, address: Address) -> None:
    await show_links(address)
    async with listening(client) as events:
        message = await leave(client, "see https://example.com/ 🙂 http://a.example/b")
        event = await events.next()
        assert event.kind == "message"
        assert event.data.pop("html").count("<a href=") == 2
        assert event.data == message
        plain = await leave(client, "no link & <no> mark")
        assert (await events.next()).data == plain


async def test_a_message_left_in_another_process_is_told_too(client: Client, other: Client) -> None:
    async with listening(client) as here, listening(other) as there:
        for number in range(5):
            message = await leave(other if number % 2 else client, f"{number}")
            assert (await here.next()).data == message
            assert (await there.next()).data == message


async def test_who_comes_back_gets_exactly_what_they_missed(client: Client) -> None:
    messages = [await leave(client, f"{number}") for number in range(5)]
    async with listening(client, query="?after=0") as events:
        found = [await events.next() for _ in messages]
    assert [event.data for event in found] == messages
    numbers = [event.id for event in found]
    assert numbers == sorted(set(numbers), key=lambda number: number or 0)
    for query, headers in (
        (f"?after={numbers[2]}", {}),
        ("?after=0", {"Last-Event-ID": str(numbers[2])}),
    ):
        async with listening(client, query=query, **headers) as events:
            assert [(await events.next()).data for _ in messages[3:]] == messages[3:]
            message = await leave(client, "live")
            assert (await events.next()).data == message
            messages.append(message)


async def test_the_page_names_the_change_to_go_on_from(client: Client) -> None:
    await leave(client, "on the page")
    page = await (await client.get("/")).text()
    change = page.partition('data-change="')[2].partition('"')[0]
    await leave(client, "after the page")
    async with listening(client, query=f"?after={change}") as events:
        assert (await events.next()).data["text"] == "after the page"


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=99999999999999999999", "audience=2", "audience=yes"],
)
async def test_a_number_that_the_stream_does_not_take_is_refused(
    client: Client, query: str
) -> None:
    answer = await client.get(f"/api/messages.stream?{query}")
    assert answer.status == 400
    error = (await answer.json())["error"]
    assert (error["code"], error["field"]) == ("bad_number", query.partition("=")[0])


@pytest.mark.parametrize("query", ["audience=", "audience=0"])
async def test_a_stream_tells_of_its_readers_only_if_it_is_asked(
    client: Client, query: str
) -> None:
    async with listening(client, query=f"?{query}") as events:
        message = await leave(client, "the first event")
        assert (await events.next()).data == message


async def test_a_change_that_this_wall_never_had_is_a_reason_to_read_anew(client: Client) -> None:
    await leave(client, "before the backup was restored")
    async with listening(client, query="?after=999") as events:
        assert (await events.next()).kind == "reset"
        message = await leave(client, "after it")
        assert (await events.next()).data == message


@pytest.mark.parametrize(("version", "is_chunked"), [("1.0", False), ("2.0", True)])
async def test_a_proxy_that_knows_no_chunks_gets_the_events_bare(
    client: Client, version: str, *, is_chunked: bool
) -> None:
    await leave(client, "old-fashioned")
    url = client.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    request = f"GET /api/messages.stream?after=0 HTTP/{version}\r\nHost: x\r\n\r\n"
    writer.write(request.encode())
    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"\r\n\r\n")
        event = await reader.readuntil(b"\n\n")
    writer.close()
    assert (b"chunked" in head.lower()) is is_chunked
    if is_chunked:
        event = event.partition(b"\r\n")[2]
    assert event.startswith(b'id: 1\ndata: {"id":1,"text":"old-fashioned"')


async def test_nothing_is_missed_where_the_program_began_to_listen_late(
    settings: Settings, address: Address, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(*_: object) -> AsyncGenerator[int | None]:
        await asyncio.Event().wait()
        yield None

    monkeypatch.setattr("stena.store.announcements.listen", deaf)
    async with TestClient(Front(create_app(calm(settings), address))) as late:
        await leave(client, "before anybody looked")
        async with listening(late, query="?after=0") as events:
            assert (await events.next()).data["text"] == "before anybody looked"
            await leave(client, "elsewhere")
            await leave(late, "here")
            assert [(await events.next()).data["text"] for _ in range(2)] == ["elsewhere", "here"]
        assert "elsewhere" in await (await late.get("/")).text()


async def test_head_of_a_stream_ends(client: Client) -> None:
    answer = await client.head("/api/messages.stream")
    assert (answer.status, answer.content_type) == (200, "text/event-stream")


async def test_all_see_one_order_whoever_writes_and_however_often_they_are_cut_off(
    client: Client, other: Client, address: Address
) -> None:
    connection = await asyncpg.connect(address.url)
    # At the end of each transaction, while its number is taken and not yet committed.
    await connection.execute(
        """
        CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(random() * 0.01); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON message
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle();
        """
    )
    rng = random.Random(7)  # noqa: S311 -- the same cuts in each run
    written = 6 * 25
    walls = (client, other)

    async def write(writer: int) -> None:
        for number in range(25):
            await leave(walls[writer % 2], f"{writer}.{number}")

    async def read(reader: int) -> list[int]:
        seen: list[int] = []
        last = 0
        while len(seen) < written:
            # Each time from another process, as behind a router.
            wall = walls[(reader + len(seen)) % 2]
            async with listening(wall, query=f"?after={last}") as events:
                for _ in range(rng.randint(1, 40)):
                    if len(seen) == written:
                        break
                    event = await events.next()
                    assert event.id is not None
                    last = event.id
                    seen.append(event.data["id"])
        return seen

    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(read(number)) for number in range(8)]
        for number in range(6):
            group.create_task(write(number))
    rows = await connection.fetch("SELECT id FROM message ORDER BY change")
    await connection.close()
    in_order = [row["id"] for row in rows]
    assert in_order == sorted(in_order)
    for reader in readers:
        assert reader.result() == in_order


async def test_who_missed_too_much_is_told_to_read_anew(client: Client, address: Address) -> None:
    connection = await asyncpg.connect(address.url)
    await connection.execute("INSERT INTO message (text) SELECT 'x' FROM generate_series(1, 1001)")
    await connection.close()
    await leave(client, "told")
    async with listening(client, query="?after=0") as events:
        event = await events.next()
        assert event.kind == "reset"
        message = await leave(client, "live")
        assert (await events.next()).data == message


async def test_a_message_that_is_removed_is_sent_by_its_number_only(
    client: Client, address: Address
) -> None:
    message = await leave(client, "soon gone")
    async with listening(client) as events:
        connection = await asyncpg.connect(address.url)
        await connection.execute(
            "UPDATE message SET state = 'removed', change = nextval('message_change')"
        )
        await connection.execute("SELECT pg_notify('stena', last_value::text) FROM message_change")
        await connection.close()
        event = await events.next()
        assert (event.kind, event.data) == ("removed", {"id": message["id"], "reply_to": None})
    assert "soon gone" not in await (await client.get("/")).text()


async def test_a_lost_ear_comes_back_and_nothing_was_missed(
    client: Client, other: Client, address: Address
) -> None:
    async with listening(client) as events:
        await leave(other, "before")
        assert (await events.next()).data["text"] == "before"
        connection = await asyncpg.connect(address.url)
        for number in range(3):
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
            message = await leave(other, f"meanwhile {number}")
            assert (await events.next()).data == message
        await connection.close()


def test_where_no_connection_is_left_for_listening_the_wall_looks_by_itself(
    tmp_path: Path, address: Address
) -> None:
    with connected(address.url) as database:
        database("CREATE ROLE scarce LOGIN CONNECTION LIMIT 2")
        database("GRANT ALL ON ALL TABLES IN SCHEMA public TO scarce")
        database("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO scarce")
        try:
            url = address.url.replace("://postgres@", "://scarce@")
            with running(
                errors=tmp_path / "log", DATABASE_URL=url, STENA_POSTGRES__POOL_SIZE="1"
            ) as program:
                body = b'{"text": "one"}'
                assert (
                    post(f"{program.url}/api/messages.create", body, "application/json")[0] == 201
                )
                database("ALTER ROLE scarce CONNECTION LIMIT 1")
                database(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE usename = 'scarce' AND query LIKE 'LISTEN%'"
                )
                eventually(lambda: "TooManyConnectionsError" in program.log)
                with urlopen(f"{program.url}/api/messages.stream", timeout=PATIENCE) as stream:  # noqa: S310 -- our own
                    database("INSERT INTO message (text) VALUES ('two')")
                    # Some heartbeats may come before.
                    lines = islice(iter(stream.readline, b""), 12)
                    assert any(line.startswith(b"data: {") for line in lines)
                assert '"two"' in get(f"{program.url}/api/messages.list")[1]
        finally:
            database("DROP OWNED BY scarce")
            database("DROP ROLE scarce")


class TestWithoutListen:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(postgres=Postgres(listen=False))

    async def test_other_processes_messages_are_told_all_the_same(
        self, client: Client, other: Client
    ) -> None:
        async with listening(client) as events:
            message = await leave(other, "polled")
            assert (await events.next()).data == message
