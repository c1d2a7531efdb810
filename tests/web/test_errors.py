from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import asyncpg
import pytest

from stena.web.refusals import REFUSALS
from tests.program import eventually, get, post, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client


async def test_a_bug_is_written_down_under_the_number_that_the_visitor_sees(
    tmp_path: Path, address: Address
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as program:
        # A column of an unexpected type, as after a wrong migration.
        connection = await asyncpg.connect(address.url)
        await connection.execute(
            "INSERT INTO message (text) VALUES ('private words');"
            "ALTER TABLE message ALTER COLUMN created DROP DEFAULT;"
            "ALTER TABLE message ALTER COLUMN created TYPE text"
        )
        await connection.close()
        status, body = get(f"{program.url}/api/messages.list")
        assert status == 500
        error = json.loads(body)["error"]
        assert error["code"] == "internal"
        status, page = get(f"{program.url}/")
        assert status == 500
        number = re.search(r"written down as (\w{8})", page)
        events = [json.loads(line) for line in program.log.splitlines()]
    failures = [event for event in events if event["event"] == "view_failed"]
    assert [event["route"] for event in failures] == ["/api/messages.list", "/"]
    assert number
    assert failures[1]["number"] == number[1]
    assert failures[0]["number"] in error["message"]
    assert "AttributeError" in failures[0]["exception"]
    assert "private words" not in program.log


async def test_every_error_has_one_shape(client: Client) -> None:
    for path in (
        "/api/x",
        "/api/messages.get",
        "/api/messages.create",
        "/api/messages.list?limit=x",
    ):
        answer = await client.get(path)
        content = await answer.json()
        assert set(content) == {"error"}
        assert {"code", "message"} <= set(content["error"]) <= {"code", "message", "field"}
        assert answer.status == REFUSALS[content["error"]["code"]][0]


def test_refused_requests_are_counted_without_saying_who_sent_them(
    tmp_path: Path, address: Address
) -> None:
    body, kind = b'{"text": "private words"}', "application/json"
    with running(
        errors=tmp_path / "log",
        DATABASE_URL=address.url,
        STENA_WALL__POSTS_PER_MINUTE="1",
        STENA_COMMON__PROXIES="1",
    ) as program:
        url = f"{program.url}/api/messages.create"
        assert [post(url, body, kind)[0] for _ in range(6)] == [201, *[429] * 5]
        request = Request(url, body, {"Content-Type": kind, "Origin": "https://evil.example"})  # noqa: S310 -- our own
        with pytest.raises(HTTPError, match="403"):
            urlopen(request)  # noqa: S310 -- as above
        program.stop()
        events = [json.loads(line) for line in program.log.splitlines()]
    refused = [event for event in events if event["event"] == "requests_refused"]
    assert [(event["code"], event["count"]) for event in refused] == [
        ("too_many_posts", 1),
        ("cross_site", 1),
        ("too_many_posts", 4),
    ]
    assert "private words" not in program.log
    assert "127.0.0.1" not in "".join(map(str, refused))


@pytest.mark.parametrize(
    "begun",
    [
        "Content-Length: 100\r\n\r\n{",
        "Content-Length: 100\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        "Transfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_body_that_breaks_off_is_no_error_of_the_wall(
    tmp_path: Path, address: Address, begun: str
) -> None:
    head = "POST /api/messages.create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    sent = head + begun
    with running(
        errors=tmp_path / "log", DATABASE_URL=address.url, STENA_LOGGING__REQUESTS="true"
    ) as program:
        with socket.create_connection(("127.0.0.1", urlsplit(program.url).port)) as connection:
            connection.sendall(sent.encode())
            # The view waits for the rest before the connection ends.
            assert get(f"{program.url}/healthz")[0] == 200
        eventually(lambda: "client_disconnected" in program.log)
        program.stop()
        events = [json.loads(line) for line in program.log.splitlines()]
    assert [event["level"] for event in events if event["event"] == "client_disconnected"] == [
        "info"
    ]
    assert [event["status"] for event in events if event.get("method") == "POST"] == [400]
    assert {event["level"] for event in events} == {"info"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /private HTTP/1.1\r\nprivate words\r\n\r\n", 400),
        (b"BREW /private HTTP/1.1\r\n\r\n", 405),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
def test_bytes_that_cannot_be_parsed_are_one_line_of_the_access_log(
    tmp_path: Path, address: Address, sent: bytes, status: int
) -> None:
    with running(
        errors=tmp_path / "log", DATABASE_URL=address.url, STENA_LOGGING__REQUESTS="true"
    ) as program:
        with socket.create_connection(("127.0.0.1", urlsplit(program.url).port)) as connection:
            connection.sendall(sent)
            with connection.makefile("rb") as received:
                assert int(received.readline().split()[1]) == status
                received.read()
        program.stop()
        events = [json.loads(line) for line in program.log.splitlines()]
    requests = [event for event in events if event["event"] == "request"]
    assert [(r["method"], r["route"], r["status"]) for r in requests] == [
        ("UNKNOWN", "unknown", status)
    ]
    assert {event["level"] for event in events} == {"info"}
    assert "private" not in program.log
