from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import asyncpg

from stena.web.errors import REFUSALS
from tests.program import get, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client


async def test_a_bug_is_written_down_under_the_number_that_the_visitor_sees(
    tmp_path: Path, address: Address
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as program:
        # A type that the program does not expect, as a wrong migration would leave it.
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
