from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.article.database import rows
from tests.article.repository import MAIN, configure, free_port
from tests.article.wall import create, listed
from tests.conftest import database
from tests.program import PATIENCE, get, post, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from stena.store.database import Address
    from tests.program import Program


# -- python main.py


def test_python_main_py_starts_the_wall_with_config_yaml(
    repository: Path, address: Address, tmp_path: Path
) -> None:
    port = free_port()
    configure(repository, {"common": {"port": port}, "postgres": {"database_url": address.url}})
    with running(*MAIN, cwd=repository, errors=tmp_path / "log") as wall:
        assert wall.url == f"http://127.0.0.1:{port}"
        assert get(wall.url)[0] == 200
        assert wall.stop() == 0


# -- GET /


def test_the_page_has_a_heading_a_text_field_a_button_and_the_messages_newest_first(
    wall: Program,
) -> None:
    for text in ("The oldest", "The middle", "The newest"):
        create(wall, text)
    status, page = get(f"{wall.url}/")
    assert status == 200
    assert re.search(r"<h1.*?>.*?\w.*?</h1>", page, re.DOTALL)
    assert re.search(r'<(textarea|input)[^>]* name="text"', page)
    assert re.search(r"<button[^>]*>[^<]*\w", page)
    assert re.findall(r"The (?:oldest|middle|newest)", page) == [
        "The newest",
        "The middle",
        "The oldest",
    ]


# -- GET /api/messages.list


def test_messages_list_answers_with_the_messages_newest_first(wall: Program) -> None:
    made = [create(wall, text) for text in ("Раз", "Два", "Три")]
    status, body = get(f"{wall.url}/api/messages.list")
    assert status == 200
    messages = json.loads(body)["messages"]
    assert messages == made[::-1]
    assert all(message.keys() >= {"id", "text", "created"} for message in messages)


# -- POST /api/messages.create


def test_messages_create_takes_a_text_and_answers_with_the_message(wall: Program) -> None:
    body = json.dumps({"text": "Привет"}).encode()
    status, answer = post(f"{wall.url}/api/messages.create", body, "application/json")
    assert status in {200, 201}
    message = json.loads(answer)["message"]
    assert isinstance(message["id"], int)
    assert message["text"] == "Привет"
    assert datetime.fromisoformat(message["created"]).tzinfo
    assert listed(wall) == [message]


# -- PostgreSQL


async def test_what_was_posted_stands_in_postgresql(wall: Program, walls_address: Address) -> None:
    message = create(wall, "Кириллица, ~tilde~ и 'кавычки'")
    [row] = await rows(walls_address.url, "SELECT id, text FROM message")
    assert dict(row) == {"id": message["id"], "text": message["text"]}


async def test_the_database_is_open_while_the_wall_runs_and_closed_when_it_stops(
    postgres: str, address: Address, tmp_path: Path
) -> None:
    name = urlsplit(address.url).path.removeprefix("/")
    connections = (
        "SELECT pid FROM pg_stat_activity "  # noqa: S608 -- a name of our own
        f"WHERE backend_type = 'client backend' AND datname = '{name}'"
    )
    assert not await rows(postgres, connections)
    with running(*MAIN, errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        assert get(f"{wall.url}/readyz")[0] == 200
        assert await rows(postgres, connections)
        assert wall.stop() == 0
    async with asyncio.timeout(PATIENCE):
        while await rows(postgres, connections):
            pass  # each query is a round trip; the server notices closed connections within moments


# -- the wall that the tests above share


@pytest.fixture
async def wall(running_wall: Program, walls_address: Address) -> Program:
    """An empty wall that runs on config/config.yaml."""
    await rows(walls_address.url, "DELETE FROM message")
    return running_wall


@pytest.fixture(scope="module")
def running_wall(
    walls_address: Address, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Program]:
    errors = tmp_path_factory.mktemp("wall") / "log"
    with running(*MAIN, errors=errors, DATABASE_URL=walls_address.url) as wall:
        yield wall


@pytest.fixture(scope="module")
async def walls_address(postgres: str, template: str) -> AsyncGenerator[Address]:
    async with database(postgres, template) as address:
        yield address
