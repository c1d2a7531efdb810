"""Background jobs fail for real and are started again; no reader misses anything."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from stena.broadcaster import Broadcaster
from stena.jobs import Backoff, Jobs
from stena.refusal import Refusal
from tests.hand import Hand
from tests.patient import STEPPED, TO_FAIL
from tests.program import PATIENCE
from tests.test_audience import count
from tests.web.events import leave, listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.broadcaster import Batch
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.patient import Limits
    from tests.web.events import Events

QUICK = Backoff(first=0.001, longest=0.01, most=5)

ANNOUNCE = "SELECT pg_notify('stena', last_value::text) FROM message_change"


@pytest.fixture
def limits() -> Limits:
    """No job is given up before the test has mended what it fails at."""
    return {**STEPPED, **TO_FAIL}


@pytest.fixture
def hand(address: Address) -> Hand:
    return Hand(address)


# -- jobs, whatever they do


async def test_a_job_that_fails_or_returns_is_started_again() -> None:
    ends = iter([ValueError(), asyncio.CancelledError(), None, KeyError()])
    runs_at_last = asyncio.Event()

    async def job() -> None:
        for end in ends:
            if end is not None:
                raise end
            return
        runs_at_last.set()
        await asyncio.Event().wait()

    jobs = Jobs(QUICK)
    async with asyncio.timeout(PATIENCE), jobs.running(job=job):
        await runs_at_last.wait()
        jobs.check()
    assert not jobs.given_up.is_set()


async def test_a_job_that_always_fails_is_given_up_with_a_reason() -> None:
    starts = 0

    async def job() -> None:
        nonlocal starts
        starts += 1
        raise ValueError("private words")

    jobs = Jobs(QUICK)
    async with asyncio.timeout(PATIENCE), jobs.running(bad=job, good=asyncio.Event().wait):
        await jobs.given_up.wait()
        with pytest.raises(Refusal, match="job_failed"):
            jobs.check()
    assert starts == QUICK.most
    assert "The background job bad failed 5 times in a row (ValueError)" in jobs.reason
    assert "private" not in jobs.reason


async def test_failures_are_forgotten_once_a_job_has_run_well() -> None:
    starts = 0
    enough = asyncio.Event()

    async def job() -> None:
        nonlocal starts
        starts += 1
        if starts > 3 * QUICK.most:
            enough.set()
        await asyncio.sleep(0.002)
        raise ValueError

    jobs = Jobs(Backoff(first=0.001, longest=0.001, well=0.001, most=QUICK.most))
    async with asyncio.timeout(PATIENCE), jobs.running(job=job):
        await enough.wait()
    assert not jobs.given_up.is_set()


def test_pauses_double_up_to_the_longest_and_are_random() -> None:
    backoff = Backoff(first=1, longest=10)
    for failures, shortest in ((1, 1), (2, 2), (3, 4)):
        pauses = {backoff.pause(failures) for _ in range(50)}
        assert len(pauses) > 1
        assert all(shortest <= pause <= 2 * shortest for pause in pauses)
    assert {backoff.pause(30) for _ in range(50)} == {10}


def test_a_subscriber_that_fails_gets_the_batch_once_more() -> None:
    received: list[Batch] = []
    fails = [True]

    def subscriber(batch: Batch) -> None:
        if fails:
            fails.pop()
            raise ValueError
        received.append(batch)

    broadcaster = Broadcaster()
    broadcaster.subscribe(subscriber)
    with pytest.raises(ValueError, match=r"^$"):
        broadcaster.skip(5)
    broadcaster.skip(5)
    assert [batch.since for batch in received] == [0]


# -- a wall whose jobs fail


async def test_no_reader_misses_anything_or_sees_it_twice_where_telling_fails(
    client: Client, hand: Hand
) -> None:
    async with reading(client) as seen, reading(client) as late, listening(client) as events:
        first = await leave(client, "before")
        await shows(seen, [first["id"]])
        # Of five kinds of reactions one is counted, so the message cannot be shown.
        await hand.does("INSERT INTO message (text, reactions) VALUES ('x', '{1}')", ANNOUNCE)
        await parted(events)
        await hand.does("UPDATE message SET reactions = '{1,0,0,0,0}' WHERE text = 'x'")
        last = await leave(client, "after")
        expected = [first["id"], first["id"] + 1, last["id"]]
        await shows(seen, expected)
        await shows(late, expected)
        await until(client, "/readyz", 200)
        expected.append((await leave(client, "live"))["id"])
        await shows(seen, expected)
        await shows(late, expected)


async def test_a_reader_that_has_heard_of_nothing_yet_comes_back_to_where_it_was(
    client: Client, hand: Hand
) -> None:
    await leave(client, "before")
    async with listening(client) as events:
        await hand.does("INSERT INTO message (text, reactions) VALUES ('x', '{1}')", ANNOUNCE)
        last = await parted(events)
    await hand.does("UPDATE message SET reactions = '{1,0,0,0,0}' WHERE text = 'x'")
    async with listening(client, **{"Last-Event-ID": last}) as events:
        assert (await events.next()).data["text"] == "x"


async def test_while_nobody_follows_the_database_no_page_is_sent_from_memory(
    client_of_one: Client, hand: Hand
) -> None:
    # Of several processes, one without readers need not read the change.
    client = client_of_one
    async with reading(client) as seen:
        first = await leave(client, "one")
        assert [one["text"] for one in await wall(client)] == ["one"]
        # Reading this change fails; the page of this wall does not have it.
        await hand.does(
            "ALTER TABLE message ALTER COLUMN reactions DROP NOT NULL",
            "INSERT INTO message (text, thread, reactions) VALUES ('x', 'other', NULL)",
            ANNOUNCE,
        )
        await until(client, "/readyz", 503, "job_failed")
        await hand.does("INSERT INTO message (text) VALUES ('two')")
        assert [one["text"] for one in await wall(client)] == ["two", "one"]
        own = await leave(client, "three")
        await hand.does("UPDATE message SET reactions = '{0,0,0,0,0}' WHERE reactions IS NULL")
        await shows(seen, [first["id"], own["id"] - 1, own["id"]])
        await until(client, "/readyz", 200)
        # It listens anew.
        await hand.does("INSERT INTO message (text) VALUES ('four')", ANNOUNCE)
        await shows(seen, [first["id"], own["id"] - 1, own["id"], own["id"] + 1])


async def test_what_others_say_on_the_walls_channels_harms_nothing(
    client: Client, hand: Hand
) -> None:
    await leave(client, "one")
    assert len(await wall(client)) == 1
    said = ("", "x", "-1", "1.5", "٣", "9" * 18, "9" * 19, "9" * 5000)
    for payload in said:
        await hand.does(f"SELECT pg_notify('stena', '{payload}')")
        await hand.does(f"SELECT pg_notify('stena_audience', '{payload}')")
        await hand.does(f"SELECT pg_notify('stena_audience', 'abcdef01 {payload}')")
    async with listening(client, query="?audience=1") as events:
        # The one of them that a process of ours might have said is none.
        assert await count(events) == 1
        await hand.does("INSERT INTO message (text) VALUES ('two')", ANNOUNCE)
        # On a slow machine the number is announced once more meanwhile.
        while (event := await events.next()).kind in {"audience", "notice"}:
            pass
        assert event.data["text"] == "two"
    assert len(await wall(client)) == 2
    assert (await client.get("/readyz")).status == 200


async def wall(client: Client) -> list[dict[str, Any]]:
    content = await (await client.get("/api/messages.list")).json()
    return list(content["messages"])


async def until(client: Client, path: str, status: int, code: str | None = None) -> None:
    async with asyncio.timeout(PATIENCE):
        while (answer := await client.get(path)).status != status:
            await answer.read()
    content = await answer.json()
    assert content.get("error", {}).get("code") == code


async def parted(events: Events) -> str:
    """Wait until a stream is ended by the wall, and return from where to go on."""
    async with asyncio.timeout(PATIENCE):
        while "retry" not in (fields := await events.block()):
            """What happens before."""
    return fields["id"]


@asynccontextmanager
async def reading(client: Client) -> AsyncGenerator[list[int]]:
    """The ids of the messages that a reader has seen, who comes back as a browser does."""
    seen: list[int] = []
    opened = asyncio.Event()
    task = asyncio.create_task(_read(client, seen, opened))
    await opened.wait()
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _read(client: Client, seen: list[int], opened: asyncio.Event) -> None:
    last: dict[str, str] = {}
    while True:
        with suppress(EOFError, AssertionError):
            async with listening(client, **last) as events:
                opened.set()
                while True:
                    fields = await events.block()
                    if "id" in fields:
                        last = {"Last-Event-ID": fields["id"]}
                    if fields.get("data"):
                        seen.append(json.loads(fields["data"])["id"])


async def shows(seen: list[int], expected: list[int]) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(seen) < len(expected):  # noqa: ASYNC110 -- a list sets no event
            await asyncio.sleep(0.01)
    assert seen == expected
