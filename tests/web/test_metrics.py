"""What a monitoring system reads: the sums of all processes, with a token alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stena.settings import Common, Settings
from tests.docs.pages import METRICS, rows, spans
from tests.owner import execute
from tests.owner import rows as stored
from tests.web.calls import OTHERS_KEY, create
from tests.web.events import listening

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client

TOKEN = "a-token-of-the-monitoring-system"  # noqa: S105 -- made up
SIGNED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(metrics_token=TOKEN))


async def read(client: Client) -> dict[tuple[str, ...], float]:
    """The samples, by their names and the values of their labels."""
    answer = await client.get("/metrics", headers=SIGNED)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"
    families = text_string_to_metric_families(await answer.text())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


async def test_each_request_counts_by_its_route_and_its_status(client: Client) -> None:
    for path in ("/m/1", "/m/2", "/nowhere", "/wp-login.php"):
        await client.get(path)
    await create(client, "Hello")
    await client.get("/m/1")
    found = await read(client)
    requests = {key[1:]: count for key, count in found.items() if key[0] == "stena_requests_total"}
    assert requests["/m/{id}", "404"] == 2
    assert requests["/m/{id}", "200"] == 1
    assert requests["unknown", "404"] == 2
    assert requests["/api/messages.create", "201"] == 1
    # No address of a visitor, and no text, becomes a label.
    assert "login" not in str(found)


async def test_a_redirect_counts_too(client: Client) -> None:
    answer = await client.post("/messages", data={"text": "Hello"}, allow_redirects=False)
    assert answer.status == 303
    assert (await read(client))["stena_requests_total", "/messages", "303"] == 1


async def test_times_are_a_histogram_without_the_streams(client: Client) -> None:
    async with listening(client):
        pass
    before = await read(client)
    for _ in range(3):
        await client.get("/")
    found = await read(client)
    buckets = [
        count for (name, *_), count in found.items() if name == "stena_request_seconds_bucket"
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == found["stena_request_seconds_count",]
    # Three pages, and the reading of the metrics before them.
    assert buckets[-1] - before["stena_request_seconds_count",] == 4
    assert found["stena_request_seconds_sum",] > 0


async def test_it_says_what_the_wall_has_now(client: Client, address: Address) -> None:
    first = await read(client)
    assert first["stena_messages_waiting",] == 0
    assert first["stena_messages_reported",] == 0
    assert first["stena_brake_level",] == 0
    await execute(address, "UPDATE rule SET mode = 'all'")
    await create(client, "Waits")
    await execute(address, "UPDATE rule SET mode = 'open'")
    number = (await create(client, "Is reported"))["id"]
    await client.post(
        "/api/messages.report", json={"id": number, "reason": "spam", "key": OTHERS_KEY}
    )
    await execute(address, "UPDATE brake SET level = 2, until = 'infinity'")
    found = await read(client)
    assert found["stena_messages_waiting",] == 1
    assert found["stena_messages_reported",] == 1
    assert found["stena_brake_level",] == 2
    assert found["stena_readers",] == 0


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer \xff"],
)
async def test_without_the_token_nobody_reads_it(client: Client, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await client.get("/metrics", headers=headers)
    assert answer.status == 401
    assert "stena_" not in await answer.text()


@pytest.mark.parametrize("page", METRICS, ids=["en", "ru"])
async def test_the_page_lists_all_of_them(client: Client, page: Path) -> None:
    answer = await client.get("/metrics", headers=SIGNED)
    said = re.findall(r"# TYPE (\w+) (\w+)", await answer.text())
    listed = [
        (cells[0].strip("`"), cells[1], tuple(spans(cells[2])))
        for cells in rows(page)
        if cells[0].startswith("`")
    ]
    assert [(name, kind) for name, kind, _ in listed] == said
    samples = (await read(client)).keys()
    for name, kind, labels in listed:
        if kind != "histogram":
            assert {len(key) - 1 for key in samples if key[0] == name} == {len(labels)}


class TestWithoutAToken:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings()

    async def test_there_is_no_such_page_and_nothing_is_counted(
        self, client: Client, address: Address
    ) -> None:
        for headers in ({}, SIGNED, {"Authorization": "Bearer "}):
            assert (await client.get("/metrics", headers=headers)).status == 404
        assert await stored(address, "SELECT FROM metric") == []


@pytest.mark.parametrize("token", ["short", "with spaces in it, but long", "буквы" * 10])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match=re.escape("has fewer than 20 characters, or others")):
        Common(metrics_token=token)
