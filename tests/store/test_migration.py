from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
from alembic.config import Config
from alembic.script import ScriptDirectory

from stena.settings import Postgres
from stena.store import migration, revision
from tests.article.database import rows
from tests.program import ROOT, ended, get, running
from tests.web.calls import KEY, call, create, listed

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client


def test_the_newest_revision_is_what_alembic_calls_its_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(revision.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [revision.NEWEST]


async def test_a_database_is_behind_then_current_then_ahead(empty_address: Address) -> None:
    connection = await asyncpg.connect(empty_address.url)
    assert await revision.schema_state(connection) == "behind"
    await migration.upgrade(empty_address, naive_time_zone="UTC")
    assert await revision.schema_state(connection) == "current"
    await connection.execute("UPDATE alembic_version SET version_num = '0085824f4c35'")
    assert await revision.schema_state(connection) == "behind"
    await connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    assert await revision.schema_state(connection) == "ahead"
    await connection.execute("DELETE FROM alembic_version")
    assert await revision.schema_state(connection) == "behind"
    await connection.close()


def test_a_start_has_given_up_before_a_host_gives_it_up() -> None:
    # Heroku kills a process that has not opened its port after 60 seconds: R10.
    assert Postgres().start_timeout + migration.QUEUE_SECONDS <= 45


async def test_a_newer_database_is_served(tmp_path: Path, address: Address) -> None:
    connection = await asyncpg.connect(address.url)
    await connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    await connection.close()
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as program:
        assert get(f"{program.url}/readyz")[0] == 200
        assert "database_is_newer" in program.log


async def test_a_migration_that_fails_changes_nothing_and_says_so_in_one_line(
    empty_address: Address,
) -> None:
    connection = await asyncpg.connect(empty_address.url)
    # A view on the article's table, which makes the change of types fail.
    await connection.execute(
        """
        CREATE TABLE message (id serial PRIMARY KEY, text varchar, created timestamp);
        CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('0085824f4c35');
        INSERT INTO message (text) VALUES (NULL), ('two');
        CREATE VIEW texts AS SELECT text FROM message;
        """
    )
    done = ended(DATABASE_URL=empty_address.url)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("The database could not be migrated, nothing was changed: ")
    assert "Traceback" not in done.stderr
    rows = await connection.fetch("SELECT text FROM message ORDER BY id")
    assert [row["text"] for row in rows] == [None, "two"]
    await connection.close()


async def test_the_way_back_to_the_release_before_keeps_every_word_and_replies_as_messages(
    client: Client, address: Address
) -> None:
    above = (await create(client, "Question", key=KEY))["id"]
    await create(client, "Answer", reply_to=above, name="Anna")
    await create(client, "On a page's own wall", thread="blog", nonce="12345678")
    regretted = (await create(client, "Regretted", key=KEY))["id"]
    await create(client, "Answer to what is down", reply_to=regretted)
    await call(client, "delete", id=regretted, key=KEY)
    await call(client, "react", id=above, kind="love", key=KEY)
    await call(client, "edit", id=above, key=KEY, text="Question again")
    kept = ["Question again", "Answer", "On a page's own wall", "Answer to what is down"]
    alembic("downgrade", "9d41e7c05b38", address)
    # As the previous release reads them.
    found = await rows(address.url, "SELECT * FROM message WHERE state = 'visible' ORDER BY id")
    assert [row["text"] for row in found] == kept
    assert set(found[0].keys()) == {"id", "text", "created", "name", "state", "once", "change"}
    alembic("upgrade", "head", address)
    assert [one["text"] for one in await listed(client, limit=10)] == kept[::-1]


def alembic(way: str, revision: str, address: Address) -> None:
    done = ended("alembic", way, revision, cwd=ROOT, PYTHONPATH=".", DATABASE_URL=address.url)
    assert done.returncode == 0, done.stderr
