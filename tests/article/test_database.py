from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stena.store.revision import NEWEST
from tests.article.database import revision, rows
from tests.article.repository import MAIN, UPGRADE, configure
from tests.article.wall import create, listed
from tests.conftest import NUMBERS, create_database, database
from tests.program import ROOT, ended, get, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from asyncpg import Record

    from stena.store.database import Address

ARTICLES_REVISION = "0085824f4c35"
ARTICLES_SCHEMA = """
    CREATE TABLE message (id serial PRIMARY KEY, text varchar, created timestamp);
    CREATE TABLE alembic_version (
        version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY
    );
    INSERT INTO alembic_version VALUES ('0085824f4c35');
"""
# The time as written in Moscow, and as listed.
OLD_MESSAGES = [
    ("Первое слово", "2021-03-01T09:00", "Первое слово", "2021-03-01T06:00:00.000000Z"),
    (None, "2021-03-01T10:00", "", "2021-03-01T07:00:00.000000Z"),
    ("No time", None, "No time", "2021-03-01T07:00:00.000000Z"),
    ("long " * 1000, "2021-03-02T01:00", "long " * 1000, "2021-03-01T22:00:00.000000Z"),
    ("One\r\nTwo", "2021-03-03T09:00", "One\r\nTwo", "2021-03-03T06:00:00.000000Z"),
    (
        "<script>alert('hi')</script>",
        "2021-03-04T09:00:00.123456",
        "<script>alert('hi')</script>",
        "2021-03-04T06:00:00.123456Z",
    ),
]
IN_MOSCOW = {"STENA_POSTGRES__NAIVE_TIME_ZONE": "Europe/Moscow"}


# -- alembic upgrade head


async def test_alembic_upgrade_head_brings_the_configured_database_up_to_date(
    repository: Path, empty_address: Address, tmp_path: Path
) -> None:
    url = empty_address.url
    configure(repository, {"common": {"port": 0}, "postgres": {"database_url": url}})
    done = ended(*UPGRADE, cwd=repository, PYTHONPATH=".")
    assert done.returncode == 0, done.stderr
    assert await revision(url) == [NEWEST]
    with running(
        *MAIN, cwd=repository, errors=tmp_path / "log", STENA_POSTGRES__MIGRATE="false"
    ) as wall:
        assert listed(wall) == []


# -- an article database


def test_an_article_database_is_taken_over_with_every_message_and_its_time(
    taken_over: str, tmp_path: Path
) -> None:
    with running(*MAIN, errors=tmp_path / "log", DATABASE_URL=taken_over) as wall:
        messages = listed(wall)
        page = get(wall.url)[1]
    assert [(one["id"], one["text"], one["created"]) for one in reversed(messages)] == [
        (number, text, created)
        for number, (_, _, text, created) in enumerate(OLD_MESSAGES, start=1)
    ]
    assert "&lt;script&gt;alert(" in page
    assert "<script>alert(" not in page


async def test_ids_in_an_article_database_go_on_after_the_old_ones(
    postgres: str, articles: str, tmp_path: Path
) -> None:
    # The newest message was deleted: its id has been seen and must not be reused.
    last = len(OLD_MESSAGES)
    async with database(postgres, articles) as gap:
        await rows(gap.url, f"DELETE FROM message WHERE id = {last}")  # noqa: S608 -- a number
        alembic(*UPGRADE, url=gap.url, **IN_MOSCOW)
        with running(*MAIN, errors=tmp_path / "log", DATABASE_URL=gap.url) as wall:
            assert create(wall, "New")["id"] == last + 1
            assert [one["id"] for one in listed(wall)] == [last + 1, *range(last - 1, 0, -1)]


async def test_a_second_alembic_upgrade_head_changes_nothing(taken_over: str) -> None:
    before = await everything(taken_over)
    # The zone is used once; a later change of it has no effect.
    alembic(*UPGRADE, url=taken_over)
    assert await everything(taken_over) == before


async def test_the_way_back_to_the_articles_revision_and_forth_keeps_the_times(
    taken_over: str,
) -> None:
    look = "SELECT id, text, created FROM message ORDER BY id"
    before = await rows(taken_over, look)
    alembic("alembic", "downgrade", ARTICLES_REVISION, url=taken_over, **IN_MOSCOW)
    assert await revision(taken_over) == [ARTICLES_REVISION]
    for row, (_, created, text, _) in zip(await rows(taken_over, look), OLD_MESSAGES, strict=True):
        assert row["text"] == text
        assert created is None or row["created"] == datetime.fromisoformat(created)
    alembic(*UPGRADE, url=taken_over, **IN_MOSCOW)
    assert await rows(taken_over, look) == before


# -- what the tests above share


@pytest.fixture
async def taken_over(postgres: str, upgraded: str) -> AsyncGenerator[str]:
    """The URL of an article database that `alembic upgrade head` has migrated."""
    async with database(postgres, upgraded) as address:
        yield address.url


@pytest.fixture(scope="module")
async def upgraded(postgres: str, articles: str) -> str:
    """The name of a database to copy: the article's, migrated."""
    name = f"upgraded{next(NUMBERS)}"
    address = await create_database(postgres, name, articles)
    alembic(*UPGRADE, url=address.url, **IN_MOSCOW)
    return name


@pytest.fixture(scope="module")
async def articles(postgres: str) -> str:
    """The name of a database to copy: created and filled by the article's code."""
    name = f"articles{next(NUMBERS)}"
    address = await create_database(postgres, name, None)
    connection = await asyncpg.connect(address.url)
    try:
        await connection.execute(ARTICLES_SCHEMA)
        await connection.executemany(
            "INSERT INTO message (text, created) VALUES ($1, $2)",
            [
                (text, created and datetime.fromisoformat(created))
                for text, created, _, _ in OLD_MESSAGES
            ],
        )
    finally:
        await connection.close()
    return name


def alembic(*command: str, url: str, **variables: str) -> None:
    done = ended(*command, cwd=ROOT, PYTHONPATH=".", DATABASE_URL=url, **variables)
    assert done.returncode == 0, done.stderr


async def everything(url: str) -> list[list[Record]]:
    """All rows with the transactions that wrote them, and the schema."""
    return [
        await rows(url, "SELECT xmin::text, ctid::text, * FROM message ORDER BY id"),
        await rows(url, "SELECT xmin::text, ctid::text, * FROM alembic_version"),
        await rows(url, "SELECT last_value, is_called FROM message_id_seq"),
        await rows(
            url,
            "SELECT oid, relname, relfilenode FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace ORDER BY oid",
        ),
    ]
